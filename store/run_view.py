"""What a fleet's reports ask of runs beyond the runs themselves. Only reads.

A report's document is opened here only where two trucks shared a route.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from store import faults
from store.pool import Connection
from store.run import GAP

_BOUND: Final = "SELECT set_config('statement_timeout', %s, false)"
_SAID: Final = """EXISTS (SELECT FROM run_review said
            WHERE said.run_id = run.run_id AND said.segment_id = block.segment_id)"""
_BLOCKS: Final = f"""
SELECT run.run_id, block.segment_id, block.state, block.length_m,
       {GAP} AND run.revision > 0, {_SAID}
  FROM run
  JOIN run_revision newest ON newest.run_id = run.run_id AND newest.revision = run.revision,
       jsonb_to_recordset(newest.document -> 'segments')
       AS block (segment_id text, state text, service boolean, length_m float8)
 WHERE run.run_id = ANY (%s) AND block.service"""  # noqa: S608  constants
_SUPERVISORS: Final = """
SELECT DISTINCT username, account.name FROM route JOIN account ON username = supervisor"""


class BlockState(NamedTuple):
    """What became of one block to be serviced in one run."""

    run_id: int
    segment_id: str
    state: str
    length_m: float
    gap: bool
    """To be looked at: `store.run` says what that is."""
    reviewed: bool


def bound(conn: Connection, seconds: float) -> None:
    """Let no statement of this connection run longer than a page may wait."""
    with faults.translated("bounding a query"):
        conn.execute(_BOUND, (f"{seconds * 1000:.0f}",))


def blocks(conn: Connection, run_ids: Sequence[int]) -> list[BlockState]:
    """Blocks of some runs, each as the newest report has it."""
    with faults.translated("reading the blocks of runs"):
        return [BlockState(*row) for row in conn.execute(_BLOCKS, (list(run_ids),))]


def supervisors(conn: Connection) -> dict[str, str]:
    """Names of those who look after routes, by username."""
    with faults.translated("reading supervisors"):
        return dict(conn.execute(_SUPERVISORS).fetchall())
