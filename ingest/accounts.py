"""What a batch adds to each device's hourly account of sent against stored."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from core.messages import Status, Stored
from core.quality import Assessed, Flag
from ingest.admission import Entry, Refused
from store.ledger import Delta

_HOUR_S: Final = 3600
_LATE: Final = int(Flag.LATE)


def is_will(message: Stored) -> bool:
    """Tell a will: it repeats the counter of the status that opened its session."""
    return message.__class__ is Status and not message.online and message.seq == message.session


def deltas(
    new: Iterable[Entry],
    duplicates: Iterable[Stored],
    refused: Iterable[Refused],
    repeated: Iterable[Refused] = (),
) -> list[Delta]:
    """Fold a batch into one delta a device and hour.

    A new row counts in the hour it was measured in, a refusal (whose clock may be
    what is wrong) in the hour it came in. Wills carry no counter of their own.

    repeated  refusals that were kept before: duplicates, or a loss could hide behind them
    """
    book = _Book()
    for _, taken in new:
        first = taken[0].message
        account = book.account(first.device_id, first.measured_at)
        if len(taken) > 1 and not book.is_one_hour(taken):
            for one in taken:
                at = one.message.measured_at
                book.account(first.device_id, at).add([one.message.seq], [one.flags])
        elif not is_will(first):
            account.add([one.message.seq for one in taken], [one.flags for one in taken])
    for message in duplicates:
        book.account(message.device_id, message.measured_at).duplicates += 1
    for item in refused:
        if item.is_enrolled and item.device_id is not None:
            account = book.account(item.device_id, item.inbound.received_at)
            account.rejected += 1
            account.saw(item.seq or 0, item.seq or 0)
    for item in repeated:
        if item.is_enrolled and item.device_id is not None:
            book.account(item.device_id, item.inbound.received_at).duplicates += 1
    return book.deltas()


class _Account:
    """One device's hour."""

    __slots__ = ("duplicates", "late", "rejected", "seq_hi", "seq_lo", "stored")

    def __init__(self) -> None:
        self.seq_lo = 2**63
        self.seq_hi = 0
        self.stored = self.rejected = self.duplicates = self.late = 0

    def saw(self, seq_lo: int, seq_hi: int) -> None:
        """Widen the range of counters; 0 is none."""
        if seq_lo:
            self.seq_lo = min(self.seq_lo, seq_lo)
            self.seq_hi = max(self.seq_hi, seq_hi)

    def add(self, seqs: Sequence[int], flags: Sequence[int]) -> None:
        """Count messages stored."""
        self.stored += len(seqs)
        self.saw(min(seqs) or min(filter(None, seqs), default=0), max(seqs))
        if any(flags):
            self.late += sum(1 for flag in flags if flag & _LATE)


class _Book:
    """Accounts by device and hour; remembers the last, since messages come in runs."""

    def __init__(self) -> None:
        self._accounts: dict[tuple[str, datetime], _Account] = {}
        self._device_id = ""
        self._from = self._until = datetime.min.replace(tzinfo=UTC)
        self._last = _Account()

    def account(self, device_id: str, at: datetime) -> _Account:
        if device_id == self._device_id and self._from <= at < self._until:
            return self._last
        hour_s = int(at.timestamp()) // _HOUR_S * _HOUR_S
        self._device_id = device_id
        self._from = datetime.fromtimestamp(hour_s, UTC)
        self._until = datetime.fromtimestamp(hour_s + _HOUR_S, UTC)
        self._last = self._accounts.setdefault((device_id, self._from), _Account())
        return self._last

    def is_one_hour(self, taken: Sequence[Assessed[Stored]]) -> bool:
        """Tell whether all of them belong to the account answered last."""
        times = [one.message.measured_at for one in taken]
        return self._from <= min(times) and max(times) < self._until

    def deltas(self) -> list[Delta]:
        return [
            Delta(
                device_id,
                hour,
                one.seq_lo if one.seq_hi else None,
                one.seq_hi or None,
                one.stored,
                one.rejected,
                one.duplicates,
                one.late,
            )
            for (device_id, hour), one in self._accounts.items()
        ]
