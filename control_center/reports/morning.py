"""The morning report: yesterday, in a mail that can be read on a telephone, and its PDF."""

from datetime import date, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Final

from control_center.reports import say, summary, summary_page
from control_center.reports.page import ENVIRONMENT
from control_center.reports.pdf import PrinterLacks
from control_center.reports.summary import Span
from control_center.reports.texts import STATES, texts
from core import log
from core.settings import Settings
from deploy import cities
from store.pool import Connection

_GAPS: Final = ("too_fast", "missed", "unknown")
_log = log.get(__name__)


def message(conn: Connection, settings: Settings, of: date, now: datetime) -> EmailMessage:
    """Write the mail about one local day.

    Its Message-ID names city and day: a mail that is sent twice, because the line
    broke while the server said yes, is one mail for whoever sorts by it.
    """
    span = Span("route", of, of)
    routes = summary.build(conn, span)
    trucks = summary.build(conn, span._replace(by="truck"))
    days = [summary_page.figures(row) for row in summary.build(conn, span._replace(by="day"))]
    words = _words(settings, of, days[0] if days else None, routes)
    mail = EmailMessage()
    coverage = days[0]["coverage"] if days else words["t"]["no_data"]
    mail["Subject"] = f"{words['t']['morning']} · {words['city']}, {words['day']} · {coverage}"
    mail["From"] = settings.mail.sender
    mail["To"] = ", ".join(settings.reports.recipients)
    mail["Date"] = format_datetime(now)
    domain = settings.mail.sender.rpartition("@")[2].strip("> ") or "localhost"
    mail["Message-ID"] = f"<c5-morning-{settings.city}-{of.isoformat()}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(ENVIRONMENT.get_template("morning.txt.j2").render(words))
    mail.add_alternative(ENVIRONMENT.get_template("morning.html.j2").render(words), subtype="html")
    try:
        printed = summary_page.printed(settings, span, {"route": routes, "truck": trucks})
    except PrinterLacks as exc:
        _log.warning("mailed_without_pdf", cause=str(exc))
    else:
        mail.add_attachment(
            printed, maintype="application", subtype="pdf", filename=f"{of.isoformat()}.pdf"
        )
    return mail


def _words(
    settings: Settings, of: date, total: dict[str, Any] | None, routes: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "t": texts("es"),
        "e": texts("en"),
        "city": cities.load(settings.city).name,
        "day": say.day(of),
        "e_day": say.day(of, "en"),
        "total": total,
        "rows": [summary_page.figures(row) for row in routes],
        "states": [STATES[state] for state in _GAPS],
    }
