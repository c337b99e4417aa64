"""What every answer carries, what is refused before it costs anything, and the page itself."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from control_center import VERSION, edge, problems
from control_center.api import models
from control_center.connections import Connections
from tests.servers.center import RunningCenter, serving
from tests.servers.stream import Screen

pytestmark = pytest.mark.server


def test_every_answer_carries_the_security_headers(center: RunningCenter) -> None:
    """Pages, answers and refusals alike."""
    visitor = center.visitor()
    for path in ("/", "/api/health", "/api/devices", "/nothing.js", "/api/nothing", "/metrics"):
        headers = visitor.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]
        for directive in ("script-src 'self'", "base-uri 'none'", "form-action 'self'"):
            assert directive in policy
        assert "server" not in headers


def test_answers_are_not_kept_by_caches(center: RunningCenter) -> None:
    """What concerns a session stays out of shared and local caches."""
    operator = center.operator()
    for path in ("/api/session", "/api/devices", "/api/stats"):
        assert operator.get(path).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("tile_url", "allowed"),
    [
        (None, "connect-src 'self';"),
        ("https://tiles.example/{z}/{x}/{y}.png", "connect-src 'self' https://tiles.example;"),
        ("pmtiles://https://maps.example/a.pmtiles", "connect-src 'self' https://maps.example;"),
        ("/tiles/{z}/{x}/{y}.png", "connect-src 'self';"),
    ],
)
def test_the_policy_opens_for_the_tile_server_only(tile_url: str | None, allowed: str) -> None:
    """The one other place that a page may load from."""
    headers = edge.security_headers(tile_url=tile_url, secure=True)
    assert allowed in headers["Content-Security-Policy"]
    assert "worker-src 'self' blob:" in headers["Content-Security-Policy"]


def test_a_large_body_is_refused(center: RunningCenter) -> None:
    """By its announced length, and by counting when it announces none."""
    client = center.visitor().client

    def endless() -> Iterator[bytes]:
        for _ in range(40):
            yield b"x" * 4096

    announced = client.post("/api/session", content=b"x" * (edge.MAX_BODY_BYTES + 1))
    chunked = client.post("/api/session", content=endless())
    for answer in (announced, chunked):
        assert answer.status_code == 413
        assert answer.headers["content-type"] == problems.MEDIA_TYPE
        assert "content-security-policy" in answer.headers


@pytest.mark.parametrize(
    "content", [b"", b"not json", b"[]", b'{"username": 1}', b'{"username":"a","password":null}']
)
def test_a_broken_body_is_a_problem(center: RunningCenter, content: bytes) -> None:
    """422 that says where it is broken."""
    client = center.visitor().client
    answer = client.post(
        "/api/session", content=content, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_a_wrong_method_is_a_problem(center: RunningCenter) -> None:
    """405, not an HTML page."""
    answer = center.visitor().client.put("/api/session")
    assert answer.status_code == 405
    assert answer.headers["content-type"] == problems.MEDIA_TYPE


def test_health_and_configuration(center: RunningCenter) -> None:
    """What a page needs before it draws."""
    health = center.visitor().get("/api/health").json()
    assert health == {"ok": True, "database": "ok", "live": "ok", "version": VERSION}
    operator = center.operator()
    config = operator.get("/api/config").json()
    models.Config.model_validate(config)
    assert config["city"]["id"] == "coatzacoalcos"
    west, south, east, north = config["city"]["bounds"]
    lon, lat = config["city"]["center"]
    assert west < lon < east
    assert south < lat < north
    outline = operator.get("/api/city.geojson")
    assert outline.headers["content-type"] == "application/geo+json"
    properties = [feature["properties"] for feature in outline.json()["features"]]
    assert {"name": "Coatzacoalcos", "level": "municipality", "urban": False} in properties
    assert {"name": "Coatzacoalcos", "level": "locality", "urban": True} in properties


def test_metrics_count_routes_not_addresses(center: RunningCenter) -> None:
    """Labels are routes, so they do not grow with what people ask for."""
    operator = center.operator()
    for device_id in ("a", "b", "c"):
        operator.get(f"/api/devices/{device_id}")
    operator.client.request("BREW", "/")
    with Screen(operator):
        text = operator.get("/metrics").text
    assert 'route="/api/devices/{device_id}",status="404"} 3.0' in text
    assert "BREW" not in text
    assert "c5_live_up 1.0" in text
    assert "c5_live_screens 1.0" in text


def test_metrics_are_for_this_machine_only(center: RunningCenter) -> None:
    """A request that a proxy forwards carries its client's address, and finds nothing."""
    client = center.visitor().client
    assert client.get("/metrics").status_code == 200
    forwarded = client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
    assert forwarded.status_code == 404


@pytest.fixture
def site(connections: Connections, web_dist: Path) -> Iterator[httpx.Client]:
    """A control center with a web application that is built."""
    with serving(connections, web_dist=web_dist) as center:
        yield center.visitor().client


def test_the_page_is_served_at_its_addresses(site: httpx.Client) -> None:
    """Addresses of the application answer its page, asked for again each time."""
    for path in ("/", "/dispositivos/T-07"):
        answer = site.get(path, headers={"Accept": "text/html"})
        assert answer.text.startswith("<!doctype html>")
        assert answer.headers["cache-control"] == "no-cache"
    assert site.head("/").status_code == 200


def test_files_with_a_checksum_are_kept(site: httpx.Client) -> None:
    """Their name changes when they do."""
    answer = site.get("/assets/app-1a2b3c.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    "path",
    [
        "/assets/missing.js",
        "/missing.png",
        "/api/missing",
        "/..%2f..%2f..%2fpyproject.toml",
        "/assets/..%2f..%2f..%2f..%2f..%2fetc/passwd",
        "/%2fetc%2fpasswd",
        "/nothing-here",
    ],
)
def test_nothing_else_is_served(site: httpx.Client, path: str) -> None:
    """Neither missing files nor anything outside the folder; refusals are problems."""
    answer = site.get(path)
    assert answer.status_code == httpx.codes.NOT_FOUND
    assert answer.headers["content-type"] == problems.MEDIA_TYPE


def test_an_unbuilt_application_says_so(connections: Connections, tmp_path: Path) -> None:
    """In both languages, with what to run."""
    with serving(connections, web_dist=tmp_path / "nowhere") as center:
        answer = center.visitor().client.get("/", headers={"Accept": "text/html"})
    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert "no está construida" in answer.text
    assert "is not built" in answer.text
