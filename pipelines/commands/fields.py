"""``poregrove fields``: concentration, flux, thickness, distance and clusters of a volume as a file for ParaView or ImageJ."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from ...errors import SettingsError
from .options import (
    DONE,
    Subparsers,
    add_device_option,
    add_setting_options,
    add_verb,
    add_volume_options,
    names,
    on_its_device,
    settings_of,
)

log = logging.getLogger(__name__)

_ALL = ("concentration", "flux", "thickness", "distance", "clusters")


def add(verbs: Subparsers) -> None:
    """Add the verb to the command line."""
    command = add_verb(verbs, "fields", run, "write fields of a volume, voxel by voxel, for ParaView or ImageJ")
    command.add_argument("volume", type=Path, metavar="VOLUME", help="file of any format that is read")
    command.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help="image data of VTK (.vti), or a stack of one field (.tif)",
    )
    command.add_argument(
        "--fields", type=names, default=_ALL, metavar="NAMES", help=f"of {', '.join(_ALL)} (default: all)"
    )
    command.add_argument("--axis", choices=("z", "y", "x"), default="z", help="axis of transport (default: z)")
    add_volume_options(command)
    add_setting_options(command)
    add_device_option(command)


@on_its_device
def run(options: argparse.Namespace) -> int:
    """Write the fields of one volume."""
    from ...features.formats.writing import write_tiff, write_vti
    from ...features.voxel_fields import fields
    from ..extraction.representativity import open_one
    from ..runs.atomic import check_suffix, replacing

    tiff = check_suffix(options.out, (".vti", ".tif", ".tiff")).suffix.lower() != ".vti"
    if tiff and (len(options.fields) > 1 or options.fields == ("flux",)):
        raise SettingsError(
            f"--out {options.out}: a stack holds one field, got {', '.join(options.fields)}; name one, as in --fields flux_z, or write .vti"
        )
    volume = open_one(options.volume, settings_of(options).volume)
    found = fields(volume, options.fields, axis=options.axis, device=options.device)
    with replacing(options.out) as temporary:
        if tiff:
            (array,) = found.arrays.values()
            write_tiff(temporary, array, found.edges)
        else:
            write_vti(temporary, found.arrays, found.edges)
    log.info("%s: %s", ", ".join(found.arrays), options.out)
    return DONE
