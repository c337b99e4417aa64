"""Air, noise and anomalies as operators see them: ranked, drawn, doubted and marked."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from control_center.auth.rights import Role
from tests.browser import air_days
from tests.browser.air_days import HOUR, MINUTE
from tests.browser.city import HOME
from tests.browser.conftest import _pictures
from tests.browser.screen import Screen
from tests.servers.center import RunningCenter
from tests.servers.fixtures import Broker
from tests.servers.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.slow]

_AXE = HOME / "control_center" / "web" / "node_modules" / "axe-core" / "axe.min.js"
_RULES = json.dumps({"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
_SIZES = [(390, 844), (1366, 768), (3840, 2160)]
_OVER = """[...document.querySelectorAll("header, footer, nav, main, table, section, figure, li")]
    .filter((e) => e.checkVisibility() && !e.closest("[role=region]"))
    .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
    .map((e) => e.tagName + "." + e.className)"""
_PAGES = {
    "air": ("/#/aire", "air-ranking"),
    "air-station": ("/#/aire/A-01", "now"),
    "noise": ("/#/ruido", "noise-ranking"),
    "noise-station": ("/#/ruido/N-01", "noise-days"),
    "anomalies": ("/#/anomalias", "anomalies"),
}
_COLOURS = ["#00A651", "#FFD500", "#F7941D", "#E31E24", "#7B2D8E"]
# How many pixels are inked under a chart's plot.
_BELOW = """(figure) => {
    const canvas = figure.querySelector("canvas");
    const box = (e) => e.getBoundingClientRect();
    const [all, plot] = [box(canvas), box(figure.querySelector(".u-over"))];
    const scale = canvas.width / all.width;
    const top = Math.ceil((plot.bottom - all.top) * scale) + 1;
    const left = Math.ceil((plot.left - all.left) * scale);
    const [wide, high] = [canvas.width - left, canvas.height - top];
    const { data } = canvas.getContext("2d").getImageData(left, top, wide, high);
    return data.filter((alpha, nth) => nth % 4 === 3 && alpha > 0).length;
}"""
# How often each colour is in a chart, from one share of its plot's width to another.
_COLUMNS = """(figure, [from, to]) => {
    const canvas = figure.querySelector("canvas");
    const box = (e) => e.getBoundingClientRect();
    const [all, plot] = [box(canvas), box(figure.querySelector(".u-over"))];
    const ratio = canvas.width / all.width;
    const at = (share) => Math.round((plot.left - all.left + share * plot.width) * ratio);
    const [left, top] = [at(from), Math.round((plot.top - all.top) * ratio)];
    const [wide, high] = [Math.max(1, at(to) - left), Math.round(plot.height * ratio)];
    const found = canvas.getContext("2d").getImageData(left, top, wide, high).data;
    const seen = {};
    for (let i = 0; i < found.length; i += 4) {
        const hex = (n) => found[i + n].toString(16).padStart(2, "0");
        const name = `#${hex(0)}${hex(1)}${hex(2)}`;
        seen[name] = (seen[name] ?? 0) + 1;
    }
    return seen;
}"""


@pytest.fixture(scope="module")
def week(module_db_url: str, broker: Broker, built_page: object) -> Iterator[RunningCenter]:
    """A control center whose stations measured for a week, and were judged."""
    assert built_page
    people = {"ana": Role.SUPERVISOR, "olga": Role.OPERADOR}
    with air_days.lived(module_db_url, broker, people) as center:
        yield center


@pytest.fixture
def desk(context: BrowserContext, week: RunningCenter) -> Screen:
    """A supervisor's screen, at the login."""
    return Screen(context.new_page(), week.url, _pictures())


def at(desk: Screen, page: str, username: str = "ana") -> Page:
    """Log in, where a page's address leads; wait until it is filled."""
    path, filled = _PAGES[page]
    desk.open(path)
    desk.enter(username)
    expect(desk.page.get_by_test_id(filled)).to_be_visible(timeout=30_000)
    return desk.page


def share(when: datetime) -> float:
    """Where an instant lies in the width of a chart of the station's page."""
    begin = air_days.midnight(air_days.DAYS - 1)
    return (when - begin) / (air_days.this_hour() - begin)


