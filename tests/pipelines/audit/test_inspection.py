"""The audit of whole data sets on disk: silent on a clean one, the same however its conventions are turned."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from poregrove.pipelines.audit.inspection import inspect_dataset
from poregrove.pipelines.settings import ComparisonSettings, Settings

EXPECTED = {"pore_phase": 12, "current_sign": 144, "repeated_design": 12}
"""All that the clean set's generator put there: a pore phase, a sign, and a complete crossing."""


def findings(folder):
    return {finding.code: finding for finding in inspect_dataset(folder, Settings(), workers=1).findings()}


def test_a_clean_set_has_no_finding_that_its_generator_did_not_put_there(shared_clean_set):
    found = findings(shared_clean_set.folder)
    assert {code: finding.count for code, finding in found.items()} == EXPECTED
    assert {finding.severity for finding in found.values()} == {"info"}
    assert found["pore_phase"].value == "255"
    assert found["current_sign"].value == "positive"


def test_the_law_of_the_set_is_what_the_targets_say(shared_clean_set):
    rows = inspect_dataset(shared_clean_set.folder, Settings(), workers=1).observations.frame
    lives = rows.set_index(["sample_id", "param_id"])["projected_cycle_life"].to_dict()
    assert lives == pytest.approx(shared_clean_set.lives, rel=1e-6)


@pytest.mark.parametrize(
    "turned", [{"pore": 0, "solid": 255}, {"pore": 1, "solid": 0}, {"sign": -1.0}, {"prefix": ""}], ids=str
)
def test_conventions_turned_around_give_the_same_numbers(shared_clean_set, clean_set_maker, tmp_path, turned):
    other = clean_set_maker(tmp_path / "turned", **turned)
    one, two = (inspect_dataset(made.folder, Settings(), workers=1) for made in (shared_clean_set, other))
    pd.testing.assert_frame_equal(
        one.observations.frame.drop(columns="current_sign"), two.observations.frame.drop(columns="current_sign")
    )
    told = ["pore_value"]
    pd.testing.assert_frame_equal(one.inspection.frame.drop(columns=told), two.inspection.frame.drop(columns=told))
    found = findings(other.folder)
    assert {code: finding.count for code, finding in found.items()} == EXPECTED
    assert found["pore_phase"].value == str(turned.get("pore", 255))
    assert found["current_sign"].value == ("negative" if turned.get("sign") == -1.0 else "positive")


def test_a_table_of_labels_and_another_image_folder_give_the_same_numbers(shared_clean_set, clean_set, tmp_path):
    """One Parquet file without tau_factor, D_eff and porosity; images elsewhere; the three in a CSV."""
    moved = tmp_path / "pictures"
    (clean_set.folder / "images").rename(moved)
    rows = pd.concat(map(pd.read_parquet, sorted((clean_set.folder / "rows").glob("*.parquet"))))
    labels = rows.drop_duplicates("filename")[["filename", "tau_factor", "D_eff", "porosity"]]
    labels.rename(columns={"porosity": "porosity_measured"}).to_csv(tmp_path / "labels.csv", index=False)
    single = tmp_path / "all.parquet"
    rows.drop(columns=["tau_factor", "D_eff", "porosity"]).to_parquet(single)
    one = inspect_dataset(shared_clean_set.folder, Settings(), workers=1)
    two = inspect_dataset(single, Settings(), images=moved, labels=tmp_path / "labels.csv", workers=1)
    pd.testing.assert_frame_equal(one.observations.frame, two.observations.frame)
    pd.testing.assert_frame_equal(one.inspection.frame, two.inspection.frame)


@pytest.mark.parametrize(("regimes", "kept"), [(("ood-generator",), True), (("random",), False)])
def test_the_column_of_generators_is_kept_where_it_is_asked_for_and_there(clean_set, regimes, kept):
    settings = Settings(comparison=ComparisonSettings(regimes=regimes))
    assert "generator" not in inspect_dataset(clean_set.folder, settings, workers=1).observations.frame
    for number, path in enumerate(sorted((clean_set.folder / "rows").glob("*.parquet"))):
        table = pq.read_table(path)
        pq.write_table(table.append_column("generator", pa.array([f"recipe {number % 2}"] * len(table))), path)
    frame = inspect_dataset(clean_set.folder, settings, workers=1).observations.frame
    assert ("generator" in frame) == kept
    if kept:
        assert set(frame["generator"]) == {"recipe 0", "recipe 1"}
