"""The operator's web application, served from its built folder.

Names under assets/ carry a checksum and may be kept for ever; everything else is
asked for again each time. An address of the application itself answers its page.
While nothing is built, that is what the page says.
"""

from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response

from core.errors import NotFound

DIST: Final = Path(__file__).parent / "web" / "dist"
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"
_NOT_BUILT: Final = """<!doctype html>
<html lang="es-MX"><meta charset="utf-8"><title>C5</title>
<h1>La aplicación web no está construida</h1>
<p>Ejecute <code>./c5 demo</code> o <code>./c5 up</code>, que la construyen, y recargue.</p>
<h2 lang="en">The web application is not built</h2>
<p lang="en">Run <code>./c5 demo</code> or <code>./c5 up</code>, which build it, and reload.</p>
"""


def router(dist: Path = DIST) -> APIRouter:
    """Serve `dist` at /; the routes of the interface must come first."""
    made = APIRouter(include_in_schema=False)

    @made.api_route("/{path:path}", methods=["GET", "HEAD"])
    def web(request: Request, path: str) -> Response:
        index = dist / "index.html"
        if "\0" in path:
            raise NotFound("there is nothing at an address with NUL; see /api/openapi.json")
        file = (dist / path).resolve()
        if path and file.is_relative_to(dist.resolve()) and file.is_file():
            keep = _FOR_EVER if path.startswith("assets/") else _ASK_AGAIN
            return FileResponse(file, headers={"Cache-Control": keep})
        is_page = "text/html" in request.headers.get("Accept", "") and "." not in path
        if path.startswith("api/") or (path and not is_page):
            raise NotFound(f"there is nothing at /{path[:80]}; see /api/openapi.json")
        if not index.is_file():
            return HTMLResponse(_NOT_BUILT, status_code=503, headers={"Retry-After": "30"})
        return FileResponse(index, headers={"Cache-Control": _ASK_AGAIN})

    return made
