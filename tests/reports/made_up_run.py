"""A small but complete run folder, made up, with consistent numbers and switches for odd cases."""

import json
import runpy
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from poregrove.schema import ALL_TARGETS, MAIN_REGIMES, METRICS, REGIME_BY_NAME, SCALARS

made, studies = (
    SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name(name))))
    for name in ("made_up_tables.py", "made_up_studies.py")
)
MODELS = made.MODELS
HOSTILE = "<script>alert(1)</script>"
ODD_NAMES = (
    HOSTILE,
    "\u202eright to left \u05d0\u05d1\u05d2",
    "x" * 300,
    "🌳🔋 emoji",
    "a|b`c*d_e[f](javascript:alert(1))",
    '" onload="alert(1)',
)
FINDINGS = (
    ("voltage_mean_artefact", "error", 480, "rows", "The sample mean of the voltage ranks rows differently from its time mean (rank correlation 0.11).", "Read mean_discharge_voltage_time beside it.", None),
    ("constant_scalar", "warning", 2, "columns", "Two scalars do not vary, so nothing can be learned of them.", "Leave them out or vary them.", None),
    ("failed_rows", "warning", 13, "rows", "13 rows have the status failed.", "They keep their microstructure targets.", None),
    ("pore_phase", "info", 40, "volumes", "Grey value 255 is pore in every volume.", "", "255"),
    ("current_sign", "info", 467, "rows", "The voltage falls under positive current.", "", "positive on discharge"),
)  # fmt: skip


def write_run(
    folder, *, volumes=40, designs=12, targets=None, regimes=MAIN_REGIMES, models=tuple(MODELS), undefined=(), without_predictions=(),
    hostile=False, without=(), exploratory=False,
):  # fmt: skip
    """Write a run folder; ``undefined`` targets have only failed rows, ``without`` names tables to leave out."""
    folder.mkdir(parents=True, exist_ok=True)
    world = made.World(volumes, designs)
    chosen = [target for target in ALL_TARGETS if targets is None or target.name in targets]
    observed = {target.name: world.observed(target.name) for target in chosen}
    rows = made.rows_table(observed, volumes, designs, undefined, hostile)
    scores, losses = [], {}
    for target in (item for item in chosen if item.name not in undefined):
        alone = [regime for regime in ("new-structure",) if target.volume_only and regime in regimes]
        for regime in alone if target.volume_only else regimes:
            predictions = made.predict_cells(world, target, regime, models)
            # Targets of the volume alone stand under new-both once more, as real runs have them.
            for name in (regime, "new-both") if target.volume_only and "new-both" in regimes else (regime,):
                told, lost = made.score_cells(world, target, name, observed[target.name], predictions)
                scores += told
                losses |= lost
                if target.name in without_predictions:
                    continue
                first_row = volumes * designs if target.volume_only else 0
                for (model, features), values in predictions.items():
                    made.write_predictions(folder, first_row, (target.name, model, features, name), values)
    tables = {
        "scores": pd.DataFrame(
            scores,
            columns=[
                "target",
                "model",
                "features",
                "regime",
                "metric",
                "scale",
                "value",
                "lo",
                "hi",
                "n_rows",
                "n_volumes",
                "n_designs",
            ],
        ),
        "shares": made.shares_table(chosen, undefined),
        "gaps": made.gaps_table(world, losses, regimes),
        "image_adds": made.adds_table(world, losses),
        "differences": made.differences_table(world, losses, regimes),
        "features": made.features_table(world, volumes, hostile),
        "rows": rows,
    }
    names = ODD_NAMES if hostile else ()
    live = [target for target in chosen if target.name not in undefined]
    tables |= studies.study_tables(tables["scores"], live, regimes, n_volumes=volumes, n_designs=designs, names=names)
    tables["rankings"] = made.rankings_table(tables["gaps"])
    tables["overall"] = made.overall_table(tables["scores"])
    for name, table in tables.items():
        if name not in without:
            table.to_parquet(folder / f"{name}.parquet")
    if "audit" not in without:
        (folder / "audit.json").write_text(json.dumps({"findings": findings(hostile)}))
    told = manifest(
        world,
        chosen,
        rows,
        tables["scores"],
        regimes=regimes,
        models=models,
        undefined=undefined,
        hostile=hostile,
        exploratory=exploratory,
    )
    (folder / "manifest.json").write_text(json.dumps(told))
    if "bundle" not in without:
        (folder / "bundle").mkdir()
        chosen = made.bundle_manifest(tables["scores"], models)
        (folder / "bundle" / "manifest.json").write_text(json.dumps(chosen))
    return folder


def findings(hostile):
    told = [
        {"code": code, "severity": severity, "count": n, "unit": unit, "message": message, "examples": [f"sample_{i:05d}" for i in range(min(n, 11))], "remedy": remedy, "query": f"rows.query('{code} == True')", "value": value}
        for code, severity, n, unit, message, remedy, value in FINDINGS
    ]  # fmt: skip
    if hostile:
        told += [
            {
                "code": name,
                "severity": "warning",
                "count": 1,
                "unit": "rows",
                "message": name,
                "examples": list(ODD_NAMES),
                "remedy": name,
                "query": name,
                "value": name,
            }
            for name in ODD_NAMES
        ]
    return told


