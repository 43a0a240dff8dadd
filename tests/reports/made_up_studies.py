"""Made-up tables of what comes after the scores: volumes to look at."""

import numpy as np
import pandas as pd

EDGE = 24


def bumps(random, shape, waves=4):
    """A smooth field: a sum of plane waves."""
    at = np.stack(np.meshgrid(*(np.linspace(0, 2 * np.pi, n) for n in shape), indexing="ij"))
    field = np.zeros(shape)
    for _ in range(24):
        field += np.cos(np.tensordot(random.normal(0, waves / 2, 3), at, 1) + random.uniform(0, 2 * np.pi))
    return field


def gallery_table(hostile_names=()):
    """Three volumes: with both fields, with none, and one that is not cubic."""
    random = np.random.default_rng(5)
    names = [*hostile_names[:3], "sample_00000.tif", "sample_00001.tif", "sample_00002.tif"]
    records = []
    for index, shape in enumerate([(EDGE, EDGE, EDGE), (EDGE, EDGE, EDGE), (12, EDGE, 30)]):
        field = bumps(random, shape)
        pore = field > 0
        byte = np.where(pore, np.clip(field / field.max() * 255, 1, 255), 0).astype(np.uint8)
        whole = index != 1
        records.append(
            {
                "volume_digest": f"v{index}",
                "filename": names[index],
                "role": ("typical", "no way through; least porous", "worst predicted projected cycle life")[index],
                "caption": ("", hostile_names[3] if len(hostile_names) > 3 else "", "Its mean error is the largest.")[
                    index
                ],
                "voxel_size": 1e-7 if index == 2 else np.nan,
                "thickness_max": 7.25 if whole else np.nan,
                "flux_max": 3.5 if whole else np.nan,
                "nz": shape[0],
                "ny": shape[1],
                "nx": shape[2],
                "pore": np.packbits(pore.ravel()).tobytes(),
                "thickness": byte.tobytes() if whole else b"",
                "flux": byte[::-1].tobytes() if whole else b"",
            }
        )
    return pd.DataFrame(records)
