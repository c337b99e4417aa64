"""Alerts to the public, as two supervisors decide about them in their browsers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest
from playwright.sync_api import Browser, Locator, expect

from control_center.auth.rights import Role
from store import pool
from tests.browser.city import HOME
from tests.browser.conftest import _pictures
from tests.browser.screen import Screen
from tests.servers.center import RunningCenter, connections_to, serving
from tests.servers.fixtures import Broker
from tests.servers.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.slow]

_AXE: Final = HOME / "control_center" / "web" / "node_modules" / "axe-core" / "axe.min.js"
_RULES: Final = json.dumps({"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
_SLOW_MS: Final = 30_000
_WORDS: Final = {
    "Zona": "Malecón costero",
    "Qué sucede (español)": "Fuga de gas",
    "Qué sucede (inglés)": "Gas leak",
    "Encabezado (español)": "Fuga de gas en el Malecón",
    "Encabezado (inglés)": "Gas leak at the Malecón",
    "Descripción (español)": "Se oye gas junto al muelle. Bomberos está en el lugar.",
    "Descripción (inglés)": "Gas is heard beside the pier. Firefighters are there.",
    "Qué debe hacer la población (español)": "Aléjese y no encienda fuego.",
    "Qué debe hacer la población (inglés)": "Keep away and light no fire.",
}

_TAGGED: Final = "Fuga <b>grave</b> en el Malecón"


@pytest.fixture
def center(db_url: str, broker: Broker, built_page: Path) -> Iterator[RunningCenter]:
    """A control center with two supervisors and an operator."""
    with serving(connections_to(db_url, broker), web_dist=built_page) as one:
        feed = one.app.state.center.feed
        wait_until(lambda: feed.is_live, what="the live feed to be up")
        for name, role in (
            ("sara", Role.SUPERVISOR),
            ("silvia", Role.SUPERVISOR),
            ("olga", Role.OPERADOR),
        ):
            one.add_user(name, role)
        yield one


def _at(chromium: Browser, center: RunningCenter, who: str, path: str) -> Screen:
    context = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="es-MX")
    screen = Screen(context.new_page(), center.url, _pictures())
    screen.open(path)
    screen.enter(who)
    return screen


def _found(screen: Screen) -> object:
    screen.page.evaluate(_AXE.read_text(encoding="utf-8"))
    return screen.ask(
        f"axe.run(document, {_RULES}).then((r) => r.violations.map((v) => [v.id, v.nodes[0].html]))"
    )


def _looks_well(screen: Screen) -> None:
    """In both themes, on a desk and on a telephone."""
    for theme in ("dark", "light"):
        if screen.ask("document.documentElement.dataset.theme") != theme:
            screen.page.locator("#page").focus()
            screen.page.keyboard.press("t")
        expect(screen.page.locator("html")).to_have_attribute("data-theme", theme)
        for width in (1366, 390):
            screen.page.set_viewport_size({"width": width, "height": 844})
            assert _found(screen) == []
            assert screen.ask("document.querySelector('#page > *').scrollWidth <= innerWidth")
            screen.picture(f"alerts-{theme}-{width}")


def _give_up(center: RunningCenter) -> None:
    """One notification was tried in vain as often as it is tried."""
    with pool.connect(center.db_url) as conn:
        conn.execute(
            "INSERT INTO notification"
            " (at, channel, address, about, body, state, tries, next_at, error)"
            " VALUES (now(), 'mail', 'c5@example.org', 'alert', '{}', 'failed', 12,"
            " now(), 'refused')"
        )
        conn.commit()


def _write(draft: Locator) -> None:
    """What has to be said, except whether it is a drill."""
    for label, words in _WORDS.items():
        draft.get_by_label(label).fill(words, timeout=_SLOW_MS)


def _log_out(screen: Screen, who: str) -> None:
    screen.page.get_by_role("button", name=who).click()
    screen.page.get_by_role("menuitem", name="Cerrar sesión").click()
    expect(screen.page.get_by_label("Usuario")).to_have_value("", timeout=_SLOW_MS)


def _end(screen: Screen) -> None:
    """End the session elsewhere, which the page notices when it next asks for the alerts."""
    csrf = screen.ask("fetch('/api/session').then((a) => a.json()).then((s) => s.csrf)")
    screen.page.context.request.delete(f"{screen.url}/api/session", headers={"X-C5-CSRF": csrf})
    expect(screen.page.get_by_text("Su sesión terminó")).to_be_visible(timeout=_SLOW_MS)


def test_two_people_decide(center: RunningCenter, chromium: Browser) -> None:
    """Drafted from an incident, refused to who drafted it, approved by another, taken back."""
    visitor = center.operator(Role.SUPERVISOR)
    body = {"severity": "MAJOR", "title": "Fuga de gas", "lat_deg": 18.14, "lon_deg": -94.44}
    made = visitor.post("/api/incidents", body)
    assert made.status_code == httpx.codes.CREATED, made.text
    number = made.json()["incident_id"]

    sara = _at(chromium, center, "sara", f"/#/alertas?incidente={number}")
    hers = sara.page
    draft = hers.get_by_test_id("draft")
    expect(draft.get_by_label("Radio alrededor")).to_be_visible(timeout=_SLOW_MS)
    _write(draft)
    draft.get_by_role("button", name="Guardar borrador").click()
    expect(draft.get_by_role("alert")).to_have_text("Diga si es simulacro o real.")
    draft.get_by_label("Simulacro").check()
    expect(draft.get_by_role("alert")).to_have_count(0)
    hers.evaluate("document.activeElement.blur()")
    sara.document("alerts-draft")
    draft.get_by_role("button", name="Guardar borrador").click()
    row = hers.locator("[data-alert]")
    expect(row).to_have_attribute("data-state", "draft", timeout=_SLOW_MS)
    expect(draft.get_by_label("Zona")).to_have_value("")
    expect(row).to_contain_text("Fuga de gas en el Malecón")
    expect(row).to_contain_text("Usted la redactó")
    row.get_by_role("button", name="Aprobar").click()
    expect(hers.get_by_test_id("refusal")).to_contain_text("Otra persona debe aprobarla")
    expect(row).to_have_attribute("data-state", "draft")
    _looks_well(sara)

    silvia = _at(chromium, center, "silvia", "/#/alertas")
    theirs = silvia.page
    expect(theirs.locator("[data-alert]")).to_be_visible(timeout=_SLOW_MS)
    silvia.document("alerts-approve", theirs.get_by_role("region", name="Alertas a la población"))
    theirs.locator("[data-alert]").get_by_role("button", name="Aprobar").click()
    expect(theirs.locator("[data-alert]")).to_contain_text("Aprobada por silvia")
    with theirs.expect_download() as download:
        theirs.get_by_role("link", name="Descargar XML").click()
    assert "<status>Exercise</status>" in download.value.path().read_text(encoding="utf-8")
    theirs.get_by_role("button", name="Cancelar alerta").click()
    theirs.get_by_label("Motivo").fill("Terminó el <b>simulacro</b>")
    theirs.get_by_role("button", name="Cancelar alerta").click()
    expect(theirs.locator("[data-alert]")).to_have_count(2)
    expect(theirs.locator("[data-alert]").first).to_contain_text("Cancela la alerta")
    expect(theirs.locator("[data-alert]").first).to_contain_text("<b>simulacro</b>")
    _give_up(center)
    theirs.reload()
    told = theirs.get_by_test_id("told")
    expect(told.locator("[data-notification]")).to_contain_text("Falló", timeout=_SLOW_MS)
    assert _found(silvia) == []
    told.get_by_role("button", name="Reintentar").click()
    expect(told.locator("[data-notification]")).to_contain_text("Pendiente")
    assert [text for text in sara.complaints + silvia.complaints if "409" not in text] == []


def test_a_half_written_alert_is_not_lost(center: RunningCenter, chromium: Browser) -> None:
    """Another page, a reload and an ended session leave it to its writer."""
    sara = _at(chromium, center, "sara", "/#/alertas")
    page = sara.page
    draft, kept = page.get_by_test_id("draft"), page.get_by_test_id("kept")
    _write(draft)
    draft.get_by_label("Simulacro").check()
    draft.get_by_label("Gravedad").select_option("Minor")
    headline = draft.get_by_label("Encabezado (español)")
    headline.fill(_TAGGED)

    page.evaluate("location.hash = '#/sala'")
    expect(draft).to_have_count(0)
    page.evaluate("location.hash = '#/alertas'")
    expect(kept).to_contain_text(_TAGGED, timeout=_SLOW_MS)
    expect(draft).to_have_count(0)
    page.reload()
    expect(kept).to_contain_text(_TAGGED, timeout=_SLOW_MS)
    assert _found(sara) == []
    sara.picture("alerts-kept")
    kept.get_by_role("button", name="Continuar").click()
    expect(draft.get_by_label("Simulacro")).to_be_focused()

    _end(sara)
    sara.enter("sara")
    expect(page.get_by_text("Su sesión terminó")).to_be_hidden(timeout=_SLOW_MS)
    expect(headline).to_have_value(_TAGGED)
    for label in _WORDS.keys() - {"Encabezado (español)"}:
        expect(draft.get_by_label(label)).to_have_value(_WORDS[label])
    expect(draft.get_by_label("Simulacro")).to_be_checked()
    expect(draft.get_by_label("Gravedad")).to_have_value("Minor")
    page.get_by_text("Guardar borrador").click()
    expect(page.locator("[data-alert]")).to_contain_text(_TAGGED, timeout=_SLOW_MS)
    expect(page.locator("[data-alert]")).to_contain_text("Menor")
    page.reload()
    expect(draft.get_by_label("Zona")).to_have_value("", timeout=_SLOW_MS)
    assert sara.complaints == []


def test_it_is_offered_to_nobody_else(center: RunningCenter, chromium: Browser) -> None:
    """Whoever logs in over it starts anew; it goes when it is discarded, and with a log-out."""
    sara = _at(chromium, center, "sara", "/#/alertas")
    page = sara.page
    draft, kept = page.get_by_test_id("draft"), page.get_by_test_id("kept")
    zone = draft.get_by_label("Zona")
    _write(draft)
    draft.get_by_label("Simulacro").check()

    _end(sara)
    sara.enter("silvia")
    expect(page.get_by_text("Su sesión terminó")).to_be_hidden(timeout=_SLOW_MS)
    expect(zone).to_have_value("")
    page.reload()
    expect(zone).to_have_value("", timeout=_SLOW_MS)
    _log_out(sara, "silvia")
    sara.enter("sara")
    kept.get_by_role("button", name="Descartar").click(timeout=_SLOW_MS)
    expect(zone).to_have_value("")
    page.reload()
    expect(zone).to_have_value("", timeout=_SLOW_MS)

    zone.fill("Centro")
    _log_out(sara, "sara")
    sara.enter("sara")
    expect(zone).to_have_value("", timeout=_SLOW_MS)
    assert sara.complaints == []


def test_others_see_why_not(center: RunningCenter, chromium: Browser) -> None:
    """An operator finds the page in the menu, and is told whose it is."""
    olga = _at(chromium, center, "olga", "/#/sala")
    olga.page.get_by_role("button", name="olga").click(timeout=_SLOW_MS)
    olga.page.get_by_role("menuitem", name="Alertas").click()
    expect(olga.page.get_by_test_id("barred")).to_contain_text("supervisor", timeout=_SLOW_MS)
    expect(olga.page.get_by_test_id("draft")).to_have_count(0)
    assert _found(olga) == []
    assert olga.complaints == []
