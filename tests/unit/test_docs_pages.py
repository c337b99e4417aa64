"""Every document is found from the README, links lead somewhere, and each page has its passage.

The passages are those of the operator's guide, about the pages that the application offers.
"""

import re
from pathlib import Path
from typing import Final

import pytest

from tests.unit.doc_tables import DOCS

_ROOT: Final = DOCS.parent
_WORDS: Final = _ROOT / "control_center" / "web" / "src" / "lib" / "i18n"
_GUIDE: Final = (DOCS / "operador.md").read_text(encoding="utf-8")
_LINK: Final = re.compile(r"\]\(([^)\s]+)\)")


def _linked(page: Path) -> set[Path]:
    """The files and folders beside which a page stands; addresses of the web are left out."""
    found = (link.split("#")[0] for link in _LINK.findall(page.read_text(encoding="utf-8")))
    return {(page.parent / link).resolve() for link in found if link and "://" not in link}


def _anchors(text: str) -> set[str]:
    """GitHub's names of the headings."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def _said(prefix: str) -> list[str]:
    """What the application calls its pages in Spanish, of the keys that begin so."""
    files = sorted(_WORDS.glob("*es.ts"))
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    found = re.findall(rf'"{re.escape(prefix)}\.(\w+)": "([^"]+)"', text)
    return [words for name, words in found if name != "label"]


def test_every_document_is_reached_from_the_readme() -> None:
    """Directly, or from one that is."""
    reached: set[Path] = set()
    ahead = {_ROOT / "README.md"}
    while ahead:
        page = ahead.pop()
        reached.add(page)
        ahead |= {one for one in _linked(page) if one.suffix == ".md"} - reached
    assert sorted(page.name for page in DOCS.glob("*.md") if page not in reached) == []


@pytest.mark.parametrize("page", [_ROOT / "README.md", *sorted(DOCS.rglob("*.md"))], ids=str)
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    """Within the repository."""
    assert sorted(str(one) for one in _linked(page) if not one.exists()) == []


def test_every_page_of_the_navigation_has_its_passage() -> None:
    """Named in bold, as where to find it, or in a heading of its own."""
    pages = _said("nav")
    assert len(pages) >= 12
    bold = set(re.findall(r"\*\*([^*]+)\*\*", _GUIDE))
    assert [name for name in pages if name not in bold] == []


@pytest.mark.parametrize("of", ["tab", "rm.view", "rm.which", "pl.view", "ad.view"])
def test_every_view_of_a_page_is_named(of: str) -> None:
    """The tabs of the map, the room, plates and accounts."""
    views = [name for name in _said(of) if name not in {"Vistas", "Más"}]
    assert views
    assert [name for name in views if not re.search(rf"\b{name}\b", _GUIDE)] == []


def test_the_guide_leads_to_its_own_headings() -> None:
    """A table of contents is of no use that leads nowhere."""
    assert set(re.findall(r"\]\(#([^)]+)\)", _GUIDE)) <= _anchors(_GUIDE)
