"""Run tables of any size with a known law, written a few hundred volumes at a time.

``rows.parquet`` and ``features.parquet`` as ``poregrove compare`` leaves them in a run folder once it has
read a data set and described its volumes, so a comparison can start from them. The volumes
themselves need not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from poregrove.features import descriptors
from poregrove.schema import CELL_TARGETS, ROWS, SCALAR_COLUMNS, VOLUME_TARGETS

CAP = 5000.0
_VOLUMES_AT_ONCE = 500
_LAW = ("porosity", "specific_surface", "tortuosity_factor_z", "relative_diffusivity_z")


@dataclass(frozen=True)
class Size:
    """A complete crossing of volumes and designs."""

    volumes: int
    designs: int
    descriptors: int = 135
    seed: int = 0

    @property
    def rows(self) -> int:
        """Cell rows."""
        return self.volumes * self.designs


def write_tables(folder: Path, size: Size) -> None:
    """Write ``features.parquet`` and ``rows.parquet``."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(size.seed)
    features = _features(size, rng)
    features.to_parquet(folder / "features.parquet", index=False)
    scalars = np.exp(rng.normal(0, 0.5, (size.designs, len(SCALAR_COLUMNS))))
    # Life: volumes, designs, their interaction, noise; the longest lives are censored at the cap.
    by_volume = 6 * (features["porosity"].to_numpy() - 0.4) - 0.4 * np.log(features["tortuosity_factor_z"].to_numpy())
    by_design = np.log(scalars[:, :4]) @ np.array([0.4, -0.3, 0.2, 0.1])
    with pq.ParquetWriter(folder / "rows.parquet", _schema(), compression="zstd") as writer:
        for start in range(0, size.volumes, _VOLUMES_AT_ONCE):
            part = np.arange(start, min(start + _VOLUMES_AT_ONCE, size.volumes))
            volume, design = np.repeat(part, size.designs), np.tile(np.arange(size.designs), len(part))
            latent = by_volume[volume] + by_design[design] + 0.5 * by_volume[volume] * by_design[design]
            latent += rng.normal(0, 0.2, len(volume))
            life = np.minimum(1500 * np.exp(0.6 * latent), CAP)
            cells = {name: latent + rng.normal(0, 0.3, len(volume)) for name in CELL_TARGETS}
            cells["projected_cycle_life"] = life
            values = {
                "row": volume * size.designs + design,
                "sample_id": volume,
                "param_id": design,
                "volume_digest": features["volume_digest"].to_numpy()[volume],
                "design_digest": _digests("d", design),
                **dict(zip(SCALAR_COLUMNS, scalars[design].T, strict=True)),
                **cells,
                "cycle_life_status": np.where(life < CAP, "projected", "censored"),
                "last_cycle": np.full(len(volume), 200.0),
            }
            writer.write_table(_table(values, len(volume)))
        distinct = {name: features[name].to_numpy() for name in VOLUME_TARGETS if name in features}
        distinct |= {
            "row": size.rows + np.arange(size.volumes),
            "sample_id": np.arange(size.volumes),
            "volume_digest": features["volume_digest"].to_numpy(),
            "tau_factor": features["tortuosity_factor_z"] * np.exp(rng.normal(0, 0.02, size.volumes)),
            "d_eff": features["relative_diffusivity_z"].to_numpy(),
            "bruggeman_exponent": 1.5 + rng.normal(0, 0.1, size.volumes),
        }
        writer.write_table(_table(distinct, size.volumes))


def _features(size: Size, rng: np.random.Generator) -> pd.DataFrame:
    """One row a volume; the descriptors of the law are real, the others noise around them with a few gaps."""
    declared = [info.name for info in descriptors() if info.tier in ("morphology", "transport")]
    names = list(dict.fromkeys([*_LAW, *declared[:: max(1, len(declared) // size.descriptors)], *declared]))
    porosity = rng.uniform(0.2, 0.6, size.volumes)
    surface = rng.normal(1, 0.2, size.volumes)
    tau = porosity**-0.6 * np.exp(0.2 * (surface - 1))
    law = dict(zip(_LAW, (porosity, surface, tau, porosity / tau), strict=True))
    noise = {name: porosity * rng.normal(1, 0.5, size.volumes) for name in names[: size.descriptors] if name not in law}
    for column in list(noise.values())[::20]:
        column[:: max(2, size.volumes // 50)] = np.nan
    return pd.DataFrame({"volume_digest": _digests("v", np.arange(size.volumes)), "status": "ok", **law, **noise})


def _digests(letter: str, number: np.ndarray) -> np.ndarray:
    """As long as the digests of real volumes, whose length costs memory."""
    return np.array([f"{letter}{value:063d}" for value in range(number.max() + 1)], object)[number]


def _schema() -> pa.Schema:
    kinds = {"float64": pa.float64(), "int32": pa.int32(), "string": pa.string(), "source": pa.int64()}
    return pa.schema([(field.name, kinds[field.kind]) for field in ROWS.fields])


def _table(values: dict[str, np.ndarray], length: int) -> pa.Table:
    """With null, or NaN, where a column has no values."""
    columns = []
    for field in _schema():
        empty = np.full(length, np.nan) if pa.types.is_floating(field.type) else pa.nulls(length)
        columns.append(pa.array(values.get(field.name, empty), field.type))
    return pa.table(columns, schema=_schema())
