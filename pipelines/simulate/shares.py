"""Shares of each cell target's variance in a data set: of the design, of the volume, and of neither alone.

``python -m poregrove.pipelines.simulate.shares FOLDER`` prints the table, in per cent.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from ...schema import ALL_TARGETS
from ..data.dataset import open_dataset
from ..data.observations import observe
from ..scoring.variance_shares import variance_shares
from ..settings import TargetSettings


def shares_of(folder: Path) -> pd.DataFrame:
    """Shares of design, volume, and interaction and noise: one row a cell target, on its headline scale and others."""
    frame = observe(open_dataset(folder), TargetSettings()).frame
    rows = {}
    for target in (item for item in ALL_TARGETS if not item.volume_only):
        for scale in target.scales:
            values = frame[target.name].to_numpy(float)
            values = np.log(np.where(values > 0, values, np.nan)) if scale == "log" else values
            known = np.isfinite(values)
            name = target.name if scale == target.scale else f"{target.name} ({scale})"
            rows[name] = variance_shares(
                values[known], frame["sample_id"].to_numpy()[known], frame["param_id"].to_numpy()[known]
            )
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(index="target")


if __name__ == "__main__":
    table = 100 * shares_of(Path(sys.argv[1]))
    sys.stdout.write(table.to_string(float_format="{:.1f}".format) + "\n")
