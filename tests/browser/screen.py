"""An operator's screen in Chromium: what a person does with it, and what it says of itself."""

import os
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import ConsoleMessage, Locator, Page, expect

from tests.browser.city import HOME
from tests.servers.center import PASSWORD
from tests.servers.waiting import wait_until

_START_S = 60.0
_DOCS: Final = HOME / "docs" / "images"


class Screen:
    """One page, its complaints collected."""

    def __init__(self, page: Page, url: str, pictures: Path | None = None) -> None:
        self.page = page
        self.url = url
        self.complaints: list[str] = []
        self._pictures = pictures
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)

    def open(self, path: str = "/") -> None:
        """Go there."""
        self.page.goto(self.url + path)

    def enter(self, username: str = "ana", password: str = PASSWORD) -> None:
        """Fill in the login and send it."""
        self.page.get_by_label("Usuario").fill(username)
        self.page.get_by_label("Contraseña", exact=True).fill(password)
        self.page.keyboard.press("Enter")

    def log_in(self) -> None:
        """Log in, and wait until map and devices are there."""
        self.enter()
        self.wait_ready()

    def wait_ready(self) -> None:
        """Until the first snapshot is in and the map has drawn itself."""
        wait_until(lambda: self.ask("c5.ready"), timeout_s=_START_S, what="the map to be idle")

    def ask(self, expression: str) -> Any:
        """Evaluate in the page."""
        return self.page.evaluate(expression)

    def where(self, device_id: str) -> tuple[float, float] | None:
        """Where a device's dot is, CSS pixels; None: off the map."""
        found = self.ask(f"c5.where({device_id!r})")
        return (found["x"], found["y"]) if found else None

    def lags_ms(self, device_id: str) -> list[int]:
        """From measured to drawn, of every live change of a device so far."""
        samples = self.ask("c5.lag().samples")
        return [one["drawn"] - one["at"] for one in samples if one["d"] == device_id]

    def row(self, device_id: str) -> Locator:
        """A device's row in the list."""
        return self.page.locator(f"[data-device='{device_id}']")

    def choose(self, device_id: str) -> Locator:
        """Click a device in the list; answer its detail."""
        self.row(device_id).click()
        detail = self.page.locator("#detail")
        expect(detail).to_be_visible()
        return detail

    def picture(self, name: str) -> None:
        """Leave a screenshot for people, where someone asked for them."""
        if self._pictures is not None:
            self.page.screenshot(path=self._pictures / f"{name}.png")

    def document(self, name: str, part: Locator | None = None) -> None:
        """Leave a picture for the handbook, where someone asked for one; None: of it all."""
        self.picture(name)
        if os.environ.get("C5_DOC_IMAGES"):
            (part or self.page).screenshot(path=_DOCS / f"{name}.png")

    def _hear(self, message: ConsoleMessage) -> None:
        expected = "401" in message.text or "429" in message.text or "ERR_" in message.text
        if message.type == "error" and not expected:
            self.complaints.append(message.text)