def test_the_city_is_ranked_worst_first(desk: Screen) -> None:
    """By word and mark as well as colour; who cannot say is last, and said to be so."""
    desk.open()
    desk.enter()
    page = desk.page
    page.get_by_role("navigation", name="Páginas").get_by_role("link", name="Aire").click()
    rows = page.get_by_test_id("air-ranking").locator("tbody tr")
    expect(rows).to_have_count(5)
    order = [row.get_attribute("data-station") for row in rows.all()]
    assert order == ["A-01", "A-02", "A-03", "A-04", "A-05"]
    expect(rows.nth(0)).to_contain_text(re.compile("Muy mala.*PM2.5.*µg/m³", re.DOTALL))
    expect(rows.nth(1)).to_contain_text(re.compile(r"Mala.*Ozono.*0\.1\d\d ppm", re.DOTALL))
    expect(rows.nth(2)).to_contain_text("Buena")
    expect(rows.nth(3)).to_contain_text("Datos insuficientes")
    expect(rows.nth(4)).to_contain_text(re.compile("Datos insuficientes.*valor pegado", re.DOTALL))
    expect(page.get_by_test_id("rule")).to_contain_text("NOM-172-SEMARNAT-2023")
    expect(page.get_by_test_id("worst")).to_contain_text("Evita las actividades físicas moderadas")
    expect(page.get_by_test_id("worst")).to_contain_text("No realices actividades al aire libre")
    desk.picture("air-city")
    page.keyboard.press("Tab")
    rows.nth(0).get_by_role("link").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Aire Petrolera")).to_be_visible()
    assert desk.complaints == []


def test_a_station_says_how_its_air_is_and_was(desk: Screen) -> None:
    """The hour now with its advice; another hour by keyboard; the strip keeps a gap empty."""
    page = at(desk, "air-station")
    now = page.get_by_test_id("now")
    expect(now).to_contain_text(re.compile("Ahora.*Muy mala.*dominante: PM2.5", re.DOTALL))
    expect(now).to_contain_text("PM2.5 corregido por humedad")
    expect(page.get_by_test_id("epa")).to_contain_text(
        re.compile(r"\(EPA\).*: \d+, (Muy d|D)añina")
    )
    expect(now).to_contain_text("Sin datos en estos días: Dióxido de azufre")
    strip = page.get_by_test_id("strip")
    expect(strip.get_by_role("group")).to_have_count(air_days.DAYS)
    begin, end = air_days.gap()
    for nth in range(2, int((end - begin) / HOUR)):  # means of hours outlive a few missing ones
        cell = strip.locator(f"[data-ms='{int((begin + nth * HOUR).timestamp() * 1000)}']")
        expect(cell).to_have_attribute("data-category", re.compile("gap|insuficiente"))
        expect(cell.locator(".bar")).to_have_count(0)
    worst = strip.locator("[data-category=muy_mala] .bar")
    assert worst.count() >= 5
    assert worst.first.evaluate("(e) => getComputedStyle(e).backgroundColor") == "rgb(227, 30, 36)"
    desk.picture("air-station")
    strip.focus()
    for _ in range(2):
        page.keyboard.press("ArrowUp")
    expect(now).to_contain_text("Hora elegida")
    expect(now).not_to_contain_text("Muy mala")
    strip.locator(f"[data-ms='{int(air_days.STUCK[0].timestamp() * 1000) + 3_600_000}']").click()
    expect(now).to_contain_text("dejadas fuera por dudosas: valor pegado")
    page.get_by_role("button", name="Volver a la última hora").click()
    expect(now).to_contain_text("Ahora")
    expect(page.get_by_test_id("instrument")).to_contain_text("Cambio de filtro")
    expect(page.get_by_test_id("instrument")).to_contain_text(
        re.compile(r"Calibración de Ozono: valor = 1\.04 . medido . 1\.5")
    )
    page.keyboard.press(".")
    expect(page.get_by_role("heading", name="Aire Petrolera")).to_be_visible()
    assert desk.complaints == []


