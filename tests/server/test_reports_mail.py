"""The morning report over a real SMTP server: once a day, whoever sends it, whatever fails."""

import email
import io
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pypdf
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from control_center.reports.mail import Mailer, MailFailed
from core.errors import TransientStoreError
from core.settings import Settings
from core.settings.engine import Reports
from core.settings.servers import Mail
from deploy.local import ports, tls
from tests.servers.run_town import DAY, Town, document, plan

pytestmark = pytest.mark.server
RECIPIENTS = ("flota@ciudad.example", "direccion@ciudad.example")
DUE = datetime(2026, 3, 3, 12, 31, tzinfo=UTC)
"""06:31 in the city, on the day after DAY."""
PASSWORD = "correcto caballo"


class Inbox:
    """What an SMTP server took; refuses whom it is told to."""

    def __init__(self, *, refuses: tuple[str, ...] = (), full: bool = False) -> None:
        self.mails: list[EmailMessage] = []
        self.peers: list[bool] = []
        self.refuses = refuses
        self.full = full
        self.during: Callable[[], None] = lambda: None

    async def handle_RCPT(  # noqa: N802  aiosmtpd's own name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        """Take a recipient, or refuse."""
        if address in self.refuses:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802  same
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take a mail, or say that there is no room."""
        self.during()
        if self.full:
            return "452 4.3.1 no room"
        assert isinstance(envelope.content, bytes)
        self.mails.append(email.message_from_bytes(envelope.content, policy=default))
        self.peers.append(session.ssl is not None)
        return "250 OK"


def _knows(
    _server: SMTP, _session: Session, _envelope: Envelope, _how: str, given: object
) -> AuthResult:
    right = isinstance(given, LoginPassword) and given.password == PASSWORD.encode()
    return AuthResult(success=right, handled=right)


@contextmanager
def served(
    inbox: Inbox, how: dict[str, Any] | None = None, *, port: int | None = None
) -> Iterator[int]:
    """Run an SMTP server on loopback; answer its port."""
    controller = Controller(inbox, hostname="127.0.0.1", port=port or ports.choose(), **(how or {}))
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def settings(port: int, *, security: str = "none", **mail: Any) -> Settings:
    """Settings that mail to a server on loopback."""
    return Settings(
        mail=Mail(
            host="localhost", port=port, security=security, sender="c5@ciudad.example", **mail
        ),
        reports=Reports(morning_at="06:30", recipients=RECIPIENTS),
    )


@pytest.fixture
def town(db_url: str) -> Town:
    """A city that drove one route on DAY, with three gaps."""
    town = Town(db_url)
    town.device()
    town.route(plan())
    town.run(document(plan(), {"B003": "missed", "B004": "too_fast", "B010": "unknown"}))
    return town


@pytest.fixture
def inbox() -> Inbox:
    """A server's mails."""
    return Inbox()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority and the mail server's certificate."""
    folder = tmp_path_factory.mktemp("tls")
    tls.ensure(
        authority=folder / "ca.pem",
        authority_key=folder / "ca.key",
        certificate=folder / "server.pem",
        key=folder / "server.key",
    )
    return folder


@pytest.fixture
def context(certificate: Path) -> ssl.SSLContext:
    """How the mail server encrypts."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate / "server.pem", certificate / "server.key")
    return context


def noted(town: Town) -> list[tuple[date, list[str]]]:
    """Days whose mail is noted as sent."""
    return town.execute("SELECT due_on, recipients FROM mailing ORDER BY due_on")


def test_yesterday_is_mailed_as_text_page_and_pdf(town: Town, inbox: Inbox) -> None:
    """To everyone, with the figures in each part, in both languages."""
    with served(inbox) as port:
        assert Mailer(town.db_url, settings(port)).tick(DUE) == 1
    [mail] = inbox.mails
    assert mail["To"] == ", ".join(RECIPIENTS)
    assert mail["Subject"] == (
        "Informe de la mañana · Coatzacoalcos, lunes 2 de marzo de 2026 · 87.5 %"
    )
    assert mail["Message-ID"] == "<c5-morning-coatzacoalcos-2026-03-02@ciudad.example>"
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert page is not None
    for part in (text.get_content(), page.get_content()):
        for words in ("87.5 %", "Centro", "Morning report", "Monday 2 March 2026", "3"):
            assert words in part
    [attached] = mail.iter_attachments()
    assert attached.get_filename() == "2026-03-02.pdf"
    printed = pypdf.PdfReader(io.BytesIO(attached.get_content()), strict=True)
    assert "Camión 7" in " ".join(printed.pages[0].extract_text().split())
    assert noted(town) == [(DAY + timedelta(days=1), list(RECIPIENTS))]


def test_it_goes_out_once_a_day(town: Town, inbox: Inbox) -> None:
    """Not before its time, not again after a restart, and again on the next day."""
    with served(inbox) as port:
        mailer = Mailer(town.db_url, settings(port))
        assert mailer.tick(DUE - timedelta(minutes=2)) == 0
        assert mailer.tick(DUE) == 1
        assert mailer.tick(DUE + timedelta(hours=3)) == 0
        assert Mailer(town.db_url, settings(port)).tick(DUE + timedelta(hours=4)) == 0
        assert mailer.tick(DUE + timedelta(days=1)) == 1
    assert len(inbox.mails) == 2
    assert "s/d" in inbox.mails[1]["Subject"]
    body = inbox.mails[1].get_body(("plain",))
    assert body is not None
    assert "No hubo recorridos" in body.get_content()


def test_of_several_processes_one_sends(town: Town, inbox: Inbox) -> None:
    """However close they come."""
    start = threading.Barrier(4)
    sent: list[int] = []

    def tick(port: int) -> None:
        mailer = Mailer(town.db_url, settings(port))
        start.wait()
        sent.append(mailer.tick(DUE))

    with served(inbox) as port:
        threads = [threading.Thread(target=tick, args=(port,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(sent) == [0, 0, 0, 1]
    assert len(inbox.mails) == 1


def test_a_server_that_was_down_gets_it_later(town: Town, inbox: Inbox) -> None:
    """Nothing is noted while nobody took it."""
    port = ports.choose()
    mailer = Mailer(town.db_url, settings(port))
    for _ in range(2):
        with pytest.raises(MailFailed, match=r"did not take the mail.*runbook"):
            mailer.tick(DUE)
        assert noted(town) == []
    with served(inbox, port=port):
        assert mailer.tick(DUE + timedelta(minutes=5)) == 1
    assert len(inbox.mails) == 1


def test_who_waited_for_a_send_that_failed_sends(town: Town, inbox: Inbox) -> None:
    """A claim that is rolled back is free for the other process at once."""
    other: list[int] = []
    with served(inbox) as port:
        second = threading.Thread(
            target=lambda: other.append(Mailer(town.db_url, settings(port)).tick(DUE))
        )

        def fails_once() -> None:
            inbox.full = not second.ident
            if not second.ident:
                second.start()

        inbox.during = fails_once
        with pytest.raises(MailFailed, match="452"):
            Mailer(town.db_url, settings(port)).tick(DUE)
        second.join()
    assert other == [1]
    assert len(inbox.mails) == 1


def test_a_server_that_refuses_everyone(town: Town) -> None:
    """Is named with its words, and it is tried again."""
    inbox = Inbox(refuses=RECIPIENTS)
    with served(inbox) as port:
        mailer = Mailer(town.db_url, settings(port))
        with pytest.raises(MailFailed, match=r"flota@ciudad\.example: 550 5\.1\.1 no such mailbox"):
            mailer.tick(DUE)
        assert noted(town) == []
        inbox.refuses = ()
        assert mailer.tick(DUE) == 1


def test_one_wrong_address_keeps_it_from_nobody_else(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is sent, noted, and said in the log."""
    inbox = Inbox(refuses=RECIPIENTS[:1])
    with served(inbox) as port:
        assert Mailer(town.db_url, settings(port)).tick(DUE) == 1
    assert len(inbox.mails) == len(noted(town)) == 1
    assert "recipient_refused" in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    "given",
    [
        Settings(mail=Mail(host=None), reports=Reports(recipients=RECIPIENTS)),
        Settings(mail=Mail(host="localhost", port=9), reports=Reports(recipients=())),
    ],
)
def test_nothing_is_mailed_while_it_is_not_set_up(given: Settings) -> None:
    """Not even the database is asked."""
    assert Mailer("postgresql://nobody@127.0.0.1:1/nothing", given).tick(DUE) == 0


