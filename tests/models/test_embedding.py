"""Boosters on the network's embedding: what the encoder was shown, and what the booster is given."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from model_fits import fit

from poregrove.errors import ModelError
from poregrove.models import registry
from poregrove.models.base import Columns, Rows
from poregrove.pipelines.settings import ComparisonSettings
from poregrove.pipelines.training.job import plan_jobs

pytest.importorskip("torch", reason="needs the extra 'cnn'")

NAMES = ("embedding-xgboost", "embedding-lightgbm")
SMALL = {"width": 2, "epochs": 3, "downsample": 1}


@dataclass
class Voxels:
    """Masks in memory that remember which of them were read."""

    masks: np.ndarray
    seen: set[int] = field(default_factory=set)

    @property
    def shape(self):
        return self.masks.shape[1:]

    def __len__(self):
        return len(self.masks)

    def read(self, index):
        self.seen.add(index)
        return np.packbits(self.masks[index], axis=-1)


@pytest.fixture
def rows():
    """40 volumes x 6 designs: y = porosity + scalar, and the same with gaps."""
    rng = np.random.default_rng(0)
    porosity = rng.uniform(0.2, 0.8, 40)
    masks = rng.random((40, 8, 8, 8)) < porosity[:, None, None, None]
    volume, design = (part.astype(np.int32) for part in np.divmod(np.arange(240), 6))
    scalars = rng.uniform(1, 2, (6, 1)).astype(np.float32)
    made = Rows(np.zeros((40, 0), np.float32), scalars, volume, design, Columns((), ("rate",)), volumes=Voxels(masks))
    y = (3 * masks.mean(axis=(1, 2, 3))[volume] + scalars[design, 0]).astype(np.float32)
    gaps = np.where(np.arange(240) % 3 == 0, np.nan, -y).astype(np.float32)
    return made, np.stack([y, gaps], axis=1)


def parts(rows, y):
    train, valid = rows.volume < 24, (rows.volume >= 24) & (rows.volume < 30)
    return rows.take(train), y[train], rows.take(valid), y[valid]


@pytest.mark.parametrize("name", NAMES)
def test_no_test_volume_is_looked_at_before_it_is_predicted(rows, name):
    rows, y = rows
    fitted = fit(registry.create(name, **SMALL), *parts(rows, y))
    assert rows.volumes.seen == set(range(30))
    prediction = fitted.predict(rows.take(rows.volume >= 30))
    assert rows.volumes.seen == set(range(40))
    assert prediction.y.shape == (60, 2)
    assert np.isfinite(prediction.y).all()


def test_the_encoder_is_the_network_that_the_same_fold_trains(rows):
    rows, y = rows
    hybrid = fit(registry.create("embedding-xgboost", **SMALL), *parts(rows, y), seed=4)
    network = fit(registry.create("cnn", members=1, refit=False, **SMALL), *parts(rows, y), seed=4)
    for weight, own in network.members[0].items():
        np.testing.assert_array_equal(hybrid.encoder.members[0][weight], own)


def test_the_booster_is_given_the_embedding_and_the_scalars(rows):
    rows, y = rows
    train, y_train, valid, y_valid = parts(rows, y)
    hybrid = fit(registry.create("embedding-xgboost", **SMALL), train, y_train, valid, y_valid, seed=4)
    assert hybrid.boosters[0].frame.columns == (*(f"embedding_{i:02d}" for i in range(64)), "rate")

    table = np.zeros((40, 64), np.float32)
    for volumes in (np.arange(30), np.arange(30, 40)):  # as the fit and the prediction encode them
        table[volumes] = hybrid.encoder.embeddings(rows.volumes, volumes)
    columns = Columns(hybrid.boosters[0].frame.columns[:64], ("rate",))

    def by_hand(part):
        return Rows(table, rows.designs, part.volume, part.design, columns)

    alone = fit(registry.create("xgboost-plain"), by_hand(train), y_train[:, 0], by_hand(valid), y_valid[:, 0], seed=4)
    test = rows.take(rows.volume >= 30)
    np.testing.assert_allclose(alone.predict(by_hand(test)).y, hybrid.predict(test).y[:, 0], rtol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_what_the_voxels_tell_reaches_the_booster(rows, name):
    rows, y = rows
    fitted = fit(registry.create(name, **{**SMALL, "epochs": 60, "width": 4}), *parts(rows, y))
    test = rows.volume >= 30
    error = fitted.predict(rows.take(test)).y[:, 0] - y[test, 0]
    assert 1 - np.mean(error**2) / np.var(y[test, 0]) > 0.5


def test_a_damaged_folder_is_named(rows, tmp_path):
    rows, y = rows
    fit(registry.create("embedding-xgboost", **SMALL), *parts(rows, y)).save(tmp_path)
    assert registry.load("embedding-xgboost", tmp_path).predict(rows).y.shape == (240, 2)
    (tmp_path / "model.json").write_text("[]", encoding="utf-8")
    with pytest.raises(ModelError, match="expected the number of targets"):
        registry.load("embedding-xgboost", tmp_path)


def test_plain_boosters_are_not_compared_on_an_embedding_that_they_cannot_make():
    settings = ComparisonSettings(models=("xgboost", "ridge", "cnn", *NAMES))
    jobs = plan_jobs(settings, registry.available(), volumes=True)
    looking = {(job.model, job.features) for job in jobs if "embedding" in job.features or "volume" in job.features}
    assert looking == {("cnn", "volume+scalars"), *((name, "embedding+scalars") for name in NAMES)}
    assert not {"cnn", *NAMES} & {job.model for job in plan_jobs(settings, registry.available(), volumes=False)}
