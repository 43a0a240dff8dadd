"""A bundle behind HTTP: volumes and designs in, predictions with intervals out. Needs the extra ``serve``.

    GET  /          what the bundle predicts, from which scalars, with which models
    POST /predict   {"volumes": [{"name", "tiff"}], "designs": [{scalar: value}], "model", "level"}

``tiff`` is the file in base64; ``designs`` may be left out, then only the targets of volumes alone are
answered. The answer is {"rows": [...]}, one a volume and design, with null where a value is undefined and its
reason beside it. Nothing is kept: files lie in a temporary folder while a request is answered.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ...errors import InputError, MissingExtraError, PoregroveError
from .bundle import BEST, Bundle, load_bundle
from .intervals import LEVELS

MAX_MEGABYTES = 512
_KNOWN = {"volumes", "designs", "model", "level"}
_BAD_REQUEST, _TOO_LARGE, _FAILED = 422, 413, 500


def create_app(path: Path, *, device: str = "auto", max_megabytes: int = MAX_MEGABYTES) -> Any:
    """The FastAPI application that serves the bundle at ``path``, which is checked first.

    Raises ModelError for a bundle that cannot be used, MissingExtraError without FastAPI.
    """
    try:
        from fastapi import FastAPI, Request
        from fastapi.responses import JSONResponse
    except ImportError as error:
        raise MissingExtraError("fastapi", "serve", "poregrove serve") from error

    bundle = load_bundle(path)
    about = describe_bundle(bundle)
    # XGBoost's warnings are caught by Python's global filters, so one request is answered at a time.
    one_at_a_time = threading.Lock()
    app = FastAPI(title="poregrove", version=bundle.manifest.poregrove_version, docs_url=None, redoc_url=None)

    def failed(status: int, reason: str) -> JSONResponse:
        return JSONResponse({"error": reason}, status_code=status)

    async def root(_: Request) -> JSONResponse:
        return JSONResponse(about)

    async def predict(request: Request) -> JSONResponse:
        from starlette.concurrency import run_in_threadpool

        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > max_megabytes * 2**20:
                return failed(_TOO_LARGE, f"expected at most {max_megabytes} MB, the limit of this service")
        try:
            return JSONResponse(await run_in_threadpool(_locked, one_at_a_time, bundle, bytes(body), device))
        except PoregroveError as error:
            return failed(_BAD_REQUEST if isinstance(error, InputError) else _FAILED, str(error))

    app.add_route("/", root, methods=["GET"])
    app.add_route("/predict", predict, methods=["POST"])
    return app


def serve(path: Path, *, host: str, port: int, device: str, max_megabytes: int) -> None:
    """Serve until interrupted. Raises as ``create_app``."""
    app = create_app(path, device=device, max_megabytes=max_megabytes)
    try:
        import uvicorn
    except ImportError as error:
        raise MissingExtraError("uvicorn", "serve", "poregrove serve") from error
    uvicorn.run(app, host=host, port=port, log_level="info")


def describe_bundle(bundle: Bundle) -> dict[str, Any]:
    """Description for clients: targets and scalars with units, models, levels of the intervals."""
    manifest = bundle.manifest
    return {
        "poregrove_version": manifest.poregrove_version,
        "targets": [
            {"name": item.name, "unit": item.unit, "meaning": item.meaning, "volume_only": item.volume_only}
            for item in map(manifest.contract.target, bundle.targets)
        ],
        "scalars": [
            {"name": item.name, "column": item.column, "unit": item.unit} for item in manifest.contract.scalars
        ],
        "models": [BEST, *dict.fromkeys(item.chosen.model for item in manifest.models)],
        "levels": list(LEVELS),
        "training": dict(manifest.training),
    }


def answer(bundle: Bundle, body: bytes, device: str) -> dict[str, Any]:
    """The rows that answer one request. Raises InputError naming what the request lacks or holds in another form."""
    asked = _parsed(body)
    with tempfile.TemporaryDirectory(prefix="poregrove-") as folder:
        names, paths = [], []
        for number, item in enumerate(asked["volumes"]):
            name, content = _volume(item, number)
            names.append(name)
            paths.append(Path(folder) / f"{number:06d}.tif")
            paths[-1].write_bytes(content)
        table = bundle.predict(
            paths, asked.get("designs"), model=asked.get("model", BEST), level=asked.get("level", 0.9), device=device
        )
    by_path = {path.name: name for path, name in zip(paths, names, strict=True)}
    table["filename"] = [by_path.get(Path(str(name)).name, str(name)) for name in table["filename"]]
    return {"rows": [_plain(row) for row in table.to_dict("records")]}


def _locked(lock: threading.Lock, bundle: Bundle, body: bytes, device: str) -> dict[str, Any]:
    with lock:
        return answer(bundle, body, device)


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InputError(f"expected a JSON object with volumes and designs, got: {error}") from error
    if not isinstance(asked, dict) or not isinstance(asked.get("volumes"), list) or not asked["volumes"]:
        raise InputError('expected {"volumes": [{"name": ..., "tiff": base64}], "designs": [...]}')
    if unknown := sorted(set(asked) - _KNOWN):
        raise InputError(f"unknown key {unknown[0]!r}; known: {', '.join(sorted(_KNOWN))}")
    designs = asked.get("designs")
    if designs is not None:
        if not isinstance(designs, list) or not designs or not all(isinstance(item, dict) for item in designs):
            raise InputError("designs: expected a list of objects, each with all scalars")
        asked["designs"] = pd.DataFrame(designs)
    for key, kind in (("model", str), ("level", float)):
        if key in asked and not isinstance(asked[key], kind):
            raise InputError(f"{key}: expected {kind.__name__}, got {asked[key]!r}")
    return asked


def _volume(item: Any, number: int) -> tuple[str, bytes]:
    if not isinstance(item, dict) or not isinstance(item.get("tiff"), str):
        raise InputError(f'volumes[{number}]: expected {{"name": ..., "tiff": base64 of a TIFF file}}')
    try:
        return str(item.get("name", f"volume {number}")), base64.b64decode(item["tiff"], validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(f"volumes[{number}].tiff: expected base64, got: {error}") from error


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Values for strict JSON: what is undefined is null."""
    values: dict[str, Any] = {}
    for key, value in row.items():
        scalar = value.item() if hasattr(value, "item") else value
        undefined = scalar is None or scalar is pd.NA or (isinstance(scalar, float) and not math.isfinite(scalar))
        values[str(key)] = None if undefined else scalar
    return values
