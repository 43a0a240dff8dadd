"""A made-up world of volumes and designs, models that know part of it, and the run tables that follow."""

from pathlib import Path
from urllib.parse import quote

import numpy as np
import pandas as pd
from scipy.stats import kendalltau

from poregrove.schema import ALL_TARGETS, RANKINGS, REGIME_BY_NAME, SCALARS, TARGET_BY_NAME

CELL_SETS = ("scalars", "scalars+morphology", "scalars+morphology+transport")
MODELS = {
    "mean": ("Mean", "trivial", ("none",)),
    "design-mean": ("Design mean", "trivial", ("none",)),
    "volume-mean": ("Volume mean", "trivial", ("none",)),
    "additive": ("Additive", "trivial", ("none",)),
    "power-law": ("Power law", "law", ("morphology",)),
    "ridge": ("Ridge", "linear", CELL_SETS),
    "xgboost": ("XGBoost", "booster", CELL_SETS),
    "lightgbm": ("LightGBM", "booster", CELL_SETS),
    "cnn": ("3D-CNN", "network", ("volume+scalars",)),
}
# centre, spread, part of design, of volume, of their product, noise
WORLD = {
    "projected_cycle_life": (850, 260, 0.95, 0.14, 0.05, 0.12),
    "capacity_fade_rate": (-0.0012, 0.0003, 0.9, 0.2, 0.15, 0.2),
    "initial_dcir": (0.021, 0.004, 0.7, 0.6, 0.25, 0.1),
    "capacity_retention": (91, 4, 0.93, 0.15, 0.1, 0.15),
    "nominal_capacity": (4.6, 0.5, 0.8, 0.5, 0.2, 0.05),
    "mean_discharge_voltage": (3.81, 0.01, 0.3, 0.05, 0.05, 0.9),
    "mean_discharge_voltage_time": (3.68, 0.04, 0.8, 0.4, 0.2, 0.1),
    "tau_factor": (2.4, 0.35, 0, 1, 0, 0.05),
    "porosity": (0.42, 0.07, 0, 1, 0, 0.02),
    "d_eff": (0.19, 0.3, 0, 1, 0, 0.05),
    "bruggeman_exponent": (1.9, 0.2, 0, 0.8, 0, 0.5),
}


def fidelity(model, features, regime, kind):
    """Shares of the design, volume and product part that a model predicts correctly."""
    seen = REGIME_BY_NAME[regime].seen
    design, volume = float("design" in seen), float("volume" in seen)
    if kind == "trivial":
        return design * (model in ("design-mean", "additive")), volume * (model in ("volume-mean", "additive")), 0.0
    looks = 0.55 * ("morphology" in features) + 0.3 * ("transport" in features) + 0.7 * ("volume+" in features)
    skilled = {"power-law": 0.8, "ridge": 0.8, "xgboost": 1.0, "lightgbm": 0.995, "cnn": 0.9}[model]
    return skilled * (0.97 if design else 0.6), skilled * (0.95 if volume else looks), skilled * 0.5 * (looks > 0)


