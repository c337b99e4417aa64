"""From a device to the operator's eye: the real broker, ingest, database, server and browser."""

import json
import re
import statistics

import pytest
from playwright.sync_api import expect

from core.topics import Kind, Stream
from tests.browser.city import City, now_ms
from tests.browser.screen import Screen
from tests.servers.proxy import Proxy
from tests.servers.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.slow]


def test_login_opens_the_map_with_its_devices(screen: Screen) -> None:
    """After the password: an idle map, the truck on it, everything counted, no complaint."""
    screen.log_in()
    page = screen.page
    expect(page.get_by_test_id("link")).to_contain_text("En vivo")
    expect(page.get_by_test_id("shown")).to_have_text("3 de 3")
    expect(screen.row("T-07")).to_have_attribute("data-mark", "moving")
    assert screen.where("T-07") is not None
    assert screen.where("A-01") is not None
    expect(page.locator(".maplibregl-canvas")).to_be_visible()
    assert screen.complaints == []
    screen.picture("map")


@pytest.mark.timed
def test_a_fix_moves_the_dot_within_half_a_second(screen: Screen, city: City) -> None:
    """A published fix is committed, sent and drawn; the dot goes to it."""
    screen.log_in()
    before = screen.where("T-07")
    assert before is not None
    truck = city.device("T-07")
    for step in range(1, 8):
        at_ms = truck.drive(north_deg=0.0005 * step)
        drawn = f"c5.lag().samples.some(({{d, at}}) => d === 'T-07' && at === {at_ms})"
        wait_until(lambda drawn=drawn: screen.ask(drawn), what="the fix to be drawn")  # type: ignore[misc]
    assert statistics.median(screen.lags_ms("T-07")) < 500

    def went_north() -> bool:
        now = screen.where("T-07")
        return now is not None and now[1] < before[1] - 1

    wait_until(went_north, what="the dot to go north")


def test_a_click_on_a_dot_opens_its_detail(screen: Screen) -> None:
    """What is drawn on the map can be chosen there."""
    screen.log_in()
    at = screen.where("N-01")
    assert at is not None
    screen.page.mouse.click(*at)
    expect(screen.page.locator("#detail")).to_contain_text("Ruido Malecón")
    expect(screen.row("N-01")).to_have_attribute("aria-selected", "true")


def test_a_device_chosen_in_the_list_comes_to_the_middle_and_is_followed(
    screen: Screen, city: City
) -> None:
    """The map turns to it, and stays with it while it drives away."""
    screen.log_in()
    screen.choose("T-07")
    box = screen.page.locator("#map")

    def in_the_middle() -> bool:
        frame, at = box.bounding_box(), screen.where("T-07")
        assert frame is not None
        if at is None:
            return False
        off_x = abs((at[0] - frame["x"]) / frame["width"] - 0.5)
        off_y = abs((at[1] - frame["y"]) / frame["height"] - 0.5)
        return max(off_x, off_y) < 0.25

    wait_until(in_the_middle, what="the truck to be in the middle")
    screen.page.keyboard.press("s")
    follow = screen.page.get_by_role("button", name="Seguir")
    expect(follow).to_have_attribute("aria-pressed", "true")
    began_ms = now_ms()
    for step in range(1, 4):  # 1.3 km every 30 s: fast, and believable
        city.device("T-07").drive(north_deg=0.012 * step, ts=began_ms + 30_000 * step)
    expect(screen.page.locator("#detail")).to_contain_text("18.17400")
    wait_until(in_the_middle, what="the map to follow")


def test_the_detail_draws_history_and_never_a_doubtful_number(screen: Screen, city: City) -> None:
    """Values with units, a chart, the ledger; what cannot be believed says so instead."""
    screen.log_in()
    air = city.device("A-01")
    air.say(Stream.READING, pm25_ugm3=19.2, o3_ppb=32.0)
    air.say(Stream.READING, pm25_ugm3=9000.0, o3_ppb=33.0)
    detail = screen.choose("A-01")
    expect(detail).to_contain_text("Dato dudoso")
    expect(detail).to_contain_text("fuera de rango")
    expect(detail).to_contain_text("33.0 ppb")
    expect(detail).not_to_contain_text("9,000")
    expect(screen.row("A-01")).to_contain_text("dudoso")
    chart = detail.get_by_test_id("chart")
    expect(chart.locator("canvas")).to_be_visible()
    expect(chart).to_have_attribute("aria-label", re.compile(r"^PM2.5, 1 h: .*puntos dudosos: 1"))
    expect(detail.get_by_test_id("ledger")).to_contain_text("guardados")
    screen.picture("detail")


def test_a_lost_connection_is_said_and_healed(screen: Screen, door: Proxy, city: City) -> None:
    """The banner tells that the picture is old; afterwards the newest state is there."""
    screen.log_in()
    door.cut()
    banner = screen.page.get_by_test_id("offline")
    expect(banner).to_be_visible()
    expect(screen.page.get_by_test_id("link")).to_contain_text("Sin conexión")
    screen.picture("offline")
    city.device("A-01").say(Stream.READING, pm25_ugm3=44.4)
    expect(banner).to_contain_text(re.compile(r"Reintento en ([6-9]|1\d) s"), timeout=40_000)
    door.restore()  # long before the page would try again by itself
    banner.get_by_role("button").click()
    expect(banner).to_be_hidden()
    expect(screen.page.get_by_test_id("link")).to_contain_text("En vivo")
    expect(screen.row("A-01")).to_contain_text("44.4")


def test_a_panic_button_is_announced(screen: Screen, city: City) -> None:
    """An event is counted on its tab and listed with its device."""
    screen.log_in()
    city.device("T-07").say(Stream.EVENT, type="panic", severity="critical", text="Cabina")
    tab = screen.page.get_by_role("tab", name="Eventos")
    expect(tab).to_contain_text("1")
    tab.click()
    expect(screen.page.get_by_role("tabpanel")).to_contain_text("Botón de pánico")
    expect(screen.page.get_by_role("tabpanel")).to_contain_text("Recolector 07")


def test_a_command_is_sent_and_its_answer_shown(screen: Screen, city: City) -> None:
    """Ping goes out over the broker; the device's ack comes back to the panel."""
    screen.log_in()
    truck = city.device("T-07")
    assert truck.peer.subscribe("c5/v1/truck/T-07/cmd") <= 2
    detail = screen.choose("T-07")
    detail.get_by_role("button", name="Ping").click()
    _, order = truck.peer.next()
    truck.say(Stream.ACK, command_id=json.loads(order)["id"], ok=True, detail="pong")
    commands = detail.get_by_test_id("commands")
    expect(commands).to_contain_text("confirmada", timeout=15_000)
    expect(commands).to_contain_text("pong")


def test_a_waiting_device_is_approved_with_a_credential_shown_once(
    screen: Screen, city: City
) -> None:
    """An unknown device appears by itself; approving it shows user and password."""
    screen.log_in()
    city.ask_to_enrol(Kind.AIR, "nuevo-1")
    row = screen.row("nuevo-1")
    expect(row).to_have_attribute("data-mark", "pending", timeout=15_000)
    detail = screen.choose("nuevo-1")
    detail.get_by_role("button", name="Aprobar").click()
    screen.page.get_by_role("dialog").get_by_role("button", name="Aprobar").click()
    credential = screen.page.get_by_role("dialog", name="Credencial")
    expect(credential.locator("code").first).to_have_text("nuevo-1")
    credential.get_by_role("button", name="Cerrar").click()
    expect(row).not_to_have_attribute("data-mark", "pending")
    expect(screen.page.locator("code", has_text="nuevo-1").first).to_be_visible()
