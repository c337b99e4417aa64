"""Find the poison row: halve a refused batch until it stands alone, and refuse only that.

What the batch refuses anyway is committed apart from its rows, so neither can be
blamed for the other. Every part is a transaction of its own; a crash between
two of them is a redelivery, which the primary key absorbs.
"""

from collections.abc import Callable
from typing import cast

from core import codec, log
from core.errors import PermanentStoreError, RowRefused
from core.messages import SealedPlate, Uplink
from core.topics import Kind
from ingest.admission import Entry, Prepared, Refused
from ingest.commit import Outcome

_log = log.get(__name__)


def committed(commit: Callable[[Prepared], Outcome], prepared: Prepared) -> Outcome:
    """Commit all of it but the rows that the database refuses for good."""
    try:
        return commit(prepared)
    except PermanentStoreError as exc:
        _log.warning("batch_bisected", entries=len(prepared.entries), cause=str(exc))
        outcomes = [committed(commit, part) for part in _parts(prepared, str(exc))]
        return Outcome(*(sum(counts) for counts in zip(*outcomes, strict=True)))


def _parts(prepared: Prepared, cause: str) -> list[Prepared]:
    """Halve a refused batch; a single row becomes a refusal."""
    entries, refused, strangers = prepared
    if not entries:
        return _halved(refused, strangers, cause)
    apart = [Prepared([], refused, strangers)] if refused or strangers else []
    if len(entries) > 1:
        middle = len(entries) // 2
        return [
            Prepared(entries[:middle], [], set()),
            Prepared(entries[middle:], [], set()),
            *apart,
        ]
    inbound, taken = entries[0]
    if len(taken) == 1:
        return [Prepared([], [_poison(entries[0], cause)], set()), *apart]
    middle = len(taken) // 2
    return [
        Prepared([Entry(inbound, taken[:middle])], [], set()),
        Prepared([Entry(inbound, taken[middle:])], [], set()),
        *apart,
    ]


def _halved(refused: list[Refused], strangers: set[tuple[Kind, str]], cause: str) -> list[Prepared]:
    if len(refused) > 1:
        middle = len(refused) // 2
        return [Prepared([], refused[:middle], strangers), Prepared([], refused[middle:], set())]
    raise RowRefused(f"even the refusal was refused: {cause}; this is a bug, please report it")


def _poison(entry: Entry, cause: str) -> Refused:
    inbound, [assessed] = entry
    message = assessed.message
    is_plate = isinstance(message, SealedPlate)  # cannot be spelled again: its payload is kept
    alone = is_plate or inbound.payload.lstrip()[:1] != b"["
    return Refused(
        inbound,
        inbound.payload if alone else codec.encode(cast("Uplink", message)),
        RowRefused.reason,
        cause,
        message.device_id,
        is_plate=is_plate,
        seq=message.seq,
        is_enrolled=True,
    )
