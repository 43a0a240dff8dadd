"""Made-up tables of what comes after the scores: letters, intervals, studies, costs and volumes to look at."""

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


STUDIED = ("projected_cycle_life", "nominal_capacity", "tau_factor")
FAMILIES = {"porosity": 6, "distance": 11, "minkowski": 4, "scalars": 15}


def letters_table(scores):
    """Letters by rank: neighbours share one."""
    table = scores[(scores["metric"] == "r2") & scores["value"].notna()]
    records = []
    for (target, regime, scale), group in table.groupby(["target", "regime", "scale"]):
        ranked = group.sort_values("value", ascending=False, kind="stable")
        for rank, row in enumerate(ranked.itertuples()):
            letters = chr(97 + rank // 3) + (chr(98 + rank // 3) if rank % 3 == 2 else "")
            records.append((target, row.model, row.features, regime, scale, letters, row.value))
    columns = ["target", "model", "features", "regime", "scale", "letters", "value"]
    return pd.DataFrame(records, columns=columns)


def intervals_table(scores):
    """Coverage as the scores have it, with volumes; a model without intervals says why."""
    covered = scores[(scores["metric"] == "coverage90")]
    records = [
        (row.target, row.model, row.features, row.regime, "cv+", None, 0.9, row.value, 0.87, 0.6, 0.5, 1.5, row.n_rows, row.n_volumes, 12)
        for row in covered.itertuples()
    ]  # fmt: skip
    ridge = scores[(scores["model"] == "ridge") & (scores["metric"] == "r2") & (scores["scale"] == "raw")]
    records += [
        (row.target, row.model, row.features, row.regime, "cv+", "too_few_groups", 0.9, *[np.nan] * 5, row.n_rows, row.n_volumes, 0)
        for row in ridge.itertuples()
    ]  # fmt: skip
    columns = "target model features regime method reason level coverage coverage_volumes volumes_covered coverage_worst_decile width n_rows n_volumes n_calibration"
    return pd.DataFrame(records, columns=columns.split())


def subjects(chosen, regimes):
    """(target, model, features, regime, scale) of what is studied."""
    for target in chosen:
        if target.name in STUDIED:
            features = "morphology" if target.volume_only else "scalars+morphology"
            for regime in ("new-structure",) if target.volume_only else ("new-structure", "new-both"):
                if regime in regimes:
                    yield target.name, "xgboost", features, regime, target.scale


def ablation_table(chosen, regimes):
    records = []
    for name, model, features, regime, scale in subjects(chosen, regimes):
        for index, (family, n) in enumerate(FAMILIES.items()):
            worth = 0.12 - 0.05 * index
            records.append(
                (
                    name,
                    model,
                    features,
                    regime,
                    "r2",
                    scale,
                    family,
                    0.7,
                    0.7 - worth,
                    worth,
                    worth - 0.04,
                    worth + 0.04,
                    n,
                )
            )
    columns = "target model features regime metric scale left_out value_all value_without difference lo hi n_columns"
    return pd.DataFrame(records, columns=columns.split())


def learning_table(chosen, regimes, n_volumes, n_designs):
    records = []
    for name, model, features, regime, scale in subjects(chosen, regimes):
        for along, n in (("volumes", n_volumes), ("designs", n_designs)):
            for share in (0.125, 0.25, 0.5, 1.0):
                value = 0.75 - 0.6 * 0.3 ** (8 * share)
                groups = max(2, round(share * n))
                records.append(
                    (
                        name,
                        model,
                        features,
                        regime,
                        "r2",
                        scale,
                        along,
                        share,
                        value,
                        value - 0.02,
                        value + 0.02,
                        groups,
                        10 * groups,
                    )
                )
    columns = "target model features regime metric scale along share value lo hi n_groups n_rows"
    return pd.DataFrame(records, columns=columns.split())


def importance_table(chosen, regimes, names=()):
    records = []
    columns = [*names, *(f"descriptor_{index:02d}" for index in range(20 - len(names)))]
    for name, model, features, regime, _ in subjects(chosen, regimes):
        key = (name, model, features, regime)
        for index, (family, n) in enumerate(FAMILIES.items()):
            value = 40 / (index + 1)
            records.append(
                (
                    *key,
                    "shap",
                    "family",
                    family,
                    family,
                    ",".join(columns[:n]),
                    value,
                    value * 0.8,
                    value * 1.2,
                    np.nan,
                    index + 1,
                    5,
                    True,
                )
            )
        for index, column in enumerate(columns):
            value = 10 / (index + 1)
            family = list(FAMILIES)[index % 4]
            records.append(
                (
                    *key,
                    "shap",
                    "column",
                    column,
                    family,
                    column,
                    value,
                    value * 0.7,
                    value * 1.3,
                    (0.9, -0.8, 0.1)[index % 3],
                    index + 1,
                    5,
                    index < 5,
                )
            )
        for index in range(6):
            value = 0.2 / (index + 1)
            members = ",".join(columns[index : index + 1 + index % 3])
            records.append(
                (
                    *key,
                    "permutation",
                    "group",
                    columns[index],
                    "porosity",
                    members,
                    value,
                    value * 0.7,
                    value * 1.3,
                    np.nan,
                    index + 1,
                    5,
                    False,
                )
            )
    heads = "target model features regime kind level name family members value lo hi direction rank n_folds stable"
    return pd.DataFrame(records, columns=heads.split())


def points_table(importance):
    random, records = np.random.default_rng(8), []
    shap = importance[(importance["kind"] == "shap") & (importance["level"] == "column")]
    for row in shap.itertuples():
        for number in range(60):
            x = random.normal()
            sign = 1 if row.direction > 0 else -1
            contribution = row.value * (sign * x + 0.2 * random.normal())
            records.append(
                (
                    row.target,
                    row.model,
                    row.features,
                    row.regime,
                    row.name,
                    contribution,
                    x if number % 9 else np.nan,
                    number,
                )
            )
    heads = "target model features regime column contribution feature row"
    return pd.DataFrame(records, columns=heads.split())


def costs_table(scores):
    found = scores[["model", "features"]].drop_duplicates()
    heads = "model features device note seconds_features seconds_fit seconds_predict fit_per_thousand predict_per_thousand exponent exponent_low exponent_high projected_seconds projected_low projected_high peak_memory_bytes n_rows n_fits"
    records = [
        (row.model, row.features, "cpu", "" if index else "grows faster above 50,000 rows", 12.0, 3.5, 0.4, 0.25, 0.01, 1.1, 1.0, 1.2, 90_000.0 / (index + 1), 60_000.0 / (index + 1), 120_000.0 / (index + 1), 3e8, 300, 27)
        for index, row in enumerate(found.itertuples())
    ]  # fmt: skip
    return pd.DataFrame(records, columns=heads.split())


def study_tables(scores, chosen, regimes, *, n_volumes, n_designs, names=()):
    """All of them by name."""
    importance = importance_table(chosen, regimes, names)
    return {
        "letters": letters_table(scores),
        "intervals": intervals_table(scores),
        "ablation": ablation_table(chosen, regimes),
        "learning_curves": learning_table(chosen, regimes, n_volumes, n_designs),
        "importance": importance,
        "shap_points": points_table(importance),
        "costs": costs_table(scores),
        "gallery": gallery_table(names),
    }