class World:
    """Values and losses on the grid volumes x designs; volume-only targets have one column."""

    def __init__(self, n_volumes, n_designs, seed=0):
        self.random = np.random.default_rng(seed)
        self.volume, self.design = self.random.standard_normal(n_volumes), self.random.standard_normal(n_designs)
        # The first draw is the sample itself.
        self.u = np.vstack([np.ones(n_volumes), self.random.multinomial(n_volumes, [1 / n_volumes] * n_volumes, 200)])
        self.w = np.vstack([np.ones(n_designs), self.random.multinomial(n_designs, [1 / n_designs] * n_designs, 200)])

    def grid(self, name):
        v = self.volume[:, None]
        return (v, 0 * v) if TARGET_BY_NAME[name].volume_only else (v, self.design[None, :] + 0 * v)

    def physical(self, name, z):
        centre, spread = WORLD[name][:2]
        return centre * np.exp(spread * z) if TARGET_BY_NAME[name].scale == "log" else centre + spread * z

    def observed(self, name):
        *_, a, b, c, noise = WORLD[name]
        v, d = self.grid(name)
        return self.physical(
            name,
            a * d + b * v + c * v * d + noise * self.random.standard_normal(v.shape if d.shape == v.shape else d.shape),
        )

    def predicted(self, name, parts, kind):
        *_, a, b, c, _ = WORLD[name]
        v, d = self.grid(name)
        z = parts[0] * a * d + parts[1] * b * v + parts[2] * c * v * d
        return self.physical(name, z + (0.02 if kind == "trivial" else 0.3) * self.random.standard_normal(d.shape))

    def ratio(self, loss, base):
        """1 - sum/sum with the interval of a two-way cluster bootstrap."""
        w = self.w if loss.shape[1] > 1 else np.ones((len(self.u), 1))
        over, below = (((self.u @ losses) * w).sum(axis=1) for losses in (loss, base))
        draws = 1 - over / np.where(below > 0, below, np.nan)
        return draws[0], *np.nanquantile(draws[1:], (0.025, 0.975))


def scaled(values, scale):
    return np.log(values) if scale == "log" else values


def rows_table(observed, volumes, designs, undefined, hostile):
    v, d = np.divmod(np.arange(volumes * designs), designs)
    cell = pd.DataFrame(
        {"row": np.arange(len(v)), "sample_id": [f"sample_{i:05d}" for i in v], "param_id": d.astype(float)}
    )
    cell["volume_digest"], cell["design_digest"] = [f"v{i}" for i in v], [f"d{i}" for i in d]
    for index, scalar in enumerate(SCALARS):
        cell[scalar.column] = 1e-9 * 10**index * (1 + d * (index != 2))
    whole = pd.DataFrame(
        {
            "row": len(v) + np.arange(volumes),
            "sample_id": [f"sample_{i:05d}" for i in range(volumes)],
            "volume_digest": [f"v{i}" for i in range(volumes)],
        }
    )
    for name, values in observed.items():
        table = whole if TARGET_BY_NAME[name].volume_only else cell
        table[name] = np.nan if name in undefined else values.ravel()
    rows = pd.concat([cell, whole], ignore_index=True).astype({"row": "int32"})
    for target in ALL_TARGETS:
        rows[target.name] = rows.get(target.name, np.nan)
    rows["cycle_life_status"], rows["last_cycle"] = np.where(rows["param_id"].notna(), "projected", None), 100.0
    if hostile:
        rows["sample_id"] = "<script>alert(1)</script>"
    return rows


def predict_cells(world, target, regime, models):
    """Predictions on the grid of every model and feature set that applies."""
    predictions = {}
    for model in models:
        kind, sets = MODELS[model][1:]
        by_id = model in ("design-mean", "volume-mean", "additive")
        if (model == "power-law" and not target.volume_only) or (
            model in ("design-mean", "additive") and target.volume_only
        ):
            continue
        if by_id and not any(fidelity(model, "", regime, kind)):
            continue
        for features in ("morphology",) if target.volume_only and kind not in ("trivial", "network") else sets:
            predictions[model, features] = world.predicted(target.name, fidelity(model, features, regime, kind), kind)
    return predictions


