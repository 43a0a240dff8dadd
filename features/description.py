"""Description of volumes as rows of named numbers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import SettingsError
from .arguments import Names, Pore, device_of, names_of, processes_of
from .backends import get_backend
from .cache import FeatureCache, cache_of
from .cached import CachedDescriber
from .compute import compute
from .jobs import describe_in_processes
from .phases import Phases, Values, checked_phases, named_row, of_several, phase_columns, phases_in, sources_of
from .reading import Reader, VolumeLike, name_of
from .registry import registry
from .volumes import VoxelSize
from .warming import compile_kernels

if TYPE_CHECKING:
    from .declaration import ColumnInfo

DEFAULT_TIERS = ("morphology", "transport")


def descriptors(tiers: Names | None = None) -> tuple[ColumnInfo, ...]:
    """Every column with its unit, meaning, bounds and reference, in the order of ``describe``.

    Parameters
    ----------
    tiers
        ``morphology``, ``transport``, ``network``: one name or several. None: all.

    Returns
    -------
    tuple of ColumnInfo
        The project's own columns, then those that other packages declare with ``descriptor``.

    Raises
    ------
    SettingsError
        For an unknown tier.

    Examples
    --------
    >>> from poregrove.features import descriptors
    >>> {column.name: column.unit for column in descriptors("morphology")}["wall_distance_max"]
    'm'

    """
    return registry().select(None if tiers is None else names_of(tiers))


def wanted_columns(tiers: Names, columns: Names | None) -> tuple[ColumnInfo, ...]:
    """The columns that ``describe`` returns for these arguments: ``columns`` wins over ``tiers``."""
    return registry().select(names_of(tiers)) if columns is None else registry().named(names_of(columns))


def describe(
    volume: VolumeLike,
    *,
    voxel_size: VoxelSize = None,
    pore: Pore | None = None,
    phases: Phases | None = None,
    tiers: Names = DEFAULT_TIERS,
    columns: Names | None = None,
    device: str = "auto",
    threads: int = 1,
    backend: str | None = None,
) -> dict[str, float]:
    """The descriptors of one volume.

    Parameters
    ----------
    volume
        A boolean or integer array (z, y, x), a Volume, or the path of a file; axis z leads through the
        electrode.
    voxel_size
        Edge of the voxels in metres, or three (z, y, x) where they are no cubes; lengths are then in metres.
        None: that of a Volume, else lengths are in voxels.
    pore
        Grey value or values that are pore, as in ``pore=0``; None: see ``binarise``.
    phases
        Grey value or values of each of several phases by its name, as in ``{"pore": 0, "active": 85, "binder": 170}``:
        shares (``fraction_active``), walls by pair (``interface_pore_active``), triple lines
        (``triple_line_pore_active_binder``), and every column for each phase (``tortuosity_factor_active_z``), where that
        called ``pore`` keeps the two-phase names. None: pore and solid.
    tiers
        Tiers of descriptors, one name or several, where ``columns`` does not say which.
    columns
        Names of columns, of families (``chord_length``) and patterns (``tortuosity_factor_*``), one or
        several. What these do not need is not computed.
    device
        ``cpu``, ``cuda``, or ``auto``: a CUDA device where one answers, else the processor.
    threads
        How many columns may be in the making at a time: more are faster for one large volume, take the
        memory of as many, and give the same values.
    backend
        The word of version 0.1 for ``device``; deprecated.

    Returns
    -------
    dict of str to float
        In declaration order, or in the order of ``columns``. NaN where the volume leaves a value
        undefined, as the column's ``undefined`` says.

    Raises
    ------
    VolumeError
        For what is no volume, naming the file.
    SettingsError
        For unknown names, a voxel size that is neither one length nor three, or fewer threads than 1.
    DeviceError
        Where the device does not answer or is too small.

    Examples
    --------
    >>> import numpy as np
    >>> from poregrove.features import describe
    >>> channel = np.zeros((4, 4, 4), bool)
    >>> channel[:, :2] = True
    >>> describe(channel, columns="porosity")
    {'porosity': 0.5}
    >>> describe(channel * np.uint8(255), pore=0, columns=["porosity", "porosity_profile_*"], voxel_size=1e-7)["porosity"]
    0.5

    """
    return describe_batch(
        [volume],
        voxel_size=voxel_size,
        pore=pore,
        phases=phases,
        tiers=tiers,
        columns=columns,
        device=device_of(device, backend),
        threads=threads,
    )[0]


def describe_batch(
    volumes: Iterable[VolumeLike],
    *,
    voxel_size: VoxelSize = None,
    pore: Pore | None = None,
    phases: Phases | None = None,
    tiers: Names = DEFAULT_TIERS,
    columns: Names | None = None,
    device: str = "auto",
    threads: int = 1,
    n_jobs: int | None = None,
    cache: bool | str | Path | FeatureCache = False,
    backend: str | None = None,
) -> list[dict[str, float]]:
    """``describe`` for several volumes: a device takes as many of one shape at a time as fit its memory.

    Parameters
    ----------
    volumes
        Arrays (z, y, x), Volumes and paths of files.
    voxel_size, pore, phases, tiers, columns, device, threads, backend
        As for ``describe``.
    n_jobs
        Processes that describe one volume each: None or 1 is this one, -1 one a processor. A script that
        asks for more starts its work under ``if __name__ == "__main__":``. A device has one process,
        which takes many volumes at a time.
    cache
        True remembers values by the content of volumes in the folder that every command shares
        (``$POREGROVE_CACHE``); a path: in another folder.

    Returns
    -------
    list of dict of str to float
        A row a volume, in their order.

    Raises
    ------
    VolumeError
        For what is no volume; with one process before anything is computed.
    SettingsError
        For unknown names, a voxel size that is neither one length nor three, fewer threads than 1.
    DeviceError
        Where the device does not answer, or a volume, which it names, does not fit into its memory.
    RunError
        Where a process dies.

    Examples
    --------
    >>> import numpy as np
    >>> from poregrove.features import describe_batch
    >>> describe_batch([np.ones((2, 2, 2), bool), np.zeros((2, 2, 2), bool)], columns="porosity")
    [{'porosity': 1.0}, {'porosity': 0.0}]

    """
    device = device_of(device, backend)
    if threads < 1:
        raise SettingsError(f"describe takes at least one thread, got {threads}")
    processes = processes_of(n_jobs)
    if phases is not None:
        if pore is not None:
            raise SettingsError("phases says which grey values are pore: leave pore out")
        return _describe_phases(
            volumes,
            checked_phases(phases),
            voxel_size,
            tiers,
            columns,
            device=device,
            threads=threads,
            n_jobs=n_jobs,
            cache=cache,
        )
    wanted = wanted_columns(tiers, columns)
    reader, given, kept = Reader.of(voxel_size, pore), list(volumes), cache_of(cache)
    name = get_backend(device).name
    if processes > 1 and len(given) > 1 and name != "cuda":
        if kept is None or not CachedDescriber(wanted, kept).holds(reader.volume(given[0])):
            # one compiles and the others find it done, instead of all compiling the same
            warm_up(columns=[column.name for column in wanted], device="cpu", processes=processes)
        count = min(processes, len(given))
        return describe_in_processes(given, reader, wanted, cache=kept, processes=count, threads=threads)
    if kept is not None:
        return CachedDescriber(wanted, kept, name, threads).many([reader.volume(volume) for volume in given])
    masks, edges, samples = zip(*(reader.mask(volume) for volume in given), strict=True) if given else ((), (), ())
    return compute(
        masks,
        edges,
        wanted,
        samples=samples,
        device=name,
        threads=threads,
        name=lambda place: name_of(given[place], place),
    )


def _describe_phases(
    volumes: Iterable[VolumeLike],
    phases: Values,
    voxel_size: VoxelSize,
    tiers: Names,
    columns: Names | None,
    **options: Any,
) -> list[dict[str, float]]:
    """A row of phases for each volume: every phase described by its own mask, and what is of several."""
    wanted = phase_columns(tuple(phases), tiers, columns)
    parts = [phases_in(volume, phases, voxel_size) for volume in volumes]
    single = {}
    for name in phases:
        masks, sources = [each[name] for each in parts], sources_of(wanted, name)
        single[name] = describe_batch(masks, columns=sources, **options) if sources else [{} for _ in parts]
    return [
        named_row(wanted, of_several(each, wanted, options["device"]), {name: single[name][place] for name in phases})
        for place, each in enumerate(parts)
    ]


def warm_up(
    tiers: Names = DEFAULT_TIERS,
    columns: Names | None = None,
    device: str = "auto",
    *,
    backend: str | None = None,
    processes: int = 1,
) -> None:
    """Compile or load every kernel that these columns use, so that processes started later find them in the cache.

    Parameters
    ----------
    tiers, columns, device, backend
        As for ``describe``.
    processes
        Above 1 a second process compiles the solvers' kernels meanwhile, where nothing is compiled yet; it is started by
        ``spawn``, so that a script needs ``if __name__ == "__main__":``.

    Raises
    ------
    SettingsError
        For unknown names.
    DeviceError
        Where the device does not answer.

    Examples
    --------
    >>> from poregrove.features import warm_up
    >>> warm_up(columns="porosity", device="cpu")

    """
    compile_kernels(wanted_columns(tiers, columns), device_of(device, backend), processes=processes)
