"""What an operator does all day: find, switch, move by keyboard, be logged out and come back."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.city import HOME, City
from tests.browser.screen import Screen

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.slow]

_AXE = HOME / "control_center" / "web" / "node_modules" / "axe-core" / "axe.min.js"
_SIZES = [(390, 844), (1366, 768), (1920, 1080), (3840, 2160)]


def test_wrong_passwords_lock_the_door_with_a_countdown(screen: Screen, city: City) -> None:
    """A wrong password is said plainly; too many are told how long to wait."""
    page = screen.page
    screen.enter(password="equivocada")
    expect(page.get_by_role("alert")).to_contain_text("incorrectos")
    for _ in range(city.center.settings.control_center.lockout_failures):
        if page.get_by_role("button", name="Entrar", exact=True).is_disabled():
            break
        with page.expect_response("**/api/session"):
            screen.enter(password="equivocada")
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"en \d:\d\d"))
    expect(page.get_by_role("button", name="Entrar", exact=True)).to_be_disabled()


def test_search_and_filters_narrow_the_list(screen: Screen) -> None:
    """By name without accents, by kind; and nothing found says so, with a way back."""
    screen.log_in()
    page = screen.page
    search = page.get_by_role("searchbox")
    search.fill("alamos")
    expect(page.get_by_test_id("shown")).to_have_text("1 de 3")
    expect(screen.row("T-07")).to_be_visible()
    search.fill("nadie")
    expect(page.get_by_text("Ningún dispositivo coincide")).to_be_visible()
    page.get_by_role("button", name="Quitar filtros").click()
    page.get_by_label("Tipo", exact=True).select_option("noise")
    expect(screen.row("N-01")).to_be_visible()
    expect(screen.row("T-07")).to_be_hidden()


def test_language_and_theme_are_switched_and_remembered(screen: Screen) -> None:
    """Spanish first; English and the light theme survive a reload."""
    screen.log_in()
    page = screen.page
    expect(page.locator("html")).to_have_attribute("lang", "es-MX")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Menú").click()
    page.get_by_role("menuitem", name="English").click()
    page.get_by_role("menuitem", name="Light theme").click()
    expect(page.get_by_role("tab", name="Devices")).to_be_visible()
    page.reload()
    screen.wait_ready()
    expect(page.get_by_role("tab", name="Devices")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    screen.picture("light-english")


def test_everything_is_reached_by_keyboard(screen: Screen) -> None:
    """Skip links, search, list, detail, help: without a mouse."""
    screen.log_in()
    page = screen.page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Ir a la lista")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("ArrowDown")
    grid = page.get_by_role("grid")
    expect(grid).to_be_focused()
    page.keyboard.press("Home")
    first = grid.get_attribute("aria-activedescendant")
    page.keyboard.press("ArrowDown")
    assert grid.get_attribute("aria-activedescendant") != first
    page.keyboard.press("Enter")
    expect(page.locator("#detail")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#detail")).to_be_hidden()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Atajos")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("m")
    expect(page.locator(".maplibregl-canvas")).to_be_focused()


def test_an_ended_session_asks_again_and_keeps_the_place(
    screen: Screen, context: BrowserContext
) -> None:
    """Logged out elsewhere: the login lies over the page, and the choice is still there after."""
    screen.log_in()
    screen.choose("N-01")
    csrf = screen.ask("fetch('/api/session').then((a) => a.json()).then((s) => s.csrf)")
    context.request.delete(f"{screen.url}/api/session", headers={"X-C5-CSRF": csrf})
    expect(screen.page.get_by_text("Su sesión terminó")).to_be_visible(timeout=15_000)
    screen.enter()
    expect(screen.page.get_by_text("Su sesión terminó")).to_be_hidden()
    expect(screen.page.locator("#detail")).to_contain_text("Ruido Malecón")
    expect(screen.page.get_by_test_id("link")).to_contain_text("En vivo")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_no_accessibility_violation(screen: Screen, theme: str) -> None:
    """Nothing is found by axe against WCAG 2.2 A and AA, with a device open."""
    screen.page.add_init_script(f"localStorage.setItem('c5.theme', '{theme}')")
    screen.open()
    screen.log_in()
    screen.choose("A-01")
    expect(screen.page.get_by_test_id("ledger")).to_be_visible()
    screen.page.evaluate(_AXE.read_text(encoding="utf-8"))
    rules = json.dumps({"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    found: list[dict[str, Any]] = screen.ask(
        f"axe.run(document, {rules}).then((r) => r.violations)"
    )
    told = [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found]
    assert told == []


@pytest.mark.parametrize(("width", "height"), _SIZES)
def test_the_page_fits_its_screen(screen: Screen, width: int, height: int) -> None:
    """From a phone to a video wall, nothing hangs over the edge."""
    screen.page.set_viewport_size({"width": width, "height": height})
    screen.log_in()
    over = """[...document.querySelectorAll("header, footer, nav, #map, #detail, [role=tablist]")]
        .filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1)
        .map((e) => e.tagName + "." + e.className)"""
    assert screen.ask(over) == []
    screen.open("/#/d/A-01")
    expect(screen.page.get_by_test_id("ledger")).to_be_visible()
    assert screen.ask(over) == []
    screen.picture(f"fits-{width}")
