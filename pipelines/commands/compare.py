"""``poregrove compare``: audit, describe, compare all models and write the report."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from ...schema import FEATURE_SETS, TIERS
from ..execution import console
from ..execution.durations import seconds_of
from ..execution.shards import Shard
from .options import (
    DONE,
    Subparsers,
    add_contract_option,
    add_data_options,
    add_device_option,
    add_engine_options,
    add_fold_options,
    add_memory_option,
    add_plugin_option,
    add_setting_options,
    add_shard_option,
    add_verb,
    add_verify_option,
    add_volume_options,
    add_workers_option,
    contract_of,
    names,
    on_its_device,
    settings_of,
    workers_of,
)

log = logging.getLogger(__name__)


def add(verbs: Subparsers) -> None:
    """Add the verb to the command line."""
    command = add_verb(verbs, "compare", run, "audit, describe, compare all models and write the report")
    add_data_options(command)
    add_contract_option(command)
    command.add_argument("--out", type=Path, required=True, metavar="RUN", help="run folder")
    command.add_argument(
        "--models",
        type=names,
        metavar="NAMES",
        help="models, separated by commas, as in default,cnn (default: default)",
    )
    add_fold_options(command)
    command.add_argument("--tiers", type=names, metavar="NAMES", help=f"descriptor tiers, of {', '.join(TIERS)}")
    command.add_argument(
        "--feature-sets",
        type=names,
        metavar="NAMES",
        help=f"feature sets, of {', '.join(item.name for item in FEATURE_SETS)}",
    )
    command.add_argument(
        "--entry",
        action="append",
        default=[],
        dest="entries",
        metavar="NAME=FILE",
        help="predictions made elsewhere on the folds of 'poregrove folds', as a model among the others; repeatable",
    )
    command.add_argument(
        "--resume",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="resume the run in RUN where it is the same, else begin a new one (default)",
    )
    command.add_argument(
        "--quick", action="store_true", help="folds dealt once and no studies: an answer in a fraction of the time"
    )
    command.add_argument(
        "--no-studies",
        action="store_true",
        help="no importance, ablation, learning curves and costs (scores are the same)",
    )
    command.add_argument(
        "--plan",
        action="store_true",
        help="print what it will take in time, memory and disk, from a short timing on the data, and do nothing else",
    )
    command.add_argument(
        "--budget",
        metavar="TIME",
        help="time that it may take, as in 8h, 30m or 1h30m: what does not fit is left out, what matters least first",
    )
    command.add_argument("--self-check", action="store_true", help="try the folds with leak probes first")
    add_memory_option(command)
    add_volume_options(command)
    add_plugin_option(command)
    add_verify_option(command)
    add_setting_options(command)
    add_device_option(command)
    add_workers_option(command)
    add_engine_options(command)
    add_shard_option(command)


@on_its_device
def run(options: argparse.Namespace) -> int:
    """Audit, describe, compare and report."""
    from ..compare import Request
    from ..compare import run as compare
    from ..planning.plan import make_plan

    settings, contract = settings_of(options), contract_of(options)
    with workers_of(options) as workers:
        request = Request(
            data=options.data,
            out=options.out,
            settings=settings,
            images=options.images,
            labels=options.labels,
            device=options.device,
            workers=workers,
            memory=options.memory,
            resume=options.resume,
            shard=options.shard and Shard.parse(options.shard),
            contract=contract,
            command=tuple(options.words),
            entries=tuple(options.entries),
            verify=options.verify,
            self_check=options.self_check,
            budget=None if options.budget is None else seconds_of(options.budget),
        )
        if options.plan:
            console.say(str(make_plan(request)))
            return DONE
        made = compare(request)
    log.info("%s: %s", f"part {request.shard}" if request.shard else "report", made)
    return DONE
