"""XML from anyone: no entities, no outside references, no bombs, and every fault a sentence."""

from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from geo.plan import PlanRefused

_MOST_TAGS: Final = 1_000_000
_ZIP: Final = b"PK\x03\x04"


def root_of(data: bytes, name: str) -> Element:
    """The outermost element, which must have this name; PlanRefused says what else it is."""
    what = name.upper()
    if data.startswith(_ZIP):
        raise PlanRefused("", [f"this is a packed file, no {what}; unpack it and give what is in"])
    if data.count(b"<") > _MOST_TAGS:
        raise PlanRefused("", [f"this {what} has more than {_MOST_TAGS} tags; split it"])
    try:
        root = fromstring(data, forbid_dtd=True)
    except DefusedXmlException:
        raise PlanRefused(
            "", [f"this {what} declares entities or a document type; remove the declaration"]
        ) from None
    except (ParseError, ValueError, LookupError) as exc:
        raise PlanRefused("", [f"not {what}: {exc}; save it anew, in UTF-8"]) from None
    if local(root) != name:
        raise PlanRefused("", [f"the outermost element is <{local(root)[:40]}>, no <{name}>"])
    return root


def local(element: Element) -> str:
    """An element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def children(element: Element, *names: str) -> Iterator[Element]:
    """Those of its children that have one of these names, in order."""
    return (inner for inner in element if local(inner) in names)


def text_of(element: Element, name: str) -> str:
    """The text of the first child of this name, in one line; empty if there is none."""
    for inner in children(element, name):
        return " ".join((inner.text or "").split())
    return ""
