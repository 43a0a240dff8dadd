"""The service says what the bundle says, and refuses what is no request."""

import base64
import html
import http.client
import json
import math
import re
import socket
import threading
import time
from dataclasses import dataclass
from html.parser import HTMLParser

import pytest

from poregrove.errors import ModelError, SettingsError
from poregrove.pipelines import load_bundle
from poregrove.pipelines.bundle.bundle import Bundle
from poregrove.pipelines.bundle.http import FAILURE, create_app, serve
from poregrove.schema import SCALARS

pytest.importorskip("fastapi")
uvicorn = pytest.importorskip("uvicorn")


@dataclass(frozen=True)
class Client:
    """Asks a service that really listens."""

    port: int

    def ask(self, method, path, content=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, content)
            response = connection.getresponse()
            kind, content = response.headers["Content-Type"], response.read()
            return response.status, json.loads(content) if kind == "application/json" else content.decode()
        finally:
            connection.close()

    def get(self, path):
        return self.ask("GET", path)

    def post(self, path, content):
        return self.ask("POST", path, content)


@pytest.fixture(scope="module")
def client(finished):
    app = create_app(finished.bundle, device="cpu", max_megabytes=1)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    (socket,) = server.servers[0].sockets
    yield Client(socket.getsockname()[1])
    server.should_exit = True
    thread.join()


def tiff(path):
    return {"name": path.name, "tiff": base64.b64encode(path.read_bytes()).decode()}


def test_the_root_says_what_is_predicted_from_what(client):
    status, about = client.get("/")
    assert status == 200
    assert {item["name"] for item in about["targets"]} >= {"projected_cycle_life", "porosity"}
    assert [item["name"] for item in about["scalars"]] == [scalar.name for scalar in SCALARS]
    assert about["models"][0] == "best"


def test_an_answer_is_that_of_the_bundle(client, finished):
    images, designs = finished.images[:2], finished.designs.head(2)
    body = {"volumes": [tiff(path) for path in images], "designs": designs.to_dict("records"), "level": 0.8}
    rows = client.post("/predict", json.dumps(body).encode())[1]["rows"]
    expected = load_bundle(finished.bundle).predict(list(images), designs, level=0.8, device="cpu")
    assert len(rows) == len(expected) == 4
    assert [row["filename"] for row in rows] == [path.name for path in images for _ in range(2)]
    for name in ("projected_cycle_life", "projected_cycle_life_lo", "tau_factor", "distance"):
        for row, value in zip(rows, expected[name], strict=True):
            assert row[name] == (None if math.isnan(value) else pytest.approx(value, rel=1e-6))


def test_without_designs_the_targets_of_volumes_alone_are_answered(client, finished):
    body = {"volumes": [tiff(finished.images[0])]}
    (row,) = client.post("/predict", json.dumps(body).encode())[1]["rows"]
    assert "porosity" in row
    assert "projected_cycle_life" not in row


def test_a_file_that_is_no_volume_is_a_row_that_says_so(client):
    body = {"volumes": [{"name": "letter.tif", "tiff": base64.b64encode(b"dear all").decode()}]}
    (row,) = client.post("/predict", json.dumps(body).encode())[1]["rows"]
    assert row["porosity"] is None
    assert "letter.tif: expected a readable TIFF file" in row["reason"]
    assert not re.search("tmp|poregrove-|000000", row["reason"])


def test_the_service_says_that_it_is_well_without_asking_a_model(client, monkeypatch):
    monkeypatch.setattr(Bundle, "predict", None)
    assert client.get("/health")[0] == 200
    assert client.get("/health")[1]["status"] == "ok"


def test_the_page_for_people_loads_nothing_and_names_every_target_and_scalar(client):
    status, page = client.get("/docs")
    assert status == 200
    assert page.startswith("<!DOCTYPE html>")
    HTMLParser().feed(page)
    assert not re.search(r"<script|<link(?! rel=\"icon\" href=\"data:,\")|https?:|url\(|@import", page)
    about = client.get("/")[1]
    for item in (*about["targets"], *about["scalars"]):
        assert f"<code>{item['name']}</code>" in page
    request = json.loads(html.unescape(re.search(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)[1]))
    request["volumes"] = []
    assert list(request["designs"][0]) == [scalar.name for scalar in SCALARS]
    assert client.post("/predict", json.dumps(request).encode())[0] == 422  # all it lacks is a volume


@pytest.mark.parametrize(
    "error", [ModelError("/srv/secret/bundle: lacks the residuals"), ZeroDivisionError("x /srv/secret")]
)
def test_what_fails_here_is_told_to_the_log_alone(client, finished, monkeypatch, error, caplog):
    def failing(*_, **__):
        raise error

    monkeypatch.setattr(Bundle, "predict", failing)
    body = {"volumes": [tiff(finished.images[0])]}
    with caplog.at_level("ERROR"):
        status, answer = client.post("/predict", json.dumps(body).encode())
    assert (status, answer) == (500, {"error": FAILURE})
    assert "/srv/secret" in caplog.text
    monkeypatch.undo()
    assert client.post("/predict", json.dumps(body).encode())[0] == 200


def test_designs_go_by_their_short_names(client, finished):
    designs = finished.designs.head(1)
    short = designs.rename(columns={scalar.column: scalar.name for scalar in SCALARS})
    answers = [
        client.post("/predict", json.dumps({"volumes": [tiff(finished.images[0])], "designs": asked}).encode())[1]
        for asked in (designs.to_dict("records"), short.to_dict("records"))
    ]
    assert answers[0] == answers[1]
    assert answers[0]["rows"][0]["projected_cycle_life_model"] in ("ridge", "xgboost", "mean")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"[", "expected a JSON object"),
        (b"{}", "volumes"),
        (json.dumps({"volumes": [{"tiff": "?"}]}).encode(), "expected base64"),
        (json.dumps({"volumes": [{}]}).encode(), "volumes[0]"),
        (json.dumps({"volumes": [{"tiff": ""}], "design": []}).encode(), "unknown key 'design'"),
        (json.dumps({"volumes": [{"tiff": ""}], "designs": [1]}).encode(), "all scalars"),
        (json.dumps({"volumes": [{"tiff": ""}], "designs": [{"sei_rate": 1}]}).encode(), "is missing"),
        (json.dumps({"volumes": [{"tiff": ""}], "level": "high"}).encode(), "level: expected float"),
        (json.dumps({"volumes": [{"tiff": ""}], "level": 0.42}).encode(), "level is one of"),
        (json.dumps({"volumes": [{"tiff": ""}], "model": "forest"}).encode(), "unknown model 'forest'"),
        (b"[" * 100_000, "expected a JSON object"),
    ],
)
def test_what_is_no_request_is_refused_with_its_reason(client, body, said):
    status, answer = client.post("/predict", body)
    assert status == 422
    assert said in answer["error"]


def test_a_request_beyond_the_limit_is_refused_before_it_is_read(client):
    status, answer = client.post("/predict", b" " * (2 * 2**20))
    assert status == 413
    assert "at most 1 MB" in answer["error"]


def test_a_spoilt_bundle_is_not_served(copied):
    (copied / "seen.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match="was changed after it was written"):
        create_app(copied)


def test_a_port_that_is_none_or_that_another_program_has_is_refused_in_one_line(finished):
    with pytest.raises(SettingsError, match="expected a number from 1 to 65535"):
        serve(finished.bundle, host="127.0.0.1", port=99_999, device="cpu", max_megabytes=1)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(SettingsError, match="cannot listen there"):
            serve(finished.bundle, host="127.0.0.1", port=other.getsockname()[1], device="cpu", max_megabytes=1)
