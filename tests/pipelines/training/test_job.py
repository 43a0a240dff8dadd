"""The sweep as a list."""

from __future__ import annotations

import pytest

from poregrove.errors import SettingsError
from poregrove.models.base import ModelInfo
from poregrove.pipelines.settings import ComparisonSettings
from poregrove.pipelines.training.job import InstalledModels, Job, plan_jobs

MEAN = ModelInfo("mean", "mean", "trivial", "mean", ("none",))
TREE = ModelInfo("tree", "tree", "booster", "tree", ("scalars", "morphology", "scalars+morphology+transport"))
LAW = ModelInfo("law", "law", "law", "law", ("morphology",), targets=frozenset({"tau_factor"}), default=False)
NET = ModelInfo("net", "net", "network", "net", ("volume+scalars",))
MODELS = (MEAN, TREE, LAW, NET)
ONE = {"regimes": ("new-structure",)}


def plan(**changes):
    return plan_jobs(ComparisonSettings(**{**ONE, **changes}), MODELS)


def test_models_keep_to_their_sets_and_targets():
    jobs = plan(models=("mean", "law"), targets=("tau_factor", "nominal_capacity"))
    assert set(jobs) == {
        Job("tau_factor", "mean", "none", "new-structure"),
        Job("nominal_capacity", "mean", "none", "new-structure"),
        Job("tau_factor", "law", "morphology", "new-structure"),
    }


def test_defaults_leave_out_models_that_are_off_and_sets_without_their_tier_or_voxels():
    jobs = plan(tiers=("morphology",))
    assert {job.model for job in jobs} == {"mean", "tree"}
    assert "scalars+morphology+transport" not in {job.features for job in jobs}
    assert "net" in {job.model for job in plan_jobs(ComparisonSettings(**ONE), MODELS, volumes=True)}


def test_random_is_also_cut_down_to_the_size_of_new_both_where_both_are_asked_for():
    both = plan(models=("tree",), regimes=("random", "new-both"))
    cut = [job for job in both if job.variant == "equal-size"]
    assert {job.regime for job in cut} == {"random"}
    assert "tau_factor" not in {job.target for job in cut}
    assert len(cut) == sum(job.regime == "random" and job.features != "morphology" for job in both) // 2 + 7
    assert not any(job.variant == "equal-size" for job in plan(regimes=("random",)))
    without = plan_jobs(ComparisonSettings(regimes=("random", "new-both")), MODELS, equal_size=False)
    assert not any(job.variant == "equal-size" for job in without)


def test_ensembles_of_a_large_set_take_what_the_verdict_on_the_image_compares():
    sets = ("scalars", "scalars+physics", "scalars+morphology+transport", "scalars+morphology+transport+physics")
    blend = ModelInfo("blend", "blend", "ensemble", "blend", sets)
    settings = ComparisonSettings(**ONE, targets=("nominal_capacity",))
    assert {job.features for job in plan_jobs(settings, (blend,))} == set(sets)
    few = plan_jobs(settings, (blend,), ensembles_everywhere=False)
    assert {job.features for job in few} == {"scalars+physics", "scalars+morphology+transport+physics"}
    settings = ComparisonSettings(**ONE, targets=("nominal_capacity",), feature_sets=sets[::2])
    few = plan_jobs(settings, (blend,), ensembles_everywhere=False)
    assert {job.features for job in few} == {"scalars", "scalars+morphology+transport"}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"models": ("forest",)}, "unknown model 'forest'.*mean"),
        ({"targets": ("life",)}, "unknown target 'life'.*projected_cycle_life"),
        ({"feature_sets": ("all",)}, "unknown feature set 'all'"),
        ({"regimes": ("R1",)}, "unknown regime 'R1'.*new-both"),
    ],
)
def test_unknown_names_are_refused_with_those_that_exist(changes, named):
    with pytest.raises(SettingsError, match=named):
        plan(**changes)


def test_the_installed_models_can_all_be_planned_and_made():
    catalog = InstalledModels()
    jobs = plan_jobs(ComparisonSettings(), catalog.available())
    assert {"mean", "additive", "ridge"} <= {job.model for job in jobs}
    for name in {job.model for job in jobs if job.model in ("mean", "additive", "ridge")}:
        assert catalog.create(name).info.name == name


def test_a_file_lies_in_hive_partitions(tmp_path):
    file = Job("tau_factor", "tree", "scalars+morphology", "random").file(tmp_path)
    assert file.relative_to(tmp_path).parts == (
        "predictions",
        "target=tau_factor",
        "model=tree",
        "features=scalars+morphology",
        "regime=random",
        "part-0.parquet",
    )


def test_the_models_that_are_on_by_default_have_a_name_together():
    defaults = {job.model for job in plan()}
    assert "law" not in defaults
    assert {job.model for job in plan(models=("default", "law"))} == defaults | {"law"}
    assert plan(models=("default",)) == plan()
