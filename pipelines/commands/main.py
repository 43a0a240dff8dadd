"""The command line: one verb a job. It parses and calls; the work is elsewhere."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from ... import __version__
from ...schema import FEATURE_SET_BY_NAME, REGIME_BY_NAME, TARGET_NAMES, TIERS
from .. import verbs
from ..execution import console

_EXIT_CODES = "exit codes: 0 done, 1 failed, 2 wrong usage or unreadable input"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; the exit code is 0 done, 1 failed, 2 wrong usage or unreadable input."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    options = parser().parse_args(words)
    options.words = ["poregrove", *words]
    with console.speaking(quiet=options.quiet):
        return console.exit_code(options.run, options, words=options.words)


def parser() -> argparse.ArgumentParser:
    """The whole command line as one parser."""
    top = argparse.ArgumentParser(
        prog="poregrove",
        description="Honest baselines for 3D battery electrodes: descriptors, boosters, identical folds, one report.",
        epilog=_EXIT_CODES,
    )
    top.add_argument("--version", action="version", version=f"poregrove {__version__}")
    commands = top.add_subparsers(title="verbs", metavar="VERB", required=True)
    for add in (
        _compare,
        _merge,
        _self_check,
        _audit,
        _targets,
        _extract,
        _report,
        _predict,
        _export,
        _serve,
        _simulate,
        _bench,
        _demo,
    ):
        add(commands)
    for command in commands.choices.values():
        command.add_argument("--quiet", action="store_true", help="warnings and errors only")
        command.epilog = _EXIT_CODES
    return top


Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001  argparse names it no other way


def _verb(commands: Commands, name: str, run: verbs.Verb, text: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    command.set_defaults(run=run)
    return command


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expects a number from 1, got {text}")
    return value


def _gib(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"expects a number of GiB above 0, got {text}")
    return value


def _data_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("data", type=Path, metavar="DATA", help="folder, or Parquet file, of a data set")
    command.add_argument("--images", type=Path, metavar="DIR", help="folder of the volumes (default: DATA/images)")
    command.add_argument("--labels", type=Path, metavar="CSV", help="table that supplies tau_factor, D_eff, porosity")


def _setting_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--config", type=Path, metavar="FILE", help="settings in TOML")
    command.add_argument(
        "--set",
        action="append",
        default=[],
        dest="assignments",
        metavar="SECTION.KEY=VALUE",
        help="one setting, as in target.life_cap=3000; may be given again",
    )


def _volume_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--pore", metavar="VALUE[,VALUE]", help="grey values that are pore")
    command.add_argument("--voxel-size", type=float, metavar="METRES", help="edge of a voxel")


def _work_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="default: auto")
    command.add_argument("--workers", type=_count, metavar="N", help="processes (default: one a core)")


def _engine_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--engine", choices=("local", "dask"), default="local", help="who works (default: local)")
    command.add_argument(
        "--scheduler", metavar="ADDRESS", help="of a Dask cluster (default: --workers of this machine)"
    )


def _shard_option(command: argparse.ArgumentParser) -> None:
    command.add_argument("--shard", metavar="I/N", help="only part I of N, for array jobs; then merge")


def _compare(commands: Commands) -> None:
    command = _verb(commands, "compare", verbs.compare, "audit, describe, compare all models and write the report")
    _data_options(command)
    command.add_argument("--out", type=Path, required=True, metavar="RUN", help="run folder")
    command.add_argument(
        "--models", type=_names, metavar="NAMES", help="comma separated, as in default,cnn (default: default)"
    )
    command.add_argument("--targets", type=_names, metavar="NAMES", help=f"of {', '.join(TARGET_NAMES)}")
    command.add_argument("--tiers", type=_names, metavar="NAMES", help=f"of {', '.join(TIERS)}")
    command.add_argument("--feature-sets", type=_names, metavar="NAMES", help=f"of {', '.join(FEATURE_SET_BY_NAME)}")
    command.add_argument("--regimes", type=_names, metavar="NAMES", help=f"of {', '.join(REGIME_BY_NAME)}")
    command.add_argument("--folds", type=_count, metavar="K", help="default: 5")
    command.add_argument("--repeats", type=_count, metavar="N", help="seeds over which folds repeat (default: 3)")
    command.add_argument("--seed", type=int, metavar="N", help="default: 0")
    command.add_argument("--group-column", action="append", default=[], metavar="NAME", help="ties volumes; repeatable")
    command.add_argument(
        "--resume",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="go on with the run in RUN where it is the same, start afresh where there is none (default)",
    )
    command.add_argument("--self-check", action="store_true", help="try the folds with leak probes first")
    command.add_argument("--memory", type=_gib, metavar="GIB", help="of all processes (default: half of the machine)")
    _volume_options(command)
    _setting_options(command)
    _work_options(command)
    _engine_options(command)
    _shard_option(command)


def _merge(commands: Commands) -> None:
    command = _verb(commands, "merge", verbs.merge, "put the parts of compare --shard or extract --shard together")
    command.add_argument("whole", type=Path, metavar="RUN|FILE.parquet", help="the --out that the parts were given")
    command.add_argument("--memory", type=_gib, metavar="GIB", help="of all processes (default: half of the machine)")
    _work_options(command)
    _engine_options(command)


def _self_check(commands: Commands) -> None:
    _verb(commands, "self-check", verbs.self_check, "try the folds with leak probes: targets that only a leak predicts")


def _audit(commands: Commands) -> None:
    command = _verb(commands, "audit", verbs.audit, "say what is wrong or weak about a data set")
    _data_options(command)
    command.add_argument("--json", type=Path, metavar="FILE", help="also write the findings as JSON")
    _volume_options(command)
    _setting_options(command)
    command.add_argument("--workers", type=_count, metavar="N", help="processes (default: one a core)")


def _targets(commands: Commands) -> None:
    command = _verb(commands, "targets", verbs.targets, "compute the ten targets of every row")
    _data_options(command)
    command.add_argument("--out", type=Path, required=True, metavar="FILE.parquet")
    _setting_options(command)


def _extract(commands: Commands) -> None:
    command = _verb(commands, "extract", verbs.extract, "compute descriptors of TIFF files, folders or a data set")
    command.add_argument("paths", type=Path, nargs="+", metavar="PATH")
    command.add_argument("--out", type=Path, required=True, metavar="FILE.parquet")
    command.add_argument("--tiers", type=_names, default=("morphology", "transport"), metavar="NAMES")
    command.add_argument("--columns", type=_names, metavar="NAMES", help="only these and what they need")
    command.add_argument("--images", type=Path, metavar="DIR", help="folder of a data set's volumes")
    _volume_options(command)
    _setting_options(command)
    _work_options(command)
    _engine_options(command)
    _shard_option(command)


def _report(commands: Commands) -> None:
    command = _verb(
        commands, "report", verbs.report, "write the report again, or compare runs, from their tables alone"
    )
    command.add_argument(
        "run_folders",
        type=Path,
        nargs="+",
        metavar="RUN",
        help="one: its report again; more: a page that compares them",
    )
    command.add_argument(
        "--out", type=Path, metavar="FILE", help="page that compares runs (default: comparison.html in the first)"
    )


def _predict(commands: Commands) -> None:
    command = _verb(commands, "predict", verbs.predict, "predict new volumes and designs, with intervals")
    command.add_argument("bundle", type=Path, metavar="BUNDLE", help="bundle folder, or the run that holds it")
    command.add_argument("data", type=Path, metavar="DATA", help="data set (no targets needed), TIFF file or folder")
    command.add_argument("--out", type=Path, required=True, metavar="FILE.parquet")
    command.add_argument("--designs", type=Path, metavar="TABLE", help="CSV or Parquet of scalars, for TIFF files")
    command.add_argument("--images", type=Path, metavar="DIR", help="folder of a data set's volumes")
    command.add_argument("--pore", metavar="VALUE[,VALUE]", help="grey values that are pore, if not as in training")
    command.add_argument("--model", default="best", metavar="NAME", help="default: best")
    command.add_argument("--level", type=float, default=0.9, help="of the intervals (default: 0.9)")
    _work_options(command)


def _export(commands: Commands) -> None:
    command = _verb(commands, "export", verbs.export, "write the boosters of a bundle as ONNX files")
    command.add_argument("bundle", type=Path, metavar="BUNDLE", help="bundle folder, or the run that holds it")
    command.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder")
    command.add_argument(
        "--models", type=_names, default=(), metavar="NAMES", help="default: all that have an ONNX form"
    )


def _serve(commands: Commands) -> None:
    command = _verb(commands, "serve", verbs.serve, "answer predictions over HTTP (extra serve)")
    command.add_argument("bundle", type=Path, metavar="BUNDLE", help="bundle folder, or the run that holds it")
    command.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1, this machine alone")
    command.add_argument("--port", type=_count, default=8000, help="default: 8000")
    command.add_argument("--max-megabytes", type=_count, default=512, metavar="N", help="of a request (default: 512)")
    command.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="default: auto")


def _simulate(commands: Commands) -> None:
    command = _verb(commands, "simulate", verbs.simulate, "make a data set: generated volumes, cells by PyBaMM")
    command.add_argument("--out", type=Path, required=True, metavar="DIR")
    command.add_argument("--volumes", type=_count, default=64, metavar="N", help="default: 64")
    command.add_argument("--designs", type=_count, default=36, metavar="N", help="default: 36")
    command.add_argument("--size", type=_count, default=64, metavar="VOXELS", help="edge of a volume (default: 64)")
    command.add_argument("--rows-per-volume", type=_count, default=8, metavar="N", help="default: 8")
    command.add_argument("--seed", type=int, default=0, metavar="N", help="default: 0")
    command.add_argument("--workers", type=_count, default=1, metavar="N", help="default: 1")


def _bench(commands: Commands) -> None:
    command = _verb(commands, "bench", verbs.bench, "times and errors side by side with the peers that are installed")
    command.add_argument("--json", type=Path, metavar="FILE", help="also write the figures as JSON")
    command.add_argument(
        "--sizes", type=_names, default=("64", "128", "200"), metavar="N,N", help="default: 64,128,200"
    )
    command.add_argument("--repeats", type=_count, default=3, metavar="N", help="default: 3")
    command.add_argument("--no-reference", action="store_true", help="skip the float64 solutions, and so the errors")
    command.add_argument("--no-peers", action="store_true", help="this project alone")
    command.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="default: cpu")


def _demo(commands: Commands) -> None:
    command = _verb(commands, "demo", verbs.demo, "compare on the shipped sample, in a few minutes")
    command.add_argument("--out", type=Path, default=Path("runs/demo"), metavar="RUN", help="default: runs/demo")
    _work_options(command)


if __name__ == "__main__":
    raise SystemExit(main())
