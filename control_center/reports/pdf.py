"""Print a page to PDF with WeasyPrint: from memory, without network, the same bytes each time.

WeasyPrint is imported when something is printed: it needs libraries of the
system, and a machine without them still serves everything else.
"""

import ctypes.util
import importlib
from functools import cache
from typing import Any, Final

from control_center.reports import page
from control_center.reports.run import Report
from core.errors import ServiceError
from deploy.system import LIBRARIES

_SCHEMES: Final = ("data",)


class PrinterLacks(ServiceError):
    """This machine lacks the libraries that lay out text."""

    reason = "printer_lacks"


def file(report: Report, lang: str = "es") -> bytes:
    """Print a run's report."""
    return printed(page.html(report, lang), report.revision.sha256)


def printed(html: str, identifier: str) -> bytes:
    """Print a page of HTML; PrinterLacks names what to install.

    identifier  becomes the file's own, so that the same report is the same file
    """
    weasyprint = _weasyprint()
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols=_SCHEMES)
    document = weasyprint.HTML(string=html, url_fetcher=fetcher)
    body: bytes = document.write_pdf(pdf_identifier=identifier.encode())
    return body


@cache
def _weasyprint() -> Any:
    """WeasyPrint, which exports no types."""
    missing = [
        package for package, library in LIBRARIES.items() if not ctypes.util.find_library(library)
    ]
    try:
        if not missing:
            return importlib.import_module("weasyprint")
    except OSError as exc:
        raise _lacks(list(LIBRARIES), str(exc)) from exc
    raise _lacks(missing, "not found")


def _lacks(packages: list[str], cause: str) -> PrinterLacks:
    names = " ".join(packages)
    return PrinterLacks(
        f"este equipo no puede imprimir PDF · this machine cannot print PDF ({cause}); on Debian "
        f"run `apt-get install {names}`, elsewhere install Pango and HarfBuzz"
    )
