"""Tables, figures and words of a report as files: they say what the page says, and other programs can read them."""

import io
import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from poregrove.errors import RunError, SettingsError
from poregrove.reports import export_report
from poregrove.reports.exports.latex import as_latex, escaped
from poregrove.reports.exports.page import figures, read_page, slug, tables
from poregrove.reports.exports.tables import as_csv, columns
from poregrove.schema.citations import entries

SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"


@pytest.fixture(scope="module")
def document(sample_run):
    return read_page((sample_run / "report.html").read_text(encoding="utf-8"))


def made_from(text):
    """A table of the page, from its rows as they are written there."""
    return tables(read_page(f'<section id="s" class="section"><div aria-label="T">{text}</div></section>'))[0]


def test_every_table_and_every_figure_of_the_page_has_its_files(exported, sample_page):
    out, written = exported
    assert [path for path in written if not path.is_file()] == []
    n_tables = len(sample_page.find("table"))
    n_figures = len([node for node in sample_page.find("svg") if {"figure", "still"} & set(node.classes)])
    counts = [len(list(out.glob(pattern))) for pattern in ("tables/*.csv", "tables/*.tex", "figures/*.svg")]
    assert counts == [n_tables, n_tables, n_figures]
    assert n_figures > 20
    assert {path.name for path in out.iterdir()} == {"tables", "figures", "methods.md", "methods.tex", "references.bib"}


def test_csv_is_read_without_an_option_and_holds_the_exact_values_in_order(document, sample_page):
    """The values of the page come from a reader of its own, written for the tests."""
    compared = 0
    for part, node in zip(tables(document), sample_page.find("table"), strict=True):
        table = pd.read_csv(io.StringIO(as_csv(part.node)))
        heads, *rows = node.find("tr")
        assert len(table) == len(rows), part.name
        for at, head in enumerate(heads.find("th")):
            if "n" not in head.classes or node.find("th", scope="rowgroup"):
                continue
            cells = [[cell for cell in row.children if cell.tag in ("th", "td")][at] for row in rows]
            for key in ("data-v", "data-lo", "data-hi"):
                carried = [float(cell.attributes[key]) for cell in cells if key in cell.attributes]
                if carried:
                    suffix = {"data-v": "", "data-lo": ", low", "data-hi": ", high"}[key]
                    same = [list(table[name].dropna()) == carried for name in table if name.endswith(suffix)]
                    assert any(same), (part.name, head.text, key)
                    compared += len(carried)
    assert compared > 3000


def test_intervals_units_and_remarks_have_columns_of_their_own_and_drawings_none():
    part = made_from("""<table><thead><tr><th>Model <small>all</small></th><th><span class="hidden">As a plot</span></th>
<th class="n">Skill</th><th class="n">Width</th><th class="n">Time</th><th class="n">R²</th></tr></thead><tbody>
<tr><th><span><svg><title>no</title></svg>rid\u200bge</span> <small>few, many</small></th><td class="plot"><svg></svg></td>
<td class="n" data-v="0.5" data-lo="-0.1" data-hi="0.9"><b>0.50</b> <small>\u22120.10 to 0.90</small></td>
<td class="n" data-v="3.25" data-unit="Ah">3.2</td><td class="n" data-v="90" data-unit="s">1\u202fmin</td><td class="n">\u22120.25 <small>mean</small></td></tr>
<tr><th>a "b"</th><td></td><td class="n">\u2013</td><td class="n" data-v="1" data-unit="V">1</td><td class="n">\u2013</td><td class="n">12\u202f345</td></tr>
</tbody></table>""")
    assert as_csv(part.node).splitlines() == [
        'Model (all),Skill,"Skill, low","Skill, high",Width,"Width, unit",Time [s],R²,"R², remark"',
        '"ridge, few, many",0.5,-0.1,0.9,3.25,Ah,90,-0.25,mean',
        '"a ""b""",,,,1,V,,12345,',
    ]


def test_cells_that_span_rows_stand_at_each_of_them():
    part = made_from("""<table><thead><tr><th>Target</th><th>Run</th><th class="n">R2</th></tr></thead>
<tbody><tr><th rowspan="2">life</th><td>A</td><td class="n" data-v="1">1</td></tr><tr><td>B</td><td class="n" data-v="2">2</td></tr></tbody>
<tbody><tr><th>fade</th><td>A</td><td class="n" data-v="3">3</td></tr></tbody></table>""")
    table = pd.read_csv(io.StringIO(as_csv(part.node)))
    assert table.to_numpy().tolist() == [["life", "A", 1], ["life", "B", 2], ["fade", "A", 3]]


def test_latex_is_balanced_and_has_a_cell_for_every_column(document):
    for part in tables(document):
        text = as_latex(part)
        opened = re.findall(r"\\(begin|end)\{(\w+)\}", text)
        assert opened == [("begin", "table"), ("begin", "tabular"), ("end", "tabular"), ("end", "table")]
        plain = re.sub(r"\\[\\{}$&#%_]", "", text)
        assert plain.count("{") == plain.count("}")
        assert plain.count("$") % 2 == 0
        alignment = re.search(r"\\begin\{tabular\}\{([lr]+)\}", text)[1]
        rows = [line for line in text.splitlines() if line.endswith(r" \\")]
        assert len(rows) == 1 + len(columns(part.node)[0].cells)
        assert {len(re.split(r"(?<!\\)&", row)) for row in rows} == {len(alignment)}
        assert len(re.findall(r"\\(top|mid|bottom)rule", text)) == 3
        assert not re.search(r"(?<!\\)[#_]", text.replace("\\label{tab:", "")), part.name
        assert not re.search(r"[\u2212\u202f\u2013\u2070-\u209f]", text)


