"""A bundle behind HTTP: volumes and designs in, predictions with intervals out. Needs the extra ``serve``.

    GET  /          what the bundle predicts, from which scalars, with which models
    GET  /health    whether the service answers, without asking a model
    GET  /docs      the same for people, on a page that loads nothing from elsewhere
    POST /predict   {"volumes": [{"name", "tiff"}], "designs": [{scalar: value}], "model", "level"}

``tiff`` is the file in base64; ``designs`` may be left out, then only the targets of volumes alone are
answered. The answer is {"rows": [...]}, one a volume and design, with null where a value is undefined and its
reason beside it. Nothing is kept: files lie in a temporary folder while a request is answered. What a request did wrong is
told to whoever sent it; what failed here is told to the log alone, so no answer names a path of this machine.
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
import math
import socket
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ...errors import InputError, MissingExtraError, SettingsError
from .bundle import BEST, Bundle, load_bundle
from .intervals import LEVELS
from .ranges import Range
from .service_page import POLICY, docs_page

log = logging.getLogger(__name__)

MAX_MEGABYTES = 512
LAST_PORT = 65_535
_KNOWN = {"volumes", "designs", "model", "level"}
_BAD_REQUEST, _TOO_LARGE, _FAILED = 422, 413, 500
FAILURE = "the service failed on this request; its log says why"


def create_app(path: Path, *, device: str = "auto", max_megabytes: int = MAX_MEGABYTES) -> Any:
    """The FastAPI application that serves the bundle at ``path``, which is checked first.

    Raises ModelError for a bundle that cannot be used, MissingExtraError without FastAPI.
    """
    try:
        from fastapi import FastAPI
    except ImportError as error:
        raise MissingExtraError("fastapi", "serve", "poregrove serve") from error

    service = _Service(load_bundle(path), device, max_megabytes)
    # FastAPI's own pages load scripts from elsewhere.
    app = FastAPI(title="poregrove", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_exception_handler(Exception, service.failed)
    app.add_route("/", service.root, methods=["GET"])
    app.add_route("/health", service.health, methods=["GET"])
    app.add_route("/docs", service.docs, methods=["GET"])
    app.add_route("/predict", service.predict, methods=["POST"])
    return app


class _Service:
    """Answers to each kind of request, as FastAPI calls for them."""

    def __init__(self, bundle: Bundle, device: str, max_megabytes: int) -> None:
        self.bundle, self.device, self.max_megabytes = bundle, device, max_megabytes
        self.about = describe_bundle(bundle)
        self.page = docs_page(self.about)
        # XGBoost's warnings are caught by Python's global filters, so one request is answered at a time.
        self.one_at_a_time = threading.Lock()

    async def root(self, _: Any) -> Any:
        return _json(self.about)

    async def health(self, _: Any) -> Any:
        version, targets = self.about["poregrove_version"], len(self.about["targets"])
        return _json({"status": "ok", "poregrove_version": version, "targets": targets})

    async def docs(self, _: Any) -> Any:
        from fastapi.responses import HTMLResponse

        return HTMLResponse(self.page, headers={"Content-Security-Policy": POLICY})

    async def predict(self, request: Any) -> Any:
        from starlette.concurrency import run_in_threadpool

        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > self.max_megabytes * 2**20:
                said = f"expected at most {self.max_megabytes} MB, the limit of this service"
                return _json({"error": said}, _TOO_LARGE)
        try:
            return _json(await run_in_threadpool(self._locked, bytes(body)))
        except InputError as error:
            return _json({"error": str(error)}, _BAD_REQUEST)

    async def failed(self, _: Any, error: Exception) -> Any:
        """The answer where something failed here; the server logs the error with its traceback."""
        log.error("a request failed: %s", error)
        return _json({"error": FAILURE}, _FAILED)

    def _locked(self, body: bytes) -> dict[str, Any]:
        with self.one_at_a_time:
            return answer(self.bundle, body, self.device)


def _json(content: Any, status: int = 200) -> Any:
    from fastapi.responses import JSONResponse

    return JSONResponse(content, status_code=status)


def serve(path: Path, *, host: str, port: int, device: str, max_megabytes: int) -> None:
    """Serve until interrupted. Raises as ``create_app``, and SettingsError where nothing can listen on the port."""
    _check_port(host, port)
    app = create_app(path, device=device, max_megabytes=max_megabytes)
    try:
        import uvicorn
    except ImportError as error:
        raise MissingExtraError("uvicorn", "serve", "poregrove serve") from error
    uvicorn.run(app, host=host, port=port, log_level="info")


def _check_port(host: str, port: int) -> None:
    """SettingsError for a port that there is not, or that another program has."""
    if port > LAST_PORT:
        raise SettingsError(f"--port {port}: expected a number from 1 to {LAST_PORT}")
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
            trial.bind((host, port))
    except OSError as error:
        raise SettingsError(f"--host {host} --port {port}: cannot listen there: {error.strerror or error}") from error


def describe_bundle(bundle: Bundle) -> dict[str, Any]:
    """Description for clients: targets and scalars with units, models, levels of the intervals."""
    manifest = bundle.manifest
    return {
        "poregrove_version": manifest.poregrove_version,
        "targets": [
            {"name": item.name, "unit": item.unit, "meaning": item.meaning, "volume_only": item.volume_only}
            for item in map(manifest.contract.target, bundle.targets)
        ],
        "scalars": _inputs(bundle),
        "models": [BEST, *dict.fromkeys(item.chosen.model for item in manifest.models)],
        "levels": list(LEVELS),
        "training": dict(manifest.training),
    }


def _inputs(bundle: Bundle) -> list[dict[str, Any]]:
    """The inputs of a design by the names that a request may use, with their training ranges."""
    contract = bundle.manifest.contract
    ranges = {item.name: item for item in bundle.support.ranges if item.kind == "scalar"}
    found = []
    for item in contract.scalars if contract.built_in else contract.inputs:
        levels = getattr(item, "levels", ())
        known = ranges.get(item.name)
        found.append(
            {
                "name": item.name,
                "column": item.column,
                "unit": item.unit,
                "levels": list(levels),
                "low": known.low if known else None,
                "high": known.high if known else None,
                "typical": levels[0] if levels else _median(known),
            }
        )
    return found


def _median(known: Range | None) -> float | None:
    """The middle of a training range to six digits; None where it is unknown."""
    return None if known is None else float(f"{known.quantiles[len(known.quantiles) // 2]:.6g}")


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
    rows = [_plain(row) for row in table.to_dict("records")]
    for row in rows:
        if row["reason"] is not None:
            row["reason"] = _without_paths(str(row["reason"]), folder, by_path)
    return {"rows": rows}


def _without_paths(reason: str, folder: str, by_path: Mapping[str, str]) -> str:
    """A reason that names volumes as the request does, not as they lay here."""
    for name, given in by_path.items():
        reason = reason.replace(str(Path(folder) / name), given).replace(name, given)
    return reason.replace(folder, "")


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
