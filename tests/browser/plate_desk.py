"""The city's gates with a control center before them, and the way to its pages about plates."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser import plate_day
from tests.browser.plate_day import Gates
from tests.browser.screen import Screen
from tests.servers.camera import CameraServer, camera, film
from tests.servers.center import connections_to, serving
from tests.servers.fixtures import Broker
from tests.servers.waiting import wait_until
from vision.feeds.opening import Place
from vision.frame_server import FrameServer
from vision.source import Source


@pytest.fixture(scope="module")
def gate_camera() -> Iterator[CameraServer]:
    """What the first camera looks at."""
    with camera(film([plate_day.street(3)]), fps=5) as there:
        yield there


@pytest.fixture(scope="module")
def gates(
    module_db_url: str, broker: Broker, built_page: object, gate_camera: CameraServer
) -> Iterator[Gates]:
    """A control center of a city whose gates were watched for two days."""
    assert built_page
    source = Source(Place(url=gate_camera.url))
    frames = FrameServer({"C-01": source}, host="127.0.0.1", port=0)
    frames.start()
    source.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("C5_LPR__FRAMES_URLS", json.dumps([f"http://127.0.0.1:{frames.port}"]))
        with serving(connections_to(module_db_url, broker)) as center:
            feed = center.app.state.center.feed
            wait_until(lambda: feed.is_live, what="the live feed to be up")
            there = plate_day.opened(center)
            plate_day.live_through(there)
            yield there
    source.stop()
    frames.stop()


def at(desk: Screen, path: str, filled: str, username: str = "eva") -> Page:
    """Log in, where a page's address leads; wait until it is filled."""
    desk.open(f"/{path}")
    desk.enter(username)
    expect(desk.page.get_by_test_id(filled)).to_be_visible(timeout=30_000)
    return desk.page