def test_signs_that_mean_something_to_latex_are_set_as_they_are_read():
    assert escaped("50 % of a_b & {c} #1 \\ ~ ^ $") == (
        r"50 \% of a\_b \& \{c\} \#1 \textbackslash{} \textasciitilde{} \textasciicircum{} \$"
    )
    assert escaped("\u22121.2\u202f×\u202f10⁻⁴ m²") == r"$-$1.2\,$\times$\,10$^{-4}$ m$^{2}$"


def test_an_svg_needs_nothing_but_itself(exported):
    out, _ = exported
    for path in (out / "figures").glob("*.svg"):
        root = ET.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314  our own file
        assert root.tag == f"{SVG}svg"
        left, top, width, height = map(float, root.attrib["viewBox"].split())
        assert (left, top, float(root.attrib["width"]), float(root.attrib["height"])) == (0, 0, width, height)
        ids = {node.attrib["id"] for node in root.iter() if "id" in node.attrib}
        used = {node.attrib[LINK] for node in root.iter(f"{SVG}use")}
        assert {name.removeprefix("#") for name in used} <= ids
        assert all(node.attrib[LINK].startswith("data:image/png;base64,") for node in root.iter(f"{SVG}image"))
        style = next(root.iter(f"{SVG}style")).text
        assert "var(" not in style
        painted = set(re.findall(r"\.([a-z][\w-]*)", style))
        shapes = [
            node for node in root.iter() if node.tag in {f"{SVG}path", f"{SVG}rect", f"{SVG}circle", f"{SVG}text"}
        ]
        for node in shapes:
            assert set(node.attrib["class"].split()) & painted, (path.name, node.attrib)
        assert shapes or used


def test_a_png_is_drawn_by_another_program_with_its_texts(make_run, exported, tmp_path):
    pytest.importorskip("resvg_py", reason="needs resvg-py, from the extra png")
    from PIL import Image

    from poregrove.reports.exports.figures import PIXELS, as_png

    out, _ = exported
    for path in sorted((out / "figures").glob("*.svg"))[::9]:
        text = path.read_text(encoding="utf-8")
        picture = Image.open(io.BytesIO(as_png(text))).convert("L")
        width, height = (float(value) for value in re.search(r'width="(\S+)" height="(\S+)"', text).groups())
        assert picture.size == (round(PIXELS * width), round(PIXELS * height))
        assert np.ptp(np.asarray(picture)) > 60
        if "<text" in text:
            without = Image.open(io.BytesIO(as_png(re.sub("<text.*?</text>", "", text)))).convert("L")
            assert (np.asarray(picture) != np.asarray(without)).sum() > 50
    small = make_run(volumes=9, designs=5, targets=("porosity",), models=("mean", "ridge"))
    found = {path.suffix: set() for path in export_report(small, tmp_path / "small", ("svg", "png"))}
    for path in (tmp_path / "small" / "figures").iterdir():
        found[path.suffix].add(path.stem)
    assert found[".png"] == found[".svg"] != set()


def test_the_methods_paragraph_says_what_the_run_did_and_every_source_has_its_entry(exported, made_up_manifest):
    out, _ = exported
    text = (out / "methods.md").read_text(encoding="utf-8")
    data = made_up_manifest["data"]
    for n, what in ((data["n_volumes"], "distinct volumes"), (data["n_designs"], "distinct designs")):
        assert f"{n} {what}" in text
    for item in made_up_manifest["models"]:
        assert item["label"] in text
    assert f"poregrove {made_up_manifest['poregrove_version']} [@poregrove]" in text
    cited = set(re.findall(r"@(\w+)", text))
    there = set(re.findall(r"^@\w+\{(\w+),", (out / "references.bib").read_text(encoding="utf-8"), re.MULTILINE))
    assert cited == there <= set(entries())
    assert {"holm1979", "owen2012", "poregrove"} <= cited
    latex = (out / "methods.tex").read_text(encoding="utf-8")
    assert {key for keys in re.findall(r"\\cite\{([^}]+)\}", latex) for key in keys.split(",")} == cited
    assert "[@" not in latex


def test_hostile_names_break_no_file(hostile_run, tmp_path):
    for path in export_report(hostile_run, tmp_path, ("csv", "latex", "svg")):
        assert path.resolve().is_relative_to(tmp_path.resolve())
        assert re.fullmatch(r"[a-z0-9-]+\.(csv|tex|svg|md|bib)", path.name)
        if path.suffix == ".svg":
            ET.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314  our own file
        if path.suffix == ".csv":
            assert len(pd.read_csv(path).columns)


def test_what_cannot_be_written_is_refused(sample_run, tmp_path):
    with pytest.raises(SettingsError, match="unknown format 'pdf'; known: csv, latex, svg, png"):
        export_report(sample_run, tmp_path / "out", ("csv", "pdf"))
    with pytest.raises(RunError):
        export_report(tmp_path / "none", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_names_of_files_are_small_words():
    assert slug("R² of Ōhm, “a/b”..") == "r2-of-hm-a-b"
    assert slug("a" * 79 + " b") == "a" * 79


def test_figures_have_the_titles_of_the_page(document):
    titles = [part.title for part in figures(document)]
    assert "Observed against predicted: Tortuosity factor" in titles
    assert len({part.name for part in figures(document)}) == len(titles)
