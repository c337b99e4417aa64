"""An incident's archive: whole, signed, and whoever changes a byte of it is found out."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from control_center.auth.rights import Role
from control_center.auth.sessions import CSRF_HEADER
from control_center.incidents import archive
from core.clock import utc_now
from core.topics import Kind
from store import pool
from tests.servers import room
from tests.servers.center import RunningCenter
from tests.servers.room import Desk

pytestmark = pytest.mark.server
HOME = Path(__file__).resolve().parents[2]
PHOTO = b"\xff\xd8\xff\xe0 a door"


@pytest.fixture
def exported(center: RunningCenter) -> bytes:
    """The archive of a panic incident with a comment and a photograph."""
    with pool.connect(center.db_url) as conn:
        room.enrol(conn, Kind.PANIC, "P-1")
        part = room.part(center.db_url)
        room.said(conn, "P-1", "panic")
        part.tick(utc_now())
        part.close()
    ana = Desk(center, center.operator(Role.OPERADOR))
    ana.done(1, "take")
    ana.done(1, "comment", text="<b>puerta</b>")
    kept = ana.visitor.client.post(
        "/api/incidents/1/files",
        params={"name": "puerta.jpg"},
        content=PHOTO,
        headers={CSRF_HEADER: ana.visitor.csrf},
    )
    assert kept.status_code == 201
    answer = ana.visitor.get("/api/incidents/1/export.zip")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    return answer.content


def parts_of(content: bytes) -> dict[str, bytes]:
    """What an archive holds."""
    with zipfile.ZipFile(io.BytesIO(content)) as found:
        return {name: found.read(name) for name in found.namelist()}


def packed(parts: dict[str, bytes]) -> io.BytesIO:
    """Make an archive of parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return out


def test_it_holds_everything_and_changes_are_found(
    exported: bytes, tmp_path: Path, center: RunningCenter
) -> None:
    """Whole it is intact; each part that is changed, added or taken away is named."""
    checked = archive.check(io.BytesIO(exported))
    assert checked.ok
    assert checked.manifest.incident_id == 1
    parts = parts_of(exported)
    assert json.loads(parts["incident.json"])["kind"] == "panic"
    kinds = [line["kind"] for line in json.loads(parts["timeline.json"])]
    assert kinds == ["opened", "take", "comment", "file"]
    audited = [json.loads(line)["action"] for line in parts["audit.jsonl"].splitlines()]
    assert audited[-1] == "incident.export"
    assert "incident.take" in audited
    [photo] = [name for name in parts if name.startswith("files/")]
    assert parts[photo] == PHOTO
    for name in parts:
        changed = parts | {name: parts[name].replace(b"a", b"b", 1) + b" "}
        if name == archive.SIGNATURE:
            changed[name] = b"0" * 128
        try:
            found = archive.check(packed(changed))
        except archive.ArchiveUnreadable:
            continue
        assert not found.ok, name
    without = {name: part for name, part in parts.items() if name != photo}
    assert archive.check(packed(without)).problems == [f"{photo} is missing"]
    more = parts | {"files/nota.txt": b"x"}
    assert archive.check(packed(more)).problems == ["files/nota.txt was added"]
    other = archive.check(io.BytesIO(exported), public_key="00" * 32)
    assert not other.ok
    known = archive.signer(center.app.state.center.keys).public_key().public_bytes_raw().hex()
    assert archive.check(io.BytesIO(exported), public_key=known.upper()).ok
    file = tmp_path / "incident.zip"
    file.write_bytes(exported)
    for content, code in ((exported, 0), (packed(more).getvalue(), 1)):
        file.write_bytes(content)
        done = subprocess.run(
            [sys.executable, "-P", "-m", "control_center", "incident", "verify", file, "--json"],
            cwd=tmp_path,
            env={"PYTHONPATH": str(HOME), "PATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        assert json.loads(done.stdout)["ok"] is (code == 0)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nonsense", packed({"a": b"b"}).getvalue()])
def test_what_is_no_archive_is_refused(content: bytes) -> None:
    """With a sentence, whatever it is."""
    with pytest.raises(archive.ArchiveUnreadable):
        archive.check(io.BytesIO(content))
