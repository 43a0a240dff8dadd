"""``describe`` and the transformer: what goes in, what comes out, what is refused."""

import logging
import sys

import numpy as np
import pytest
import tifffile

from poregrove.errors import DeviceError, SettingsError, VolumeError
from poregrove.features import DescriptorTransformer, describe, describe_batch, load_volume
from poregrove.features.backends import get_backend

NAMES = ["porosity", "chord_length_mean_z", "wall_distance_max"]


@pytest.fixture
def mask():
    return np.random.default_rng(0).random((12, 10, 14)) < 0.4


@pytest.fixture
def path(mask, tmp_path):
    tifffile.imwrite(tmp_path / "volume.tif", mask.astype(np.uint8) * 255, photometric="minisblack")
    return tmp_path / "volume.tif"


def test_arrays_volumes_and_paths_are_one(mask, path):
    rows = [
        describe(volume, columns=NAMES, device="cpu")
        for volume in (mask, mask.astype(np.uint8), mask.astype(np.uint8) * 255, path, str(path), load_volume(path))
    ]
    assert all(row == rows[0] for row in rows)


def test_the_voxel_size_of_a_volume_counts_unless_another_is_given(path):
    volume = load_volume(path, voxel_size=2.0)
    in_voxels = describe(path, columns=["wall_distance_max"], device="cpu")["wall_distance_max"]
    assert describe(volume, columns=["wall_distance_max"], device="cpu")["wall_distance_max"] == 2 * in_voxels
    given = describe(volume, columns=["wall_distance_max"], voxel_size=3.0, device="cpu")
    assert given["wall_distance_max"] == 3 * in_voxels


def test_several_volumes_are_described_as_each_alone(mask, path):
    volumes = [mask, ~mask, mask[:5], load_volume(path, voxel_size=2.0), np.ones_like(mask), str(path)]
    rows = describe_batch(volumes, columns=NAMES, device="cpu")
    alone = [describe(volume, columns=NAMES, device="cpu") for volume in volumes]
    assert [list(row) for row in rows] == [list(row) for row in alone]
    for row, other in zip(rows, alone, strict=True):
        assert row == pytest.approx(other, rel=0, abs=0, nan_ok=True)
    assert describe_batch([], columns=NAMES, device="cpu") == []


def test_of_several_volumes_all_are_looked_at_before_any_is_described(mask, monkeypatch):
    monkeypatch.setattr(type(get_backend("cpu")), "count", lambda *_: pytest.fail("computed"))
    with pytest.raises(VolumeError, match="expected"):
        describe_batch([mask, np.ones((3, 3))], columns=["porosity"], device="cpu")


def test_the_pore_value_turns_the_phases(mask, path):
    assert describe(path, pore=(0,), columns=["porosity"], device="cpu")["porosity"] == pytest.approx(1 - mask.mean())
    assert describe(mask.astype(np.uint8), pore=(0,), columns=["porosity"], device="cpu")["porosity"] == pytest.approx(
        1 - mask.mean()
    )


@pytest.mark.parametrize(
    "volume", [np.ones((3, 3)), np.ones((0, 3, 3)), [[[1]]], None, np.full((2, 2, 2), np.nan), np.ones((1, 1, 1), "U1")]
)
def test_what_is_no_volume_is_refused(volume):
    with pytest.raises(VolumeError, match="expected"):
        describe(volume, columns=["porosity"], device="cpu")


@pytest.mark.parametrize("size", [0, -1e-6, float("nan")])
def test_a_voxel_size_is_positive(mask, size):
    with pytest.raises(VolumeError, match="positive voxel size"):
        describe(mask, columns=["porosity"], voxel_size=size, device="cpu")


def test_only_what_is_named_is_computed(mask, monkeypatch):
    backend = type(get_backend("cpu"))
    for primitive in (
        "components",
        "squared_distance",
        "configurations",
        "local_thickness",
        "geodesic_distance",
        "solve_diffusion",
    ):
        monkeypatch.setattr(backend, primitive, lambda *_args, **_options: pytest.fail("computed"))
    assert list(describe(mask, columns=["chord_length_mean_x", "porosity"], device="cpu")) == [
        "chord_length_mean_x",
        "porosity",
    ]


