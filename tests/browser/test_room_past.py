"""Incidents that are over, as an operator finds them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Browser, expect

from control_center.auth.rights import Role
from tests.browser.conftest import _pictures
from tests.browser.screen import Screen
from tests.servers.center import RunningCenter, Visitor, connections_to, serving
from tests.servers.fixtures import Broker
from tests.servers.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.slow]

_SLOW_MS: Final = 30_000


@pytest.fixture
def room(db_url: str, broker: Broker, built_page: Path) -> Iterator[RunningCenter]:
    """A control center with two people, its live feed up."""
    with serving(connections_to(db_url, broker), web_dist=built_page) as center:
        feed = center.app.state.center.feed
        wait_until(lambda: feed.is_live, what="the live feed to be up")
        center.add_user("ana", Role.OPERADOR)
        yield center


@pytest.fixture
def screen(room: RunningCenter, chromium: Browser) -> Iterator[Screen]:
    """An operator's room, whose complaints are none."""
    context = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="es-MX")
    screen = Screen(context.new_page(), room.url, _pictures())
    screen.open("/#/sala")
    screen.enter()
    expect(screen.page.get_by_text("Sin incidentes abiertos")).to_be_visible(timeout=_SLOW_MS)
    yield screen
    assert screen.complaints == []
    context.close()


def _opened(sara: Visitor, title: str) -> int:
    answer = sara.post("/api/incidents", {"severity": "MINOR", "title": title})
    assert answer.status_code == httpx.codes.CREATED, answer.text
    return int(answer.json()["incident_id"])


def _over(sara: Visitor, number: int) -> None:
    order = {"action": "mark_false", "text": "Ya funciona", "version": 1, "key": str(uuid4())}
    answer = sara.post(f"/api/incidents/{number}/actions", order)
    assert answer.status_code == httpx.codes.OK, answer.text


def test_what_is_over_is_listed(room: RunningCenter, screen: Screen) -> None:
    """By keyboard: open, closed, all; what is closed now comes by itself, and opens."""
    page = screen.page
    sara = room.operator(Role.SUPERVISOR)
    first, second = _opened(sara, "Semáforo apagado"), _opened(sara, "Árbol caído")
    shown = page.locator("[data-incident]")
    one, other = (page.locator(f"[data-incident='{number}']") for number in (first, second))
    expect(shown).to_have_count(2, timeout=_SLOW_MS)
    page.keyboard.press("o")
    which = page.get_by_test_id("which")
    expect(which).to_have_value("closed")
    expect(page.get_by_text("Sin incidentes cerrados")).to_be_visible()
    _over(sara, first)
    expect(one).to_contain_text("Falsa alarma", timeout=_SLOW_MS)
    expect(shown).to_have_count(1)
    page.keyboard.press("o")
    expect(which).to_have_value("all")
    expect(shown).to_have_count(2)
    screen.document("room-past")
    which.select_option("closed")
    expect(other).to_have_count(0)
    which.blur()
    page.keyboard.press("j")
    expect(one).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("incident")).to_have_attribute("data-state", "false")
    page.keyboard.press("Escape")
    expect(which).to_have_value("closed")
    which.focus()
    page.keyboard.press("Home")
    expect(which).to_have_value("open")
    expect(other).to_have_count(1)
    expect(one).to_have_count(0)


def test_a_long_list_is_laid_out_as_far_as_it_is_scrolled(
    room: RunningCenter, screen: Screen
) -> None:
    """A few screens of rows; more when somebody comes near their end, and up to the chosen one."""
    page = screen.page
    sara = room.operator(Role.SUPERVISOR)
    for number in range(70):
        _opened(sara, f"Bache {number}")
    expect(page.get_by_test_id("incident-count")).to_have_text("70", timeout=_SLOW_MS)
    shown = page.locator("[data-incident]")
    expect(shown).to_have_count(30)
    expect(page.get_by_text("y 40 más")).to_be_attached()
    for count in (60, 70):
        shown.last.scroll_into_view_if_needed()
        expect(shown).to_have_count(count)
    expect(page.get_by_text(re.compile(r"^y \d+ más$"))).to_have_count(0)
