"""``poregrove self-check``: try the folds with leak probes and the verdict with permuted images, or plug-ins by contract tests."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable
from typing import Any

from ..execution import console
from .options import DONE, FAILED, Subparsers, add_plugin_option, add_setting_options, add_verb, settings_of

log = logging.getLogger(__name__)


def add(verbs: Subparsers) -> None:
    """Add the verb to the command line."""
    command = add_verb(
        verbs, "self-check", run, "try the folds with leak probes and the verdict, or the plug-ins that are given"
    )
    add_plugin_option(command)
    add_setting_options(command)


def run(options: argparse.Namespace) -> int:
    """Print the results of the probes, RunError where one fails; of plug-ins what their contract tests say, exit code 1 where one fails."""
    from ..scoring.image_probe import check_image, image_lines, refuse_false_gains
    from ..training.self_check import check_folds, refuse_leaks, table

    if settings_of(options).plugins:
        return _check_plugins(options)
    with console.progress("probing", "crossing") as progress:
        checked = check_folds(progress=progress)
    console.say(table(checked))
    refuse_leaks(checked)
    gains = check_image()
    console.say(f"\n{image_lines(gains)}")
    refuse_false_gains(gains)
    return DONE


def _check_plugins(options: argparse.Namespace) -> int:
    """Try the models and descriptors of the plug-ins that were loaded, the models with their settings of ``--set``."""
    from ...features.registry import registry as descriptors
    from ...models import create, registry
    from ...testing import check_descriptor, check_model
    from ..execution.plugins import loaded

    modules, settings = {source.module for source in loaded()}, settings_of(options)
    tries: list[tuple[str, Callable[[Any], None], Any]] = [
        (f"model {info.name}", check_model, create(info.name, **settings.model.get(info.name, {})))
        for info in registry.available()
        if registry.origin_of(info.name) in modules
    ]
    tries += [
        (f"descriptor {item.family}", check_descriptor, item)
        for item in descriptors().descriptors
        if item.columns[0].module in modules
    ]
    broken = 0
    for name, check, item in tries:
        try:
            check(item)
        except AssertionError as error:
            broken += 1
            console.say(f"{name}: broken: {error}")
        else:
            console.say(f"{name}: keeps the contract")
    if not tries:
        log.warning("the plug-ins add no model and no descriptor")
    return FAILED if broken else DONE
