"""The mutants still are what they say: one place each in the present sources. ``make mutants`` runs them."""

import importlib.util
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def _runner():
    spec = importlib.util.spec_from_file_location("poregrove_mutants", HERE / "run.py")
    module = importlib.util.module_from_spec(spec)
    # dataclasses look their module up
    import sys

    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


RUNNER = _runner()
MUTANTS = RUNNER.mutants()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_its_text_stands_once_in_its_file(mutant):
    text = (RUNNER.ROOT / mutant.file).read_text(encoding="utf-8")
    assert text.count(mutant.find) == 1
    assert mutant.find != mutant.replace


def test_the_tests_that_should_notice_exist():
    named = {test for mutant in MUTANTS for test in mutant.tests}
    assert [test for test in sorted(named) if not (RUNNER.ROOT / test).is_file()] == []


def test_names_tell_mutants_apart():
    names = [(mutant.file, mutant.name) for mutant in MUTANTS]
    assert len(names) == len(set(names))


def test_every_family_has_a_mutant():
    families = {path.stem for path in (RUNNER.ROOT / "features" / "descriptors").glob("[a-z]*.py")}
    touched = {Path(mutant.file).stem for mutant in MUTANTS}
    assert sorted(families - touched) == []
