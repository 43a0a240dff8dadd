"""A made-up run folder, and a reader of the page that is made of it."""

import json
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from poregrove.reports import export_report, write_report

HERE = Path(__file__).parent


def beside(name):
    """The names of a file in this folder; tests are no package that could import it."""
    return SimpleNamespace(**runpy.run_path(str(HERE / name)))


made_up = beside("made_up_run.py")
reader = beside("page_reader.py")
browsing = beside("browsing.py")
browser, visit, visit_all = browsing.browser, browsing.visit, browsing.visit_all


@pytest.fixture(scope="session")
def odd_names():
    return made_up.ODD_NAMES


@pytest.fixture(scope="session")
def make_run(tmp_path_factory):
    """A function that writes a run folder; its switches are those of write_run."""

    def make(**switches):
        return made_up.write_run(tmp_path_factory.mktemp("run"), **switches)

    return make


@pytest.fixture(scope="session")
def sample_run(make_run):
    """A complete run with its report."""
    run = make_run()
    write_report(run)
    return run


@pytest.fixture(scope="session")
def exported(sample_run, tmp_path_factory):
    """The folder that tables and figures of the run were written into, and the paths."""
    out = tmp_path_factory.mktemp("exports") / "new" / "paper"
    return out, export_report(sample_run, out, ("csv", "latex", "svg"))


@pytest.fixture(scope="session")
def hostile_run(make_run):
    """A run whose every free text is out to do harm, one of its targets without a value."""
    run = make_run(volumes=12, designs=6, hostile=True, exploratory=True, undefined=("initial_dcir",))
    write_report(run)
    return run


@pytest.fixture(scope="session")
def read_page():
    """A function from a path or text to the page's elements and tables."""
    return reader.read_page


@pytest.fixture(scope="session")
def sample_page(sample_run, read_page):
    return read_page(sample_run / "report.html")


@pytest.fixture(scope="session")
def made_up_manifest(sample_run):
    return json.loads((sample_run / "manifest.json").read_text(encoding="utf-8"))
