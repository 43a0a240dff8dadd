"""Bundles with a spoilt file: refused as they are, and no worse than an error where all digests were made right again.

Files of boosters are left whole under right digests: their readers are the libraries' own, in C++, and
whoever can write digests is trusted as far as them.
"""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poregrove.errors import ModelError
from poregrove.pipelines import load_bundle
from poregrove.pipelines.bundle.integrity import MANIFEST, MANIFEST_DIGEST, seal
from poregrove.pipelines.compare import Request, run
from poregrove.pipelines.settings import ComparisonSettings, Settings, StudySettings
from poregrove.pipelines.simulate.sample import sample_folder
from poregrove.schema import SCALAR_COLUMNS

SEALED_SHARE, RESEALED_SHARE = 0.05, 0.05
VOLUMES = 10
SETTINGS = Settings(
    comparison=ComparisonSettings(
        models=("mean", "ridge", "xgboost"),
        targets=("initial_dcir", "porosity"),
        tiers=("morphology",),
        feature_sets=("none", "scalars+morphology"),
        regimes=("random", "new-both"),
        folds=2,
        repeats=1,
        bootstrap=10,
    ),
    study=StudySettings(importance=False, ablation=False, learning_curves=False, costs=False),
    model={"xgboost": {"rounds": 2, "max_depth": 2}},
)
BOOSTERS = "xgboost"
DESIGN = pd.DataFrame([dict.fromkeys(SCALAR_COLUMNS, 1.0)])
MASK = np.random.default_rng(0).random((8, 8, 8)) < 0.6


@pytest.fixture(scope="session")
def bundle(tmp_path_factory):
    """The bundle of a small comparison on some volumes of the shipped sample."""
    folder = tmp_path_factory.mktemp("sample")
    for path in sorted(sample_folder().rglob("*.parquet"))[:VOLUMES]:
        shutil.copy(path, folder)
    out = tmp_path_factory.mktemp("run") / "run"
    request = Request(
        folder, out, SETTINGS, images=_images(), device="cpu", workers=1, command=("poregrove", "compare")
    )
    run(request)
    return out / "bundle"


def _images():
    return next(sample_folder().rglob("*.tif")).parent


ODD = (None, 0, -1, 1e308, True, 2**70, "", "x", "..", "/etc/passwd", "a\0b", [], [[1]], [None], {}, {"a": 1})


def otherwise(text, place, odd):
    """JSON with the value at one place replaced."""
    value = json.loads(text)
    places = [
        (inside, key)
        for inside in nested(value)
        for key in (inside if isinstance(inside, dict) else range(len(inside)))
    ]
    inside, key = places[place % len(places)]
    inside[key] = odd
    return json.dumps(value).encode()


def nested(value):
    """All objects and lists in a JSON value, itself first."""
    if isinstance(value, dict | list):
        yield value
        for part in value.values() if isinstance(value, dict) else value:
            yield from nested(part)


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_no_spoilt_bundle_is_taken(cases, harmless, spoilt, bundle, tmp_path):
    folder = shutil.copytree(bundle, tmp_path / "bundle")
    whole = files(folder)

    @cases.settings(SEALED_SHARE)
    @given(st.sampled_from(sorted(whole)), st.data())
    def check(name, data):
        content = data.draw(spoilt([whole[name]]))
        (folder / name).write_bytes(content)
        try:
            if content != whole[name]:
                with harmless(folder), pytest.raises(ModelError):
                    load_bundle(folder)
        finally:
            (folder / name).write_bytes(whole[name])

    check()


def test_no_resealed_bundle_does_harm(cases, harmless, spoilt, bundle, tmp_path):
    folder = shutil.copytree(bundle, tmp_path / "bundle")
    whole = files(folder)
    names = sorted(name for name in whole if name != MANIFEST_DIGEST and BOOSTERS not in name)

    @cases.settings(RESEALED_SHARE)
    @given(st.sampled_from(names), st.data())
    def check(name, data):
        other = st.builds(otherwise, st.just(whole[name]), st.integers(0, 10**6), st.sampled_from(ODD))
        content = data.draw(st.one_of(spoilt([whole[name]]), *([other] * name.endswith(".json"))))
        try:
            (folder / name).write_bytes(content)
            manifest = json.loads((folder / MANIFEST).read_bytes())
            manifest.pop("files")
            (folder / MANIFEST).unlink()
            (folder / MANIFEST_DIGEST).unlink()
            seal(folder, manifest)
        except (ValueError, AttributeError, KeyError, TypeError):
            pass  # a manifest that is no JSON stays under its wrong digest
        else:
            with harmless(folder):
                read = load_bundle(folder)
                for model in read.manifest.models:
                    read.fitted(model)
                    read.residuals_of(model)
                read.predict(MASK, DESIGN, device="cpu")
        finally:
            for other in (name, MANIFEST, MANIFEST_DIGEST):
                (folder / other).write_bytes(whole[other])

    check()
