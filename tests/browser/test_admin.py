"""People and their audit in Chromium: a second factor, an account, a token, a chain that holds."""

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from control_center.auth import totp
from control_center.auth.rights import Role
from core.clock import epoch_us
from store import pool
from tests.browser.screen import Screen
from tests.servers.audits import written
from tests.servers.center import PASSWORD, RunningCenter, connections_to, serving
from tests.servers.fixtures import Broker
from tests.servers.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.slow]
_AXE = Path(__file__).parents[2] / "control_center/web/node_modules/axe-core/axe.min.js"


@pytest.fixture
def center(db_url: str, broker: Broker, built_page: Path) -> Iterator[RunningCenter]:
    """A control center with a page and no devices."""
    assert (built_page / "index.html").is_file()
    with serving(connections_to(db_url, broker)) as running:
        feed = running.app.state.center.feed
        wait_until(lambda: feed.is_live, what="the live feed to be up")
        yield running


@pytest.fixture
def desk(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser profile of its own."""
    made = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="es-MX")
    yield made
    made.close()


def entered(desk: BrowserContext, center: RunningCenter, username: str, password: str) -> Screen:
    """A screen on which somebody has logged in."""
    named = os.environ.get("C5_SCREENSHOTS")
    screen = Screen(desk.new_page(), center.url, Path(named) if named else None)
    screen.open()
    screen.enter(username, password)
    return screen


def menu(page: Page, entry: str) -> None:
    """Choose an entry of one's own menu."""
    page.get_by_role("button", name="Menú").click()
    page.get_by_role("menuitem", name=entry).click()


def code(center: RunningCenter, secret: str) -> str:
    """What the telephone shows; a step later than the last time."""
    center.clock.advance(totp.STEP_S)
    key = base64.b32decode(secret)
    return totp.code(key, epoch_us(center.clock()) // 1_000_000 // totp.STEP_S)


def serious(page: Page) -> list[Any]:
    """What axe-core finds serious on the page."""
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        (one["id"], [node["html"][:120] for node in one["nodes"]])
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
    ]


def test_a_second_factor_from_the_page(desk: BrowserContext, center: RunningCenter) -> None:
    """Set up by its QR code, asked for at the next login; a used code is refused."""
    center.add_user("ana", Role.OPERADOR)
    screen = entered(desk, center, "ana", PASSWORD)
    page = screen.page
    menu(page, "Mi cuenta")
    own = page.get_by_test_id("own-factor")
    own.get_by_role("button", name="Configurar").click()
    expect(own.get_by_role("img", name="Código QR")).to_be_visible()
    secret = own.get_by_test_id("secret").inner_text()
    screen.document("account-factor")
    own.get_by_label("Código de su teléfono").fill(code(center, secret))
    own.get_by_role("button", name="Confirmar").click()
    expect(own.get_by_test_id("recovery").get_by_role("listitem")).to_have_count(10)
    own.get_by_role("button", name="Ya los guardé").click()
    expect(own.get_by_text("Activo en esta cuenta")).to_be_visible()
    assert serious(page) == []
    menu(page, "Cerrar sesión")
    page.get_by_label("Usuario").fill("ana")
    page.get_by_label("Contraseña", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    field = page.get_by_label("Código de su teléfono")
    expect(field).to_be_focused()
    assert serious(page) == []
    screen.document("login-factor")
    field.fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("no es correcto")
    field.fill(code(center, secret))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Menú")).to_be_visible()


def test_an_administrador_gives_and_takes_accounts(
    desk: BrowserContext, center: RunningCenter
) -> None:
    """Made with a password shown once, given another role, shut out; a token is made too."""
    center.add_user("jefa", Role.ADMINISTRADOR)
    screen = entered(desk, center, "jefa", PASSWORD)
    page = screen.page
    menu(page, "Administración")
    form = page.get_by_test_id("add-person")
    form.get_by_label("Usuario").fill("rosa")
    form.get_by_label("Nombre").fill("Rosa <b>Núñez</b>")
    form.get_by_label("Rol").select_option("supervisor")
    form.get_by_role("button", name="Agregar").click()
    password = page.get_by_test_id("once").inner_text()
    page.get_by_role("button", name="Cerrar", exact=True).click()
    row = page.locator("[data-person='rosa']")
    expect(row).to_contain_text("Rosa <b>Núñez</b>")
    visitor = center.visitor()
    assert visitor.login("rosa", password).status_code == 200
    with page.expect_response("**/api/people/rosa") as changed:
        row.get_by_label("Rol de rosa").select_option("auditor")
    assert changed.value.status == 200
    assert visitor.get("/api/session").status_code == 401
    expect(page.get_by_label("Rol de jefa")).to_be_disabled()
    assert serious(page) == []
    screen.picture("people")
    row.get_by_role("button", name="Desactivar").click()
    page.get_by_role("dialog").get_by_role("button", name="Desactivar").click()
    expect(row).to_contain_text("desactivada")
    assert visitor.login("rosa", password).status_code == 401
    page.get_by_role("link", name="Mi cuenta").click()
    tokens = page.get_by_test_id("own-tokens")
    tokens.get_by_label("Para qué").fill("tablero")
    tokens.get_by_role("button", name="Crear").click()
    token = page.get_by_test_id("once").inner_text()
    page.get_by_role("button", name="Cerrar", exact=True).click()
    headers = {"Authorization": f"Bearer {token}"}
    assert center.visitor().client.get("/api/devices", headers=headers).status_code == 200
    expect(page.get_by_test_id("own-sessions")).to_contain_text("esta")
    assert screen.complaints == []


def test_an_auditor_searches_verifies_and_takes_away(
    desk: BrowserContext, center: RunningCenter, tmp_path: Path
) -> None:
    """By what was done; the chain is intact, and a head of another chain is not in it."""
    center.add_user("audi", Role.AUDITOR)
    with pool.connect(center.db_url) as conn:
        written(conn, 150)
    screen = entered(desk, center, "audi", PASSWORD)
    page = screen.page
    menu(page, "Auditoría")
    table = page.get_by_test_id("audit")
    expect(table.locator("[data-entry]")).to_have_count(100)
    page.get_by_role("button", name="Ver anteriores").click()
    expect(table.locator("[data-entry='1']")).to_be_visible()
    page.get_by_label("Acción").fill("plate.view")
    page.get_by_role("button", name="Buscar").click()
    expect(table.locator("[data-entry]")).to_have_count(75)
    assert "accion=plate.view" in page.url
    assert serious(page) == []
    page.get_by_role("button", name="Verificar la cadena").click()
    expect(page.get_by_test_id("verified")).to_contain_text("Intacta")
    screen.picture("audit")
    head = tmp_path / "head.json"
    head.write_text(json.dumps({"entry_id": 9, "sha256": "ab" * 32}))
    page.get_by_label("Contra una cabeza publicada").set_input_files(head)
    expect(page.get_by_test_id("verified")).to_contain_text("no es el que se publicó")
    with page.expect_download() as told:
        page.get_by_role("link", name="CSV").click()
    assert told.value.suggested_filename.endswith(".csv")


def test_whoever_is_no_auditor_is_told_so(desk: BrowserContext, center: RunningCenter) -> None:
    """The page says why, and the menu does not offer it."""
    center.add_user("ope", Role.OPERADOR)
    page = entered(desk, center, "ope", PASSWORD).page
    page.get_by_role("button", name="Menú").click()
    expect(page.get_by_role("menuitem", name="Auditoría")).to_have_count(0)
    page.keyboard.press("Escape")
    page.goto(f"{center.url}/#/auditoria")
    expect(page.get_by_text("Solo un auditor lee la auditoría")).to_be_visible()