def score_cells(world, target, regime, y, predictions):
    """Rows of scores, and for the headline scale the losses of each cell, of the baseline and about the mean."""
    scores, losses = [], {}
    for scale in target.scales:
        z = scaled(y, scale)
        error = {cell: (scaled(value, scale) - z) ** 2 for cell, value in predictions.items()}
        trivial = [cell for cell in error if MODELS[cell[0]][1] == "trivial"]
        base = error[min(trivial, key=lambda cell: error[cell].sum())] if trivial else None
        spread = (z - z.mean()) ** 2
        for (model, features), loss in error.items():
            key = (target.name, model, features, regime)
            counts = (y.size, y.shape[0], 0 if target.volume_only else y.shape[1])
            found = {
                "r2": world.ratio(loss, spread),
                "mae": (np.sqrt(loss).mean(), np.nan, np.nan),
                "rmse": (np.sqrt(loss.mean()), np.nan, np.nan),
            }
            if base is not None:
                found["skill"] = world.ratio(loss, base)
            if MODELS[model][1] == "booster" and scale == "raw" and y.shape[0] >= 9:
                found["coverage90"], found["width90"] = (0.88, 0.84, 0.92), (3.3 * np.sqrt(loss.mean()), np.nan, np.nan)
            scores += [(*key, metric, scale, *value, *counts) for metric, value in found.items()]
            if scale == target.scale:
                losses[key] = (loss, base, spread)
    return scores, losses


def write_predictions(folder, first_row, key, values):
    n = values.size
    frame = pd.DataFrame(
        {"row": first_row + np.arange(n), "fold": np.arange(n) % 3, "repeat": 0, "y_pred": values.ravel()}
    )
    frame = frame.astype({"row": "int32", "fold": "int32", "repeat": "int32", "y_pred": "float32"})
    frame["y_lo"], frame["y_hi"] = np.float32(np.nan), np.float32(np.nan)
    parts = zip(("target", "model", "features", "regime"), key, strict=True)
    place = folder / "predictions" / Path(*(f"{name}={quote(value, safe='')}" for name, value in parts))
    place.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(place / "part-0.parquet")


def shares_table(chosen, undefined):
    records = []
    for target in chosen:
        if not target.volume_only and target.name not in undefined:
            *_, a, b, c, noise = WORLD[target.name]
            total = a * a + b * b + c * c + noise * noise
            records += [
                (target.name, "design", a * a / total),
                (target.name, "volume", b * b / total),
                (target.name, "interaction+noise", (c * c + noise * noise) / total),
            ]
    return pd.DataFrame(records, columns=["target", "part", "share"])


def gaps_table(world, losses, regimes):
    records, hard = [], regimes[-1]
    for (name, model, features, regime), (loss, _, spread) in losses.items():
        if (
            regime != hard
            or hard == "random"
            or MODELS[model][1] == "trivial"
            or (name, model, features, "random") not in losses
        ):
            continue
        easy = losses[name, model, features, "random"][0]
        for variant, factor in (("as-is", 1.0), ("equal-size", 1.4)):
            gap, lo, hi = world.ratio(factor * easy - loss + spread, spread)
            random_r2, hard_r2 = world.ratio(factor * easy, spread)[0], world.ratio(loss, spread)[0]
            records.append(
                (name, model, features, TARGET_BY_NAME[name].scale, variant, hard, random_r2, hard_r2, gap, lo, hi)
            )
    return pd.DataFrame(
        records,
        columns=[
            "target",
            "model",
            "features",
            "scale",
            "variant",
            "regime",
            "r2_random",
            "r2_new_both",
            "gap",
            "lo",
            "hi",
        ],
    )


def rankings_table(gaps):
    """Kendall's tau of the gaps' candidates, by a library."""
    records = []
    for (target, regime, scale), group in gaps[gaps["variant"] == "as-is"].groupby(["target", "regime", "scale"]):
        if len(group) < 2:
            continue
        first = group.loc[group["r2_random"].idxmax()]
        records.append(
            {
                "target": target,
                "model": first["model"],
                "features": first["features"],
                "regime": regime,
                "scale": scale,
                "tau": kendalltau(group["r2_random"], group["r2_new_both"]).statistic,
                "lost": group["r2_new_both"].max() - first["r2_new_both"],
                "place": int((group["r2_new_both"] > first["r2_new_both"]).sum()) + 1,
                "n_candidates": len(group),
            }
        )
    return pd.DataFrame(records, columns=list(RANKINGS.names))