def manifest(world, chosen, rows, scores, *, regimes, models, undefined, hostile, exploratory):
    n_volumes, n_designs = world.volume.size, world.design.size
    odd = dict(enumerate(ODD_NAMES)) if hostile else {}
    declared = [
        ("porosity", "-", "pore voxels over all voxels", 0.0, 1.0, "", "porosity", "morphology"),
        (
            "pore_radius_mean",
            "m",
            "mean distance to the solid over pore voxels",
            0.0,
            None,
            "no pore",
            "distance",
            "morphology",
        ),
        ("euler_number_density", "1/m3", "Euler number over the volume", None, None, "", "minkowski", "morphology"),
        (
            "tortuosity_factor_z",
            "-",
            "porosity over relative diffusivity along z",
            1.0,
            None,
            "no pore path along z",
            "diffusion",
            "transport",
        ),
    ]
    descriptors = [
        dict(zip(("name", "unit", "meaning", "low", "high", "undefined", "family", "tier"), item, strict=True))
        | {"version": 1, "length_power": 0, "reference": "doi:10.1000/example"}
        for item in declared
    ]
    if hostile:
        descriptors[0] |= {"name": HOSTILE, "meaning": odd[3], "family": odd[2], "reference": odd[5]}
    targets = []
    for target in chosen:
        n = 0 if target.name in undefined else int(rows[target.name].notna().sum())
        missing = (n_volumes if target.volume_only else n_volumes * n_designs) - n
        statuses = (
            {
                "projected_cycle_life": {"measured": n // 4, "projected": n - n // 4},
                "initial_dcir": {"discharge_to_rest": n},
            }.get(target.name, {})
            if n
            else {}
        )
        reasons = {odd.get(0, "failed_simulation"): missing} if missing else {}
        targets.append(asdict(target) | {"n": n, "n_undefined": missing, "reasons": reasons, "statuses": statuses})
    cells = scores[["target", "model", "features", "regime"]].drop_duplicates()
    seconds = {"trivial": 0.0004, "law": 0.004, "linear": 0.01, "booster": 0.08, "network": 0.43}
    jobs = [
        record
        | {
            "seconds_fit": 9 * seconds[MODELS[record["model"]][1]],
            "seconds_predict": 0.004,
            "n_fits": 9,
            "device": "cpu",
            "status": "done",
            "reason": None,
        }
        for record in cells.to_dict("records")
    ]
    if jobs:
        other = {"seconds_fit": None, "seconds_predict": None, "n_fits": 0, "device": None}
        jobs.append(
            jobs[0] | other | {"status": "not applicable", "reason": "needs the design of a test row in training"}
        )
        jobs.append(jobs[-1] | {"status": "failed", "reason": odd.get(4, "time limit reached")})
    for job in jobs:
        job["variant"] = "as-is"
    return {
        "schema_version": 1, "poregrove_version": "0.1.0", "name": odd.get(0, "demo"), "created": "2026-11-22T14:03:11+00:00", "finished": "2026-11-22T14:07:42+00:00",
        "command": ["poregrove", "compare", odd.get(2, "my data"), "--out", "runs/demo"],
        "settings": {"target": {"end_of_life": 0.8}, "comparison": {"seed": 0, "tiers": ["morphology", "transport"], "group_columns": [*odd.values()]}},
        "data": {"path_name": odd.get(1, "sample"), "digest": "7c0ffee" * 9, "n_rows": n_volumes * n_designs, "n_volumes": n_volumes, "n_designs": n_designs, "n_failed": 13, "n_left_out": 0},
        "phase": {"pore_value": odd.get(3, "255")}, "current_sign": 1, "seeds": {"seed": 0, "repeats": 3}, "versions": {"numpy": "2.4.0", odd.get(0, "xgboost"): "3.2.0"},
        "machine": {"python": "3.11.9", "platform": odd.get(1, "Linux"), "cpu_count": 2, "device": "cpu"}, "targets": targets,
        "regimes": [
            {"name": name, "label": REGIME_BY_NAME[name].label, "meaning": REGIME_BY_NAME[name].meaning, "seen": sorted(REGIME_BY_NAME[name].seen), "defined": name in regimes,
             "reason": None if name in regimes else "the designs are not crossed with the volumes", "exploratory": exploratory and name != "random", "n_folds": 9 if name == "new-both" else 5, "n_groups_volume": n_volumes, "n_groups_design": n_designs}
            for name in MAIN_REGIMES
        ],
        "models": [{"name": name, "label": odd.get(index, MODELS[name][0]), "kind": MODELS[name][1], "meaning": f"what {name} does", "reference": "doi:10.1000/model", "device": "cpu", "notes": []} for index, name in enumerate(models)],
        "feature_sets": [{"name": name, "columns": [], "n_columns": n} for name, n in (("none", 0), ("scalars", 15), ("morphology", 90), ("scalars+morphology", 105), ("scalars+morphology+transport", 140), ("volume+scalars", 15))],
        "descriptors": descriptors, "metrics": [asdict(metric) for metric in METRICS], "scalars": [asdict(scalar) for scalar in SCALARS], "jobs": jobs,
        "timing": {"read": 1.2, "audit": 2.1, "features": 38.0, "fit": 221.0, "report": 1.4}, "peak_memory_bytes": 913_000_000,
    }  # fmt: skip
