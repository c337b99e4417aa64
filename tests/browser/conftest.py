"""A real Chromium in front of a real system."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, expect, sync_playwright

from core.device import Device
from core.topics import Kind, Stream
from deploy import web_build
from tests.browser.city import CENTRE_LAT_DEG, CENTRE_LON_DEG, City, enrolled, ingesting
from tests.browser.plate_desk import gate_camera, gates
from tests.browser.screen import Screen
from tests.servers.center import connections_to, serving
from tests.servers.fixtures import Broker
from tests.servers.proxy import Proxy
from tests.servers.report import CHROMIUM_NAMES
from tests.servers.waiting import wait_until

__all__ = ["gate_camera", "gates"]  # fixtures of plate_desk

_ARGUMENTS = (
    *("--headless", "--no-sandbox", "--enable-unsafe-swiftshader"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--no-first-run", "--disable-dev-shm-usage", "--disable-breakpad"),
)
TRUCK = Device(device_id="T-07", kind=Kind.TRUCK, name="Recolector 07 Álamos")
AIR = Device(
    device_id="A-01",
    kind=Kind.AIR,
    name="Aire Centro",
    lat_deg=CENTRE_LAT_DEG + 0.01,
    lon_deg=CENTRE_LON_DEG,
)
NOISE = Device(
    device_id="N-01",
    kind=Kind.NOISE,
    name="Ruido Malecón",
    lat_deg=CENTRE_LAT_DEG,
    lon_deg=CENTRE_LON_DEG - 0.01,
)


@pytest.fixture(scope="session")
def built_page() -> Path:
    """The application, built if its sources changed."""
    return web_build.ensure()


# Two browsers and their servers share what cores there are: a screen may be slow, and is no bug.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """The driver; a module's, because its event loop must not outlive it into other tests."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """A headless Chromium that draws WebGL in software."""
    exe = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if exe is None:
        pytest.fail("no Chromium; run `./c5 test` once", pytrace=False)
    browser = playwright.chromium.launch(executable_path=exe, args=list(_ARGUMENTS))
    yield browser
    browser.close()


@pytest.fixture
def city(db_url: str, broker_fresh: Broker, tmp_path: Path, built_page: Path) -> Iterator[City]:
    """A truck, an air station and a noise monitor, each with a first message stored."""
    assert (built_page / "index.html").is_file()
    places = connections_to(db_url, broker_fresh)
    with serving(places) as center, ingesting(places, tmp_path):
        feed = center.app.state.center.feed
        wait_until(lambda: feed.is_live, what="the live feed to be up")
        running = City(center, broker_fresh)
        with enrolled(running, TRUCK, AIR, NOISE):
            truck = running.device(TRUCK.device_id)
            running.settle(TRUCK.device_id, truck.drive, "fix")
            air = running.device(AIR.device_id)
            air.say(Stream.READING, pm25_ugm3=18.4, o3_ppb=31.0, battery_v=12.9)
            wait_until(lambda: running.known(AIR.device_id)["values"], what="a reading stored")
            yield running


@pytest.fixture
def door(city: City) -> Iterator[Proxy]:
    """The way from the operators' desks to the control center, which a test can cut."""
    with Proxy(int(city.center.url.rsplit(":", 1)[1])) as proxy:
        yield proxy


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A fresh browser profile on the smallest of the control room's screens."""
    made = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="es-MX")
    yield made
    made.close()


@pytest.fixture
def screen(context: BrowserContext, door: Proxy, city: City) -> Screen:
    """An operator's screen, at the login; its operator may do everything."""
    city.center.add_user("ana")
    screen = Screen(context.new_page(), f"http://127.0.0.1:{door.port}", _pictures())
    screen.open()
    return screen


def _pictures() -> Path | None:
    """Where to leave screenshots for people; unset: nowhere."""
    named = os.environ.get("C5_SCREENSHOTS")
    return Path(named) if named else None