def test_without_a_database_it_is_tried_again(inbox: Inbox) -> None:
    """The caller hears that it is temporary."""
    with served(inbox) as port, pytest.raises(TransientStoreError):
        Mailer("postgresql://nobody@127.0.0.1:1/nothing", settings(port)).tick(DUE)
    assert inbox.mails == []


@pytest.mark.parametrize(
    ("security", "how"),
    [("starttls", {"require_starttls": True}), ("tls", {})],
)
def test_the_line_is_encrypted_and_the_login_right(
    town: Town,
    inbox: Inbox,
    certificate: Path,
    context: ssl.SSLContext,
    monkeypatch: pytest.MonkeyPatch,
    *,
    security: str,
    how: dict[str, Any],
) -> None:
    """With a server whose certificate this machine trusts; a wrong password sends nothing."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "ca.pem"))
    encrypt = {"tls_context": context} if security == "starttls" else {"ssl_context": context}
    login = {"authenticator": _knows, "auth_require_tls": security != "tls"}
    with served(inbox, {**encrypt, **login, **how}) as port:
        wrong = settings(port, security=security, username="c5", password="guess")
        with pytest.raises(MailFailed, match="535") as refused:
            Mailer(town.db_url, wrong).tick(DUE)
        assert "guess" not in str(refused.value)
        right = settings(port, security=security, username="c5", password=PASSWORD)
        assert Mailer(town.db_url, right).tick(DUE) == 1
    assert inbox.peers == [security == "starttls"], "the server itself speaks nothing but TLS"


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_stranger_with_a_certificate_of_its_own_gets_nothing(
    town: Town, inbox: Inbox, context: ssl.SSLContext, security: str
) -> None:
    """Neither the mail nor the password."""
    encrypt = {"tls_context": context} if security == "starttls" else {"ssl_context": context}
    with served(inbox, {**encrypt}) as port, pytest.raises(MailFailed, match="CERTIFICATE"):
        Mailer(town.db_url, settings(port, security=security)).tick(DUE)
    assert (inbox.mails, noted(town)) == ([], [])


def test_a_server_without_encryption_gets_nothing(town: Town, inbox: Inbox) -> None:
    """When the settings ask for it."""
    with served(inbox) as port, pytest.raises(MailFailed, match="STARTTLS"):
        Mailer(town.db_url, settings(port, security="starttls")).tick(DUE)
    assert inbox.mails == []


def test_a_server_that_says_nothing_holds_nobody_for_ever(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is given up after a while, and nothing is noted."""
    monkeypatch.setattr("control_center.reports.mail._TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        given = settings(mute.getsockname()[1])
        with pytest.raises(MailFailed, match="timed out"):
            Mailer(town.db_url, given).tick(DUE)
    assert noted(town) == []
