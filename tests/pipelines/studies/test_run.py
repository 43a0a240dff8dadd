"""Studies are jobs: they resume, they say what failed, and settings concern only the parts they concern."""

import shutil
from dataclasses import dataclass, replace
from types import SimpleNamespace

import pandas as pd
import pytest

from poregrove.errors import ModelError, RunError, SettingsError
from poregrove.models import registry
from poregrove.pipelines.scoring.losses import prediction_files
from poregrove.pipelines.settings import StudySettings
from poregrove.pipelines.studies import ablation
from poregrove.pipelines.studies.choice import check_names, features_of, models_of, targets_of
from poregrove.pipelines.studies.jobs import read_part
from poregrove.pipelines.training.job import InstalledModels, Job

LIFE = "projected_cycle_life"
TABLES = ("ablation", "learning_curves", "importance", "shap_points")


@pytest.fixture
def copied(studied, tmp_path):
    world, _ = studied
    shutil.copytree(world.folder, tmp_path / "run")
    return replace(world, folder=tmp_path / "run")


def test_half_done_studies_go_on_and_end_the_same(copied, settings):
    before = {name: copied.table(name) for name in TABLES}
    parts = copied.parts()
    kept = dict(list(parts.items())[::2])
    for name in parts.keys() - kept.keys():
        (copied.folder / name).unlink()
    for name in TABLES:
        (copied.folder / f"{name}.parquet").unlink()
    copied.study(settings)
    assert {name: time for name, time in copied.parts().items() if name in kept} == kept
    assert copied.parts().keys() == parts.keys()
    for name in TABLES:
        pd.testing.assert_frame_equal(copied.table(name), before[name])


def test_a_changed_setting_costs_only_the_parts_that_it_concerns(copied, settings):
    parts = copied.parts()
    copied.study(replace(settings, shuffles=3))
    new = copied.parts().keys() - parts.keys()
    assert len(new) == 3
    assert all("importance" in str(name) for name in new)
    assert {name: time for name, time in copied.parts().items() if name in parts} == parts


def test_what_was_not_asked_for_has_no_table(copied, settings):
    copied.study(replace(settings, ablation=False, costs=False))
    assert not (copied.folder / "ablation.parquet").exists()
    assert not (copied.folder / "costs.parquet").exists()
    assert (copied.folder / "importance.parquet").exists()


def test_a_damaged_part_is_named_and_made_again(copied, settings, caplog):
    part = min(copied.folder.glob("studies/ablation/**/*.json"))
    whole, before = read_part(part), copied.table("ablation")
    for damaged in (
        part.read_text()[:50],
        "[]",
        "{}",
        '{"tables": {"ablation": [1]}}',
        '{"tables": {"no such": [{}]}}',
    ):
        part.write_text(damaged)
        with pytest.raises(RunError, match="expected a part of a study") as caught:
            read_part(part)
        assert str(part) in str(caught.value)
    copied.study(settings)
    assert f"{part}: expected a part of a study" in caplog.text
    assert read_part(part).tables == whole.tables
    pd.testing.assert_frame_equal(copied.table("ablation"), before)


def test_a_job_that_fails_says_why_and_the_others_go_on(copied, settings, monkeypatch, caplog):
    shutil.rmtree(copied.folder / "studies" / "ablation")

    def refuse(rows, family, families):
        if family == "noise":
            raise ModelError("no such family today")
        return original(rows, family, families)

    original = ablation.without
    monkeypatch.setattr(ablation, "without", refuse)
    records = copied.study(settings)
    failed = [record for record in records if record.status == "failed"]
    assert {record.reason for record in failed} == {"no such family today"}
    assert len(failed) == 3
    assert "no such family today" in caplog.text
    assert set(copied.table("ablation")["left_out"]) == {"size", "shape", "path", "scalars"}
    assert failed[0].as_dict()["detail"] == {"left_out": "noise"}