def bundle_manifest(scores, models):
    """The part of a bundle's manifest that a report reads: for each target and regime the model with the least error."""
    kinds = ("linear", "booster", "law")
    known = scores[
        (scores["metric"] == "rmse") & scores["model"].isin([name for name in models if MODELS[name][1] in kinds])
    ]
    headline = {target: TARGET_BY_NAME[target].scale for target in known["target"]}
    known = known[known["scale"] == known["target"].map(headline)]
    least = known.loc[known.groupby(["target", "regime"])["value"].idxmin()] if len(known) else known
    return {
        "models": [
            {"chosen": row | {"roles": ["best"], "reason": "smallest error"}}
            for row in least[["target", "model", "features", "regime"]].to_dict("records")
        ]
    }


def adds_table(world, losses):
    records = []
    for (name, model, features, regime), (loss, base, _) in losses.items():
        without = losses.get((name, model, "scalars", regime))
        if without is None or features == "scalars" or base is None:
            continue
        value, lo, hi = world.ratio(base + loss - without[0], base)
        sign = "undetermined" if lo <= 0 <= hi else "with" if value > 0 else "without"
        records.append(
            (name, model, regime, features, "scalars", "skill", TARGET_BY_NAME[name].scale, value, lo, hi, sign)
        )
    columns = [
        "target",
        "model",
        "regime",
        "features_with",
        "features_without",
        "metric",
        "scale",
        "value",
        "lo",
        "hi",
        "verdict",
    ]
    return pd.DataFrame(records, columns=columns)


def differences_table(world, losses, regimes):
    records = []
    keys = [key for key in losses if MODELS[key[1]][1] != "trivial" and key[3] in (regimes[-1], "new-structure")]
    for i, a in enumerate(keys):
        for b in keys[i + 1 :]:
            if a[0] != b[0] or a[3] != b[3] or losses[a][1] is None:
                continue
            base = losses[a][1]
            value, lo, hi = world.ratio(base + losses[a][0] - losses[b][0], base)
            verdict = "undetermined" if lo <= 0 <= hi else "a" if value > 0 else "b"
            records.append(
                (a[0], a[3], a[1], a[2], b[1], b[2], TARGET_BY_NAME[a[0]].scale, value, lo, hi, 0.01, 0.04, verdict)
            )
    columns = [
        "target",
        "regime",
        "model_a",
        "features_a",
        "model_b",
        "features_b",
        "scale",
        "difference",
        "lo",
        "hi",
        "p",
        "p_holm",
        "verdict",
    ]
    return pd.DataFrame(records, columns=columns)


def overall_table(scores):
    records = []
    table = scores[scores["metric"] == "skill"]
    for (model, features, regime), group in table.groupby(["model", "features", "regime"]):
        for variant in ("all", "without-derivable", "without-coupled", "without-both"):
            kept = [TARGET_BY_NAME[name] for name in group["target"]]
            use = np.array(
                [not (("derivable" in variant or "both" in variant) and target.derivable) for target in kept]
            )
            weight = np.array([target.weight for target in kept]) * use
            if weight.sum() > 0:
                value, lo, hi = ((group[column] * weight).sum() / weight.sum() for column in ("value", "lo", "hi"))
                records.append((model, features, regime, variant, "skill", value, lo, hi, int((weight > 0).sum())))
    return pd.DataFrame(
        records, columns=["model", "features", "regime", "variant", "metric", "value", "lo", "hi", "n_targets"]
    )


def features_table(world, volumes, hostile):
    frame = pd.DataFrame({"volume_digest": [f"v{i}" for i in range(volumes)], "status": "ok"})
    frame["porosity"] = 0.42 + 0.07 * world.volume
    frame["tortuosity_factor_z"] = np.where(np.arange(volumes) == 3, np.nan, 2.4 + 0.3 * world.volume)
    frame["pore_radius_mean"] = 1.2e-6 + 1e-7 * world.volume
    frame["euler_number_density"] = 0.0
    return frame.rename(columns={"porosity": "<script>alert(1)</script>"}) if hostile else frame