def test_charts_have_bands_behind_and_break_at_gaps(desk: Screen) -> None:
    """The official colours at the edge; a line before the gap, none in it."""
    page = at(desk, "air-station")
    dust, ozone = (page.locator(f"figure[data-pollutant={name}]") for name in ("pm25", "o3"))
    expect(dust.locator("canvas")).to_be_visible()
    edge = dust.evaluate(_COLUMNS, [0.0, 0.004])
    seen = {name.upper() for name, n in edge.items() if n > 5}
    assert set(_COLOURS[:4]) <= seen
    assert _COLOURS[4] not in seen
    assert dust.evaluate(_BELOW) > 100, "dates under the chart"
    ink = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--ink')")
    begin, end = air_days.gap()
    within = [share(begin + 10 * MINUTE), share(end - 10 * MINUTE)]
    before = [share(begin - 5 * HOUR), share(begin - HOUR)]
    assert drawn(ozone, before, ink) > 10
    assert drawn(ozone, within, ink) == 0


def drawn(figure: Locator, between: list[float], colour: str) -> int:
    """How many pixels of a colour lie there."""
    seen: dict[str, int] = figure.evaluate(_COLUMNS, between)
    return seen.get(colour.strip(), 0)


def test_noise_is_screened_and_never_judged(desk: Screen) -> None:
    """Levels of 24 hours and their coverage; indicative, with no word of an offence anywhere."""
    page = at(desk, "noise")
    rows = page.get_by_test_id("noise-ranking").locator("tbody tr")
    expect(rows).to_have_count(2)
    first, school = (page.locator(f"tr[data-station={one}]") for one in ("N-01", "N-02"))
    expect(first).to_contain_text(re.compile(r"Residencial.*\d\d\.\d dB.*\d\d\.\d dB", re.DOTALL))
    expect(first).to_contain_text("sobre el límite de día y de noche")
    expect(school).to_contain_text(re.compile("Escuela.*datos insuficientes.*25 %", re.DOTALL))
    expect(page.get_by_text("Indicativo:")).to_be_visible()
    desk.picture("noise-city")
    said = page.locator("body").inner_text()
    assert "infracci" not in said.lower()
    page.keyboard.press("a")
    expect(page.get_by_test_id("air-ranking")).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_test_id("noise-ranking")).to_be_visible()
    assert desk.complaints == []


def test_a_meter_shows_day_evening_and_night(desk: Screen) -> None:
    """Bars as high as the levels, beside limits and guidance; a day of few minutes is hatched."""
    page = at(desk, "noise-station")
    bars = page.get_by_test_id("day-bars")
    days = bars.get_by_role("option")
    expect(days).to_have_count(air_days.DAYS)
    weak = air_days.midnight(3).date().isoformat()
    short = bars.locator(f"[data-date='{weak}']")
    expect(short).to_have_attribute("data-sufficient", "false")
    expect(short.locator("rect.bar").first).to_have_attribute("fill", re.compile("hatch"))
    whole = bars.locator("[data-sufficient=true]").first
    for period in ("day", "evening", "night"):
        expect(whole.locator(f"[data-period={period}]")).to_have_count(1)
    tall, low = (whole.locator(f"[data-period={one}]") for one in ("day", "night"))
    assert float(tall.get_attribute("height") or 0) > float(low.get_attribute("height") or 0)
    for line in ("NOM-081 día 55", "NOM-081 noche 50", "guía OMS Lden 53", "guía OMS noche 45"):
        expect(bars).to_contain_text(line)
    desk.picture("noise-station")
    short.click()
    expect(page.get_by_test_id("noise-day")).to_contain_text("datos insuficientes")
    bars.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("noise-day")).to_contain_text(re.compile(r"Lden\s*\d\d\.\d dB"))
    expect(page.get_by_test_id("noise-days")).to_contain_text("insuficiente")
    events = page.get_by_test_id("noise-events").locator("tbody tr")
    assert events.count() >= 5
    expect(events.first).to_contain_text(re.compile(r"\d\d\.\d dB.*\d\d\.\d dB", re.DOTALL))
    assert desk.complaints == []


