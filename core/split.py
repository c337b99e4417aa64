"""Cut a payload into the bytes of its elements, so that each stands or falls alone.

One element that is no JSON must not take its neighbours with it, so an array
that the strict parser refuses is cut a second time by a scanner which only
knows strings, brackets and commas: a NaN, an invalid character or a bomb of
brackets stays inside its own element, and an array that a lost connection cut
short keeps all but its last. Both passes are linear in the payload's length.
"""

import re
from typing import Final

import msgspec

from core.errors import BrokenPayload, TooLarge

MAX_ITEMS: Final = 10_000
_BLANK: Final = b" \t\r\n"
_RAWS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_TOKEN: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[{]++|[\]}]++|,', re.DOTALL)
"""A string (perhaps never closed), a run of opening or of closing brackets, a comma."""


def elements(payload: bytes) -> list[bytes]:
    """Answer the bytes of every element; of an object, the payload itself.

    >>> elements(b'[{"a":1}, {"a":NaN}, {"a":')
    [b'{"a":1}', b'{"a":NaN}', b'{"a":']
    """
    text = payload.strip(_BLANK)
    if not text.startswith(b"["):
        return [payload]
    try:
        parts = [bytes(raw) for raw in _RAWS.decode(text)]
    except (msgspec.DecodeError, RecursionError):
        parts = _scan(text)
    if len(parts) > MAX_ITEMS:
        raise TooLarge(f"more than {MAX_ITEMS} elements; send at most that many a message")
    if not parts:
        raise BrokenPayload("an array without elements; send objects")
    return parts


def _scan(text: bytes) -> list[bytes]:
    """Cut at the commas of the outermost array, whatever lies between them."""
    parts: list[bytes] = []
    depth = 0
    start = 1
    for token in _TOKEN.finditer(text, 1):
        match text[token.start()]:
            case 0x22:  # a string
                continue
            case 0x2C:  # a comma
                if depth:
                    continue
                parts.append(text[start : token.start()])
                start = token.end()
                if len(parts) > MAX_ITEMS:
                    break
            case 0x5B | 0x7B:  # [ or {
                depth += token.end() - token.start()
            case _:
                closing = token.end() - token.start()
                if closing > depth:
                    end = token.start() + depth
                    parts += (text[start:end], text[end + 1 :])
                    break
                depth -= closing
    else:
        parts.append(text[start:])
    return [part for part in (part.strip(_BLANK) for part in parts) if part]