def test_shared_intermediates_are_computed_once(mask, monkeypatch):
    backend = type(get_backend("cpu"))
    calls = []
    for primitive in ("components", "squared_distance", "configurations", "run_lengths", "pair_counts"):
        original = getattr(backend, primitive)

        def counted(self, batch, *args, _original=original, _name=primitive):
            calls.append((_name, *(volume.tobytes() for volume in batch), args))
            return _original(self, batch, *args)

        monkeypatch.setattr(backend, primitive, counted)
    describe(mask, tiers=["morphology"], device="cpu")
    assert len(calls) == len(set(calls))


@pytest.mark.parametrize("pore", [0, (0,), [0], np.uint8(0), 0.0])
def test_one_grey_value_is_pore(mask, path, pore):
    for volume in (path, mask.astype(np.uint8) * 255):
        assert describe(volume, pore=pore, columns="porosity", device="cpu")["porosity"] == pytest.approx(
            1 - mask.mean()
        )
    assert describe(path, pore=255, columns="porosity", device="cpu")["porosity"] == pytest.approx(mask.mean())


@pytest.mark.parametrize("pore", ["0", True, (0, "255"), float("nan")])
def test_what_is_no_grey_value_is_refused_by_name(mask, pore):
    with pytest.raises(SettingsError, match="pore expects grey values such as 255"):
        describe(mask, pore=pore, columns="porosity", device="cpu")


def test_a_voxel_size_is_one_edge_or_three(mask):
    options = {"columns": "wall_distance_max", "device": "cpu"}
    one = describe(mask, voxel_size=2e-7, **options)
    assert describe(mask, voxel_size=(2e-7, 2e-7, 2e-7), **options) == one
    assert describe(mask, voxel_size=(2e-7, 2e-7, 3e-7), **options) != one
    for size in ("1e-7", (1e-7, 1e-7), ("a", "b", "c")):
        with pytest.raises(SettingsError, match="a length in metres, as in 1e-7, or three"):
            describe(mask, voxel_size=size, **options)


def test_a_single_name_is_no_sequence_of_letters(mask):
    assert list(describe(mask, columns="porosity", device="cpu")) == ["porosity"]
    tier = describe(mask, tiers="morphology", device="cpu")
    assert list(tier) == list(describe(mask, tiers=["morphology"], device="cpu"))
    with pytest.raises(SettingsError, match="expected names, got 3"):
        describe(mask, columns=["porosity", 3], device="cpu")


def test_columns_come_in_the_order_asked_for_with_families_and_patterns(mask):
    found = list(describe(mask, columns=["porosity", "chord_length_mean_?", "porosity"], device="cpu"))
    assert found == ["porosity", *(f"chord_length_mean_{axis}" for axis in "zyx")]
    family = describe(mask, columns="chord_length", device="cpu")
    assert len(family) > 12
    assert all(name.startswith("chord_length") for name in family)


def test_the_old_word_for_the_device_is_accepted_with_a_warning(mask):
    with pytest.warns(DeprecationWarning, match="backend= is now called device=") as caught:
        old = describe(mask, columns="porosity", backend="cpu")
    assert caught[0].filename == __file__
    assert old == describe(mask, columns="porosity", device="cpu")
    with pytest.warns(DeprecationWarning, match="device="):
        assert describe_batch([mask], columns="porosity", backend="cpu") == [old]
    with pytest.warns(DeprecationWarning, match="device="):
        DescriptorTransformer(columns="porosity", backend="cpu", cache=False).fit_transform([mask])


