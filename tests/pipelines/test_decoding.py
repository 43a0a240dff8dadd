"""Number of times that a comparison decodes each file of voxels: once; a few once more where the pore is not named."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import tifffile

from poregrove.features.cache import CACHE_VARIABLE
from poregrove.pipelines.compare import Request, run
from poregrove.pipelines.settings import ComparisonSettings, Settings, StudySettings, VolumeSettings
from poregrove.pipelines.studies.gallery import MAX_VOLUMES

SETTINGS = Settings(
    comparison=ComparisonSettings(
        models=("mean", "ridge", "cnn"),
        targets=("projected_cycle_life",),
        tiers=("morphology",),
        feature_sets=("none", "scalars+morphology", "volume+scalars"),
        regimes=("random",),
        folds=2,
        repeats=1,
        bootstrap=50,
    ),
    study=StudySettings(importance=False, ablation=False, learning_curves=False, costs=False),
    model={"cnn": {"width": 2, "epochs": 1, "members": 1, "downsample": 1}},
)


@pytest.mark.parametrize(("pore", "asked"), [("255", 0), (None, 8)])
def test_a_file_is_decoded_once_and_few_for_their_levels_before(clean_set_maker, tmp_path, monkeypatch, pore, asked):
    pytest.importorskip("torch", reason="needs the extra 'cnn'")
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    data = clean_set_maker(tmp_path / "data", n_volumes=10, n_designs=6).folder
    settings = replace(SETTINGS, volume=VolumeSettings(pore=pore))
    decoded, whole = Counter(), tifffile.TiffFile.asarray

    def counted(file, *arguments, **options):
        decoded[Path(file.filehandle.path).name] += 1
        return whole(file, *arguments, **options)

    monkeypatch.setattr(tifffile.TiffFile, "asarray", counted)
    run(Request(data, tmp_path / "runs" / "run", settings, device="cpu", workers=1))
    shown = Counter(
        pd.read_parquet(tmp_path / "runs" / "run" / "gallery.parquet")["filename"].map(lambda name: Path(name).name)
    )
    assert (tmp_path / "runs" / "run" / "volumes.bits").is_file()
    assert 0 < len(shown) <= MAX_VOLUMES
    more = decoded - shown - Counter(path.name for path in (data / "images").glob("*.tif"))
    assert len(decoded) == 10
    assert list(more.values()) == [1] * asked
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["run"], "nothing is left beside the run"
