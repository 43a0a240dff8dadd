"""Options that several verbs share, and the settings and workers that they stand for."""

from __future__ import annotations

import argparse
import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ...errors import SettingsError
from ...schema import BUILT_IN, REGIME_BY_NAME, TARGET_NAMES, Contract
from ..execution.plugins import absolute, load_plugins
from ..settings import Settings, apply_assignments, read_settings

if TYPE_CHECKING:
    from ...features.phases import Values
    from ..execution.parallel import Workers

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001  argparse names it no other way
Action: TypeAlias = Callable[[argparse.Namespace], int]

DONE, FAILED = 0, 1
"""Exit codes of an action; those of errors are the errors' own."""

TABLE_HELP = "table as its suffix says: .parquet, .csv, .feather, .arrow"

DEVICES = ("auto", "cpu", "cuda")


def add_verb(verbs: Subparsers, name: str, run: Action, text: str) -> argparse.ArgumentParser:
    """A new verb that calls ``run`` with the parsed options; ``text`` is its line in the help."""
    command: argparse.ArgumentParser = verbs.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    command.set_defaults(run=run)
    return command


def with_plugins(action: Action) -> Action:
    """The action, in front of which the plug-ins of ``--plugin`` and of the settings file are loaded."""

    @functools.wraps(action)
    def run(options: argparse.Namespace) -> int:
        if "plugins" in options:
            load_plugins(settings_of(options).plugins)
        return action(options)

    return run


def on_its_device(action: Action) -> Action:
    """The action, which ends before any work where the device that was asked for does not answer."""

    @functools.wraps(action)
    def run(options: argparse.Namespace) -> int:
        if options.device == "cuda":
            from ...features.backends import get_backend

            get_backend("cuda")
        return action(options)

    return run


def names(text: str) -> tuple[str, ...]:
    """Names separated by commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def count(text: str) -> int:
    """A whole number from 1."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expects a number from 1, got {text}")
    return value