def test_several_processes_give_the_rows_of_one(mask, path, tmp_path):
    volumes = [mask, ~mask, path, load_volume(path, voxel_size=2.0)]
    alone = describe_batch(volumes, columns=NAMES, device="cpu")
    assert describe_batch(volumes, columns=NAMES, device="cpu", n_jobs=2) == alone
    cached = describe_batch(volumes, columns=NAMES, device="cpu", n_jobs=2, cache=tmp_path / "cache")
    assert cached == alone
    # the mask, its complement, and the same voxels at another size
    assert len(list((tmp_path / "cache").rglob("*.parquet"))) == 3


@pytest.mark.parametrize("n_jobs", [0, 1.5, True, "2"])
def test_n_jobs_is_a_number_of_processes(mask, n_jobs):
    with pytest.raises(SettingsError, match="n_jobs expects a number of processes"):
        describe_batch([mask], columns="porosity", n_jobs=n_jobs)


def test_n_jobs_counts_as_in_scikit_learn(monkeypatch):
    from poregrove.features import arguments

    monkeypatch.setattr(arguments, "cores", lambda: 8)
    assert [arguments.processes_of(given) for given in (None, 1, 3, -1, -2, -20)] == [1, 1, 3, 8, 7, 1]


def test_the_cache_knows_volumes_by_content_and_computes_what_is_missing(mask, path, tmp_path, monkeypatch):
    from poregrove.features import cached

    folder, asked, compute = tmp_path / "cache", [], cached.compute

    def spy(masks, edges, columns, **options):
        asked.append((len(masks), [column.name for column in columns]))
        return compute(masks, edges, columns, **options)

    monkeypatch.setattr(cached, "compute", spy)
    first = describe_batch([mask, path, ~mask], columns=NAMES[:2], device="cpu", cache=folder)
    again = describe_batch([path], columns=NAMES, device="cpu", cache=str(folder))
    assert asked == [(2, NAMES[:2]), (1, NAMES[2:])]
    assert first == describe_batch([mask, path, ~mask], columns=NAMES[:2], device="cpu")
    assert again == [describe(mask, columns=NAMES, device="cpu")]


def test_an_unknown_device_is_refused(mask):
    with pytest.raises(SettingsError, match="one of auto, cpu, cuda"):
        describe(mask, device="abacus")


def test_cuda_without_cupy_is_one_clear_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(DeviceError, match=r"^[^\n]*CUDA[^\n]*cupy[^\n]*$"):
        get_backend("cuda")


def test_auto_says_why_it_computes_on_the_cpu(caplog):
    from poregrove.features import backends

    backends.automatic_backend.cache_clear()
    with caplog.at_level(logging.INFO, "poregrove.features.backends"):
        backend = get_backend("auto")
    if backend.name == "cpu":
        assert "descriptors are computed on the CPU: " in caplog.text


# scikit-learn's checks that transform nothing; the others would have rows of numbers described, which are no volumes
ESTIMATOR_CHECKS = (
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_estimator_tags_renamed",
    "check_estimators_fit_returns_self",
    "check_estimators_overwrite_params",
    "check_estimators_unfitted",
    "check_fit_check_is_fitted",
    "check_get_params_invariance",
    "check_mixin_order",
    "check_n_features_in_after_fitting",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_positive_only_tag_during_fit",
    "check_readonly_memmap_input",
    "check_requires_y_none",
    "check_set_params",
    "check_transformer_get_feature_names_out",
    "check_transformers_unfitted",
    "check_valid_tag_types",
)


