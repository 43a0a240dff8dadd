"""The pages with commands are run as they stand: what they print is what they show."""

import os
import re
import shlex
import shutil
import sys

import pytest
from page_runner import DOCS, Step, check_shown, run_page, steps_of

from poregrove.pipelines.commands.main import parser

PAGES = ("quickstart.md", *(f"tutorials/{path.name}" for path in sorted((DOCS / "tutorials").glob("*.md"))))
PROGRAM = (sys.executable, [sys.executable, "-m", "poregrove.pipelines.commands.main"])
NEEDS = {"tutorials/network.md": "torch", "tutorials/service.md": "uvicorn", "tutorials/cluster.md": "distributed"}


@pytest.fixture
def environment(tmp_path):
    """What pages are run with: a cache of their own and the CPU."""
    return os.environ | {"POREGROVE_CACHE": str(tmp_path / "cache"), "CUDA_VISIBLE_DEVICES": ""}


def commands_of(page):
    return [shlex.split(step.code) for step in steps_of(page) if step.kind == "console"]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_is_one_that_the_parser_knows(page):
    known = [words for words in commands_of(page) if words[0] == "poregrove"]
    for words in known:
        parser().parse_args(words[1:])
    for step in steps_of(page):
        if step.kind == "python":
            compile(step.code, page, "exec")


def test_every_task_of_the_quick_start_takes_at_most_three_commands():
    parts = re.split(r"^## ", (DOCS / "quickstart.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:4]
    counts = [len(re.findall(r"^\$ ", part, flags=re.MULTILINE)) for part in parts]
    assert len(counts) == 3
    assert all(1 <= count <= 3 for count in counts)


def test_the_quick_start_in_short(tmp_path, environment, clean_set_maker):
    """The same commands on two files of the sample, and on a set of six volumes in place of the whole sample."""
    made = clean_set_maker(tmp_path / "set", n_volumes=6, n_designs=6).folder
    shutil.copytree(made, tmp_path / "small")
    replaced = {
        "sample_0000*.tif": "sample_0000[12].tif",
        "--voxel-size 1e-6": "--columns porosity,tortuosity_factor_z",
        "compare sample": "compare small",
        "mean,additive,ridge,lightgbm": "mean,ridge",
        "projected_cycle_life,tau_factor": "tau_factor",
        "predict runs/first sample": "predict runs/first small",
        "--regimes new-both": "--regimes random --tiers morphology --feature-sets none,morphology --set study.costs=false",
    }
    run_page("quickstart.md", tmp_path, PROGRAM, environment=environment, replaced=replaced)
    assert (tmp_path / "plot.svg").read_text(encoding="utf-8").startswith("<svg xmlns=")
    assert len((tmp_path / "descriptors.csv").read_text(encoding="utf-8").splitlines()) == 3
    assert (tmp_path / "predictions.csv").is_file()


@pytest.mark.parametrize("page", ["tutorials/extending.md", "explanation/random-split.md"])
def test_pages_of_python_alone(page, tmp_path, environment):
    run_page(page, tmp_path, PROGRAM, environment=environment)


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if page != "tutorials/extending.md"])
def test_a_page_prints_what_it_shows(page, tmp_path, environment):
    if page in NEEDS:
        pytest.importorskip(NEEDS[page])
    if page in {"tutorials/network.md", "tutorials/service.md"}:
        run_page(
            "quickstart.md",
            tmp_path,
            PROGRAM,
            environment=environment,
            skipped=("extract", "compare", "plot", "predict"),
        )
        shutil.copyfile(DOCS.parent / "examples" / "own_network.py", tmp_path / "own_network.py")
    run_page(page, tmp_path, PROGRAM, environment=environment)


def test_what_is_not_printed_is_noticed():
    step = Step("console", "poregrove x", ("...", "10 volumes, 0 failed: a.csv", "error 0.12"))
    check_shown(step, "19:35:36 INFO 10 volumes, 0 failed: a.csv\nmore\nerror 0.121\n")
    for said in (
        "10 volumes, 2 failed: a.csv\nerror 0.12",
        "error 0.12\n10 volumes, 0 failed: a.csv",
        "10 volumes, 0 failed: a.csv\nerror 0.14",
    ):
        with pytest.raises(AssertionError, match="does not print"):
            check_shown(step, said)
