"""docs/topics.md names every kind, stream and root, and none that is gone."""

import json
import re
from datetime import UTC, datetime

from core import codec, topics
from core.topics import UPLINK, Kind, Stream
from tests.unit.doc_tables import DOCS, bare, table

PAGE = "topics.md"


def test_every_kind_is_documented() -> None:
    """In the order of the code."""
    assert [bare(row[0]) for row in table(PAGE, "## Kinds")] == [kind.value for kind in Kind]


def test_every_stream_is_documented_with_its_direction() -> None:
    """What a device publishes, and the one thing that it hears."""
    rows = table(PAGE, "## Streams")
    assert [bare(row[0]) for row in rows] == [stream.value for stream in Stream]
    uplink = {bare(row[0]) for row in rows if row[1] == "from the device"}
    assert uplink == {stream.value for stream in UPLINK}


def test_both_roots_are_documented() -> None:
    """The tree of devices, and enrolment beside it."""
    got = [bare(row[0]) for row in table(PAGE, "# Topics")]
    assert got == [
        f"{topics.ROOT}/{{kind}}/{{device_id}}/{{stream}}",
        f"{topics.ENROLL_ROOT}/{{kind}}/{{device_id}}",
    ]


def test_the_example_works() -> None:
    """Its topic parses, and its payload is taken."""
    text = (DOCS / PAGE).read_text(encoding="utf-8")
    found = re.search(r"-t (\S+) .*?-m '(.*?)'", text, re.DOTALL)
    assert found
    address = topics.parse(found[1])
    assert json.loads(found[2])
    got = codec.decode(address, found[2].encode(), datetime(2026, 1, 2, tzinfo=UTC))
    assert (len(got.messages), got.refused) == (1, [])