def test_a_model_without_contributions_is_permuted_and_says_so(copied, settings):
    records = copied.study(replace(settings, models=("ridge",), targets=(LIFE,), regimes=("new-structure",)))
    own = [record for record in records if record.job.study == "importance"]
    assert [record.note for record in own] == ["ridge has no exact contributions: permutation only"]
    table = copied.table("importance")
    assert set(table["kind"]) == {"permutation"}
    assert set(table["model"]) == {"ridge"}
    assert table.set_index("name").loc["rough", "value"] > 0.5
    assert len(copied.table("shap_points")) == 0


@dataclass(frozen=True)
class AtOnce:
    """A catalog whose ridge says that it learned all targets at once."""

    catalog: InstalledModels

    def available(self):
        return tuple(replace(info, multi_target=info.name == "ridge") for info in self.catalog.available())

    def create(self, name):
        model = self.catalog.create(name)
        return SimpleNamespace(info=replace(model.info, multi_target=True), fit=model.fit) if name == "ridge" else model


def test_a_model_of_all_targets_at_once_is_refused_by_name(copied, settings):
    some = replace(settings, models=("ridge",), targets=(LIFE,), regimes=("new-both",), costs=False)
    records = copied.study(some, catalog=AtOnce(copied.catalog))
    assert {record.status for record in records} == {"failed"}
    assert {record.reason for record in records} == {"ridge learns all targets at once: no study of a single one"}
    jobs = prediction_files(copied.folder)
    without_boosters = [job for job in jobs if job.model != "lightgbm-plain"]
    assert models_of(copied.folder, StudySettings(), AtOnce(copied.catalog).available(), without_boosters) == []


def test_every_job_is_timed(studied):
    assert all(record.status == "done" and record.seconds > 0 for record in studied[1])
    assert {record.job.study for record in studied[1]} == {"importance", "ablation", "learning-curves", "costs"}


def test_the_best_booster_is_chosen_and_the_heaviest_target_beside_the_tortuosity(studied):
    world, _ = studied
    jobs, infos = prediction_files(world.folder), registry.available()
    assert models_of(world.folder, StudySettings(), infos, jobs) == ["lightgbm-plain"]
    assert models_of(world.folder, StudySettings(models=("ridge", "xgboost")), infos, jobs) == ["ridge"]
    assert models_of(world.folder, StudySettings(), infos, [job for job in jobs if job.model != "lightgbm-plain"]) == [
        "ridge"
    ]
    assert targets_of(StudySettings(), jobs) == [LIFE, "tau_factor"]
    assert features_of(StudySettings(), "lightgbm-plain", LIFE, jobs) == "scalars+morphology"
    assert features_of(StudySettings(), "lightgbm-plain", "tau_factor", jobs) == "morphology"
    assert features_of(StudySettings(), "mean", LIFE, jobs) is None


def test_the_richest_set_without_joined_quantities_is_studied_unless_another_is_named():
    sets = ("scalars", "scalars+morphology", "scalars+morphology+transport", "scalars+morphology+transport+physics")
    jobs = [Job(LIFE, "lightgbm-plain", name, "random") for name in sets]
    assert features_of(StudySettings(), "lightgbm-plain", LIFE, jobs) == "scalars+morphology+transport"
    assert features_of(StudySettings(features=sets[3]), "lightgbm-plain", LIFE, jobs) == sets[3]
    assert features_of(StudySettings(), "lightgbm-plain", LIFE, jobs[3:]) == sets[3]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (StudySettings(models=("lightgmb",)), "study.models: unknown name 'lightgmb'; known: "),
        (StudySettings(targets=("life",)), "study.targets: unknown name 'life'"),
        (StudySettings(regimes=("R4",)), "study.regimes: unknown name 'R4'"),
        (StudySettings(features="all"), "study.features: unknown name 'all'"),
    ],
)
def test_names_that_nothing_has_are_refused_before_any_work(settings, said):
    with pytest.raises(SettingsError) as caught:
        check_names(settings, registry.available())
    assert str(caught.value).startswith(said)