def test_an_anomaly_is_marked_and_counts(desk: Screen) -> None:
    """What and why in plain words; marked true with a note; the precision follows; it stays."""
    page = at(desk, "anomalies")
    rows = page.get_by_test_id("anomalies").get_by_role("listitem")
    expect(rows).to_have_count(4)
    precision = page.get_by_test_id("precision")
    expect(precision).to_contain_text("Nadie ha revisado")
    rows.filter(has_text="Cambio de nivel").click()
    detail = page.get_by_test_id("anomaly")
    expect(detail).to_contain_text("Aire Centro")
    expect(detail).to_contain_text(re.compile(r"61\.4 µg/m³.*16\.2 µg/m³.*0\.82", re.DOTALL))
    expect(detail.get_by_test_id("chart")).to_be_visible()
    desk.picture("anomalies")
    page.get_by_label("Nota").fill("Quema de pastizal al norte")
    detail.get_by_role("button", name="Cierta").click()
    expect(precision).to_contain_text("100 %")
    expect(precision).to_contain_text("1 ciertas de 1")
    page.get_by_label("Mostrar").select_option("all")
    rows.filter(has_text="Pico").click()
    detail.get_by_role("button", name="Falsa").click()
    expect(precision).to_contain_text("50 %")
    page.reload()
    expect(rows).to_have_count(4)
    rows.filter(has_text="Cambio de nivel").click()
    expect(detail.get_by_role("button", name="Cierta")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("Nota")).to_have_value("Quema de pastizal al norte")
    page.get_by_role("button", name="Quitar marca").click()
    expect(precision).to_contain_text("0 %")
    assert desk.complaints == []


def test_an_operator_reads_and_does_not_mark(desk: Screen) -> None:
    """From the event to the anomaly; who may not review is told who may."""
    desk.open()
    desk.enter("olga")
    desk.wait_ready()
    page = desk.page
    page.get_by_role("tab", name="Eventos").click()
    events = page.get_by_role("tabpanel").get_by_role("listitem")
    events.filter(has_text="Aire Playa Sol").click()
    detail = page.get_by_test_id("anomaly")
    expect(detail).to_contain_text("Línea plana")
    expect(detail).to_contain_text("supervisores")
    expect(detail.get_by_role("button", name="Cierta")).to_be_disabled()
    detail.get_by_role("link", name="Ver en el mapa").click()
    expect(page.locator("#detail")).to_contain_text("Aire Playa Sol")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_no_accessibility_violation(desk: Screen, theme: str) -> None:
    """Nothing is found by axe against WCAG 2.2 A and AA on any of the pages."""
    desk.page.add_init_script(f"localStorage.setItem('c5.theme', '{theme}')")
    page = at(desk, "air")
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    for name, (path, filled) in _PAGES.items():
        page.evaluate(f"location.hash = {path.removeprefix('/')!r}")
        expect(page.get_by_test_id(filled)).to_be_visible()
        if name == "anomalies":
            page.get_by_test_id(filled).get_by_role("button").first.click()
            expect(page.get_by_test_id("anomaly")).to_be_visible()
        assert violations(desk) == [], name
        desk.picture(f"{name}-{theme}")


@pytest.mark.parametrize(("width", "height"), _SIZES)
def test_the_pages_fit_their_screen(desk: Screen, width: int, height: int) -> None:
    """From a phone to a video wall, nothing hangs over; the phone's bar leads everywhere."""
    page = desk.page
    page.set_viewport_size({"width": width, "height": height})
    at(desk, "air")
    for name, (path, filled) in _PAGES.items():
        page.evaluate(f"location.hash = {path.removeprefix('/')!r}")
        expect(page.get_by_test_id(filled)).to_be_visible()
        wait_until(lambda: desk.ask(_OVER) == [], what=f"{name} to fit: {desk.ask(_OVER)}")
        desk.picture(f"{name}-{width}")
    if width < 760:
        views = page.get_by_role("navigation", name="Vistas")
        views.get_by_role("button", name="Anomalías").click()
        desk.picture("more-390")
        views.get_by_role("link", name="Ruido").click()
        expect(page.get_by_test_id("noise-days")).to_be_visible()


def violations(desk: Screen) -> list[tuple[str, list[Any]]]:
    """What axe finds, and where."""
    found: list[dict[str, Any]] = desk.ask(f"axe.run(document, {_RULES}).then((r) => r.violations)")
    return [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found]
