"""Two columns as an SVG file: what it draws, and what the command line refuses."""

from xml.etree import ElementTree as ET

import pytest

from poregrove.pipelines.commands.main import main
from poregrove.reports.figures.scatter import scatter_file

SVG = "{http://www.w3.org/2000/svg}"


def points(text):
    root = ET.fromstring(text)  # noqa: S314  our own file
    assert root.tag == f"{SVG}svg"
    return [(float(item.get("cx")), float(item.get("cy"))) for item in root.iter(f"{SVG}circle")]


def test_points_stand_in_proportion_and_upwards():
    low, middle, high = points(scatter_file([0.0, 1.0, 2.0], [10.0, 20.0, 30.0], "a < b", "c"))
    assert middle[0] - low[0] == pytest.approx(high[0] - middle[0], abs=0.11)
    assert low[1] > middle[1] > high[1]


def test_one_point_and_equal_values_are_drawn_in_the_middle():
    ((x, y),) = points(scatter_file([3.0], [0.0], "x", "y"))
    assert 64 < x < 464
    assert 12 < y < 312


def test_the_command_leaves_out_rows_without_numbers(tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("name,porosity,tau\na,0.4,2.0\nb,0.5,\nc,0.6,1.5\n", encoding="utf-8")
    out = tmp_path / "plot.svg"
    assert main(["plot", str(table), "--y", "tau", "--out", str(out), "--quiet"]) == 0
    assert len(points(out.read_text(encoding="utf-8"))) == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--y", "tao", "--out", "plot.svg"], "no column 'tao'; did you mean 'tau'?"),
        (["--y", "name", "--out", "plot.svg"], "'name' holds no numbers"),
        (["--y", "tau", "--out", "plot.png"], "expected a file that ends in .svg"),
    ],
)
def test_what_cannot_be_plotted_is_named(words, told, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "table.csv").write_text("name,porosity,tau\na,0.4,2.0\n", encoding="utf-8")
    assert main(["plot", "table.csv", *words]) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "plot.svg").exists()


def test_the_sample_is_copied_and_never_over_something(tmp_path, capsys):
    out = tmp_path / "sample"
    assert main(["sample", "--out", str(out)]) == 0
    assert len(list((out / "images").glob("*.tif"))) == 64
    assert main(["sample", "--out", str(out)]) == 2
    assert "expected a folder that is not there yet" in capsys.readouterr().err
