"""Public names: they exist, are light, typed, documented with examples that run, and hidden by nothing."""

import doctest
import importlib
import inspect
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import poregrove
from poregrove import features, models, pipelines, testing
from poregrove.errors import SettingsError
from poregrove.features import registry
from poregrove.features.physics import quantities
from poregrove.models.registry import available
from poregrove.reports.exports.methods import SOURCES
from poregrove.schema.citations import entries, keys_of

FUNCTIONS = (
    "audit",
    "citation",
    "compare",
    "enter",
    "extract",
    "folds",
    "init_contract",
    "load_bundle",
    "load_plugins",
    "open_dataset",
    "predict",
    "read_contract",
)
WITH_EXAMPLES = [
    (package, name)
    for package in (features, models, pipelines, testing)
    for name in package.__all__
    if inspect.isfunction(getattr(package, name)) or name in {"Column", "DescriptorTransformer"}
]
IMPORT_EVERYTHING = """
import importlib, pkgutil
from poregrove import pipelines
for module in pkgutil.walk_packages(pipelines.__path__, pipelines.__name__ + "."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
from poregrove.pipelines import {names}
print(*(type(item).__name__ for item in ({names})))
"""


def test_functions_are_not_hidden_by_submodules_of_the_same_name():
    code = IMPORT_EVERYTHING.format(names=", ".join(FUNCTIONS))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["function"] * len(FUNCTIONS)


def test_no_module_of_the_features_is_hidden_by_a_function():
    hidden = {module.name for module in pkgutil.iter_modules(features.__path__)} & set(features.__all__)
    assert hidden == {"descriptors"}  # the folder, which the registry alone opens


def test_importing_the_pipelines_loads_nothing_heavy():
    heavy = ("pandas", "pyarrow", "numba", "scipy", "sklearn")
    code = f"import sys, poregrove.pipelines\nprint(*(name for name in {heavy!r} if name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split() == []


def test_types_are_announced():
    assert (Path(poregrove.__file__).parent / "py.typed").is_file()


@pytest.mark.parametrize(("package", "name"), WITH_EXAMPLES, ids=[name for _, name in WITH_EXAMPLES])
def test_every_public_callable_has_its_sections_and_its_examples_run(package, name, monkeypatch, tmp_path):
    monkeypatch.setattr(registry, "_added", {})
    monkeypatch.setenv("POREGROVE_CACHE", os.environ.get("POREGROVE_CACHE", str(tmp_path)))
    item = getattr(package, name)
    text = inspect.getdoc(item)
    sections = [section for section in ("Parameters", "Returns", "Raises") if f"\n{section}\n---" in text]
    takes = [each for each in inspect.signature(item).parameters if each not in {"args", "kwargs"}]
    assert ("Parameters" in sections) == bool(takes)
    if inspect.isfunction(item) and inspect.signature(item).return_annotation != "None":
        assert "Returns" in sections
    named = text.split("Returns\n---")[0] if "Returns" in sections else text
    assert [each for each in takes if each not in named] == []
    (example,) = (found for found in doctest.DocTestFinder(recurse=False).find(item, name))
    assert example.examples
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    assert runner.run(example).failed == 0


def test_every_reference_has_an_entry_and_every_entry_is_referred_to():
    declared = (*features.descriptors(), *quantities(), *available())
    used = {key for item in declared for key in keys_of(item.reference)}
    used |= {key for reference in SOURCES for key in keys_of(reference)}
    assert used == set(entries()) - {"poregrove"}


def test_the_project_is_cited_alike_in_both_files():
    cff = (Path(__file__).parents[1] / "CITATION.cff").read_text(encoding="utf-8")
    fields = dict(re.findall(r'^(title|version): "?(.*?)"?$', cff, re.MULTILINE))
    author = re.search(r"- name: (.+)", cff)[1]
    entry = entries()["poregrove"].replace("{3D}", "3D")
    assert f"title = {{{fields['title']}}}" in entry
    assert f"version = {{{fields['version']}}}" in entry
    assert f"author = {{{{{author}}}}}" in entry


def test_a_citation_holds_each_source_once_and_refuses_unknown_names():
    text = poregrove.citation(["chord_length", "two_point_correlation"], ["chord-law", "xgboost", "mean"])
    assert text.count("@book{torquato2002,") == 1
    assert text.startswith("@software{poregrove,")
    assert f"version = {{{poregrove.__version__}}}" in text
    assert "@inproceedings{chen2016," in text
    with pytest.raises(SettingsError, match="unknown model 'xgbost'; did you mean 'xgboost'"):
        poregrove.citation(models="xgbost")
    with pytest.raises(KeyError):
        keys_of("doi:10.0000/nowhere")


def test_a_missing_name_is_an_attribute_error():
    for package in (poregrove, features, testing):
        with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
            importlib.import_module(package.__name__).nonsense  # noqa: B018  reading it is the point