class TestTransformer:
    @pytest.mark.parametrize("check", ESTIMATOR_CHECKS)
    def test_scikit_learns_own_checks(self, check):
        from sklearn.utils import estimator_checks

        getattr(estimator_checks, check)("DescriptorTransformer", DescriptorTransformer())

    def test_fitting_changes_no_parameter_and_transforming_nothing_at_all(self, mask):
        transformer = DescriptorTransformer(columns=NAMES, device="cpu", cache=False)
        before = transformer.get_params()
        assert transformer.fit([mask]) is transformer
        assert transformer.get_params() == before
        fitted = dict(vars(transformer))
        one = transformer.transform([mask])
        assert vars(transformer) == fitted
        assert np.array_equal(transformer.transform([mask]), one)
        assert np.array_equal(
            DescriptorTransformer(columns=NAMES, device="cpu", cache=False).fit_transform([mask]), one
        )

    def test_a_table_of_volumes(self, mask, path):
        table = DescriptorTransformer(columns=NAMES, device="cpu", cache=False).fit_transform([mask, path, ~mask])
        assert table.shape == (3, 3)
        assert np.array_equal(table[0], table[1])

    def test_pandas_output_carries_the_names(self, mask):
        transformer = DescriptorTransformer(columns=NAMES, device="cpu", cache=False).set_output(transform="pandas")
        frame = transformer.fit_transform([mask])
        assert list(frame.columns) == list(transformer.get_feature_names_out())
        assert set(frame.columns) == set(NAMES)

    def test_the_columns_come_in_the_order_asked_for(self, mask):
        names = ["wall_distance_max", "porosity", "chord_length_mean_z"]
        transformer = DescriptorTransformer(columns=names, device="cpu", cache=False)
        assert transformer.fit_transform([mask])[0].tolist() == list(
            describe(mask, columns=names, device="cpu").values()
        )
        assert list(transformer.get_feature_names_out()) == names

    def test_a_column_of_paths_is_a_sequence_of_volumes(self, mask, path):
        import pandas as pd

        transformer = DescriptorTransformer(columns=NAMES, device="cpu", cache=False).fit()
        expected = transformer.transform([path, mask])[:1]
        frame = pd.DataFrame({"file": [str(path)]}, index=["a"])
        for given in (frame, frame["file"], frame.to_numpy(), frame["file"].to_numpy()):
            assert np.array_equal(transformer.transform(given), expected)
        with pytest.raises(VolumeError, match="expected one column of paths, got 2: file, other"):
            transformer.transform(frame.assign(other=1))
        with pytest.raises(VolumeError, match="expected a sequence of volumes, got one path"):
            transformer.transform(str(path))

    def test_it_remembers_by_content_and_works_in_several_processes(self, mask, path, tmp_path, monkeypatch):
        options = {"columns": NAMES, "device": "cpu", "cache": str(tmp_path / "cache")}
        expected = DescriptorTransformer(**options, n_jobs=2).fit_transform([path, ~mask])
        monkeypatch.setattr("poregrove.features.cached.compute", lambda *_, **__: pytest.fail("computed again"))
        assert np.array_equal(DescriptorTransformer(**options).fit_transform([mask, ~mask]), expected)

    def test_no_volumes_are_no_rows(self):
        assert DescriptorTransformer(columns=NAMES, device="cpu", cache=False).fit([]).transform([]).shape == (0, 3)

    def test_cloning_and_parameters(self):
        from sklearn.base import clone

        transformer = DescriptorTransformer(columns=NAMES, voxel_size=1e-6, pore=(0,), device="cpu")
        assert clone(transformer).get_params() == transformer.get_params()

    def test_it_works_in_a_pipeline(self, mask):
        from sklearn.linear_model import Ridge
        from sklearn.pipeline import make_pipeline

        random = np.random.default_rng(1)
        volumes = [random.random((8, 8, 8)) < share for share in (0.3, 0.4, 0.5, 0.6)]
        model = make_pipeline(DescriptorTransformer(columns=["porosity"], device="cpu", cache=False), Ridge(1e-9))
        model.fit(volumes, [volume.mean() for volume in volumes])
        assert model.predict([mask]) == pytest.approx([mask.mean()], abs=1e-6)

    def test_it_is_fitted_first(self, mask):
        from sklearn.exceptions import NotFittedError

        with pytest.raises(NotFittedError):
            DescriptorTransformer().transform([mask])

    def test_unknown_columns_are_refused_when_fitted(self):
        with pytest.raises(SettingsError, match="unknown descriptor column"):
            DescriptorTransformer(columns=["tortuousness"]).fit()