def gibibytes(text: str) -> float:
    """A finite number of GiB above 0."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"expects a number of GiB above 0, got {text}")
    return value


def add_data_options(command: argparse.ArgumentParser) -> None:
    """DATA, ``--images`` and ``--labels``."""
    command.add_argument("data", type=Path, metavar="DATA", help="folder, Parquet or CSV file of a data set")
    command.add_argument("--images", type=Path, metavar="DIR", help="folder of the volumes (default: DATA/images)")
    command.add_argument("--labels", type=Path, metavar="CSV", help="table that supplies tau_factor, D_eff, porosity")


def add_contract_option(command: argparse.ArgumentParser) -> None:
    """``--contract``."""
    command.add_argument(
        "--contract",
        type=Path,
        metavar="FILE.toml",
        help="columns, inputs and targets of own data, as init writes them",
    )


def contract_of(options: argparse.Namespace) -> Contract:
    """The contract of ``--contract``, else the built-in one."""
    if options.contract is None:
        return BUILT_IN
    from ..data.contract_file import read_contract

    return read_contract(options.contract)


def add_setting_options(command: argparse.ArgumentParser) -> None:
    """``--config`` and ``--set``."""
    command.add_argument("--config", type=Path, metavar="FILE", help="settings in TOML")
    command.add_argument(
        "--set",
        action="append",
        default=[],
        dest="assignments",
        metavar="SECTION.KEY=VALUE",
        help="one setting, as in target.life_cap=3000; may be given again",
    )


def add_plugin_option(command: argparse.ArgumentParser) -> None:
    """``--plugin``."""
    command.add_argument(
        "--plugin",
        action="append",
        default=[],
        dest="plugins",
        metavar="FILE.py",
        help="models, descriptors or checks of your own, or package.module:Class of a regressor; repeatable",
    )


def add_fold_options(command: argparse.ArgumentParser) -> None:
    """``--targets``, ``--regimes``, ``--folds``, ``--repeats``, ``--seed`` and ``--group-column``."""
    command.add_argument("--targets", type=names, metavar="NAMES", help=f"targets, of {', '.join(TARGET_NAMES)}")
    command.add_argument("--regimes", type=names, metavar="NAMES", help=f"regimes, of {', '.join(REGIME_BY_NAME)}")
    command.add_argument("--folds", type=count, metavar="K", help="number of folds (default: 5)")
    command.add_argument(
        "--repeats",
        type=count,
        metavar="N",
        help="deals of the folds (default: 5, or 3 from 100 groups on, or 1 of a large set)",
    )
    command.add_argument("--seed", type=int, metavar="N", help="random seed (default: 0)")
    command.add_argument(
        "--group-column",
        action="append",
        default=[],
        metavar="NAME",
        help="column whose values keep volumes in one fold; repeatable",
    )


def add_volume_options(command: argparse.ArgumentParser) -> None:
    """``--pore``, ``--voxel-size`` and how files are read that do not say it themselves."""
    command.add_argument("--pore", metavar="VALUE[,VALUE]", help="grey values that are pore")
    command.add_argument(
        "--voxel-size",
        metavar="METRES|file|COLUMN",
        help="edge of a voxel: in metres, as each file states it, or from a column whose name ends in its unit (voxel_um); "
        "three with commas between, along the array axes, where voxels are no cubes",
    )
    add_file_options(command)


def add_file_options(command: argparse.ArgumentParser) -> None:
    """``--outside``, ``--shape``, ``--dtype`` and ``--two-dimensional``."""
    command.add_argument("--outside", metavar="VALUE", help="grey value of voxels that are no part of the sample")
    command.add_argument("--shape", metavar="Z,Y,X", help="shape of raw files")
    command.add_argument("--dtype", metavar="TYPE", help="type of raw files, such as uint8 or >u2")
    command.add_argument(
        "--two-dimensional", action="store_true", default=None, help="one picture is a volume, one layer thick"
    )


def add_verify_option(command: argparse.ArgumentParser) -> None:
    """``--verify``."""
    command.add_argument(
        "--verify",
        action="store_true",
        help="read all rows and volumes, those too that have not changed since they last were",
    )


def add_bundle_option(command: argparse.ArgumentParser) -> None:
    """BUNDLE."""
    command.add_argument("bundle", type=Path, metavar="BUNDLE", help="bundle folder, or the run that holds it")


def add_device_option(command: argparse.ArgumentParser) -> None:
    """``--device``."""
    command.add_argument("--device", choices=DEVICES, default="auto", help="device to compute on (default: auto)")


def add_workers_option(command: argparse.ArgumentParser, default: int | None = None) -> None:
    """``--workers``."""
    said = "one a core" if default is None else default
    command.add_argument("--workers", type=count, default=default, metavar="N", help=f"processes (default: {said})")


def add_memory_option(command: argparse.ArgumentParser) -> None:
    """``--memory``."""
    command.add_argument(
        "--memory", type=gibibytes, metavar="GIB", help="memory of all processes (default: half of the machine)"
    )


def add_engine_options(command: argparse.ArgumentParser) -> None:
    """``--engine`` and ``--scheduler``."""
    command.add_argument(
        "--engine", choices=("local", "dask"), default="local", help="execution engine (default: local)"
    )
    command.add_argument(
        "--scheduler", metavar="ADDRESS", help="address of a Dask cluster (default: --workers of this machine)"
    )


def add_shard_option(command: argparse.ArgumentParser) -> None:
    """``--shard``."""
    command.add_argument("--shard", metavar="I/N", help="only part I of N, for array jobs; then merge")


@contextmanager
def workers_of(options: argparse.Namespace) -> Iterator[Workers]:
    """The number of processes of this machine, or a Dask cluster while the block runs."""
    if options.engine == "local":
        if options.scheduler:
            raise SettingsError("--scheduler names a Dask cluster and needs --engine dask")
        yield options.workers
        return
    from ..execution.dask import dask_engine

    for name, value in vars(options).items():
        if isinstance(value, Path):
            setattr(options, name, value.absolute())  # workers have another working folder
    inputs = [options.data] if "data" in options else [path.absolute() for path in getattr(options, "paths", ())]
    with dask_engine(options.scheduler, workers=options.workers, must_see=inputs) as engine:
        yield engine


def settings_of(options: argparse.Namespace) -> Settings:
    """Defaults, then the settings file, then ``--set``, then the options that have a flag of their own."""
    given = vars(options)
    settings = read_settings(given["config"]) if given.get("config") else Settings()
    settings = apply_assignments(settings, given.get("assignments", ()))
    plugins = tuple(dict.fromkeys((*settings.plugins, *absolute(given.get("plugins", ()), Path()))))
    study = settings.study
    if given.get("no_studies") or given.get("quick"):
        study = replace(study, importance=False, ablation=False, learning_curves=False, costs=False)
    comparison: dict[str, Any] = {"repeats": 1} if given.get("quick") else {}
    comparison |= _given(given, "models", "targets", "tiers", "feature_sets", "regimes", "folds", "repeats", "seed")
    if given.get("group_column"):
        comparison["group_columns"] = tuple(given["group_column"])
    return replace(
        settings,
        plugins=plugins,
        comparison=replace(settings.comparison, **comparison),
        study=study,
        volume=replace(
            settings.volume, **_given(given, "pore"), **reading_of(options), **_voxel_size(given.get("voxel_size"))
        ),
    )


def phases_of(text: str) -> Values:
    """The phases of ``--phases pore=0,active=85+90``: names with values, several joined by a plus sign."""
    found: dict[str, list[float]] = {}
    for part in text.split(","):
        name, equals, values = part.partition("=")
        try:
            numbers = [float(value) for value in values.split("+")]
        except ValueError:
            numbers = []
        if not equals or not numbers or name.strip() in found:
            raise SettingsError(
                f"--phases expects names with grey values, as in pore=0,active=85+90,binder=170, got {text!r}"
            )
        found[name.strip()] = numbers
    from ...features.phases import checked_phases

    return checked_phases(found)


def reading_of(options: argparse.Namespace) -> dict[str, Any]:
    """The settings of files that do not say themselves how to read them, as far as options give them."""
    return _given(vars(options), "outside", "shape", "dtype", "two_dimensional")


def _voxel_size(word: str | None) -> dict[str, Any]:
    """The settings that ``--voxel-size`` stands for: lengths in metres, or where each volume's own come from."""
    if word is None:
        return {}
    try:
        edges = tuple(map(float, word.split(",")))
    except ValueError:
        return {"voxel_size": None, "voxel_size_from": word}
    if len(edges) not in (1, 3):
        raise SettingsError(f"--voxel-size expects a length in metres, or three as in 3e-7,1e-7,1e-7, got {word!r}")
    return {"voxel_size": edges if len(edges) > 1 else edges[0], "voxel_size_from": None}


def _given(options: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: options[name] for name in names if options.get(name) is not None}
