"""Plug-ins that a test loads are forgotten after it."""

import sys

import pytest

from poregrove.features import processes
from poregrove.features import registry as descriptors
from poregrove.models import registry as models
from poregrove.pipelines.audit import all_checks
from poregrove.pipelines.execution import plugins
from poregrove.plugin_modules import FILES

check = sys.modules[all_checks.__module__]


@pytest.fixture
def forgotten(monkeypatch):
    """Registries as they were before, once the test is over."""
    for module, name in (
        (models, "_added"),
        (descriptors, "_added"),
        (check, "_added"),
        (plugins, "_loaded"),
        (processes, "_first_calls"),
    ):
        monkeypatch.setattr(module, name, dict(getattr(module, name)))
    yield
    for name in [name for name in sys.modules if name.startswith(f"{FILES}.")]:
        del sys.modules[name]
