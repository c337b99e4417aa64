"""`c5 hotlist` in the name of accounts: two people, one file, all of it on record."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from control_center.cli.hotlist import app
from core import settings as setting_tree
from store import pool
from store.pool import Connection
from tests.servers import plates

pytestmark = pytest.mark.server


@pytest.fixture
def shell(db_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    """Commands over this test's database, and three accounts."""
    monkeypatch.setenv("C5_DATABASE__URL", db_url)
    monkeypatch.setenv("C5_MQTT__URL", "mqtt://127.0.0.1:1")
    monkeypatch.setenv("C5_INGEST__PLATE_KEY", plates.KEY)
    setting_tree.load.cache_clear()
    with pool.connect(db_url) as conn:
        for name in ("ana", "beto", "olga"):
            role = "operador" if name == "olga" else "autorizado-LPR"
            conn.execute(
                "INSERT INTO account (username, name, role, password_hash) VALUES (%s, %s, %s, '')",
                (name, name, role),
            )
    yield CliRunner()
    setting_tree.load.cache_clear()


def call(shell: CliRunner, *arguments: str) -> Any:
    """Run `c5 hotlist` and answer its JSON."""
    done = shell.invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_commands_act_as_accounts(shell: CliRunner, db_url: str, tmp_path: Path) -> None:
    """Import, approve by another, show, withdraw; each on record with who ran it."""
    file = tmp_path / "robados.csv"
    file.write_text("placa,nota\nXYA-123-A,Tsuru\nno es placa;,\nWLA-001-A,\n")
    about = ("--reason", "robo", "--issuer", "FGE", "--legal-basis", "CNPP 251")
    wanted = ("import", str(file), "--list", "Robados", "--as", "ana")
    with pytest.raises(Exception, match="--legal-basis"):
        call(shell, *wanted)
    made = call(shell, *wanted, *about, "--priority", "high", "--expires", "2099-12-31")
    assert (made["proposed"], [one["line"] for one in made["refused"]]) == (2, [3])
    with pytest.raises(Exception, match="olga may not"):
        call(shell, "approve", "--list", "Robados", "--as", "olga")
    with pytest.raises(Exception, match="no user"):
        call(shell, "approve", "--list", "Robados", "--as", "nadie")
    assert call(shell, "approve", "--list", "Robados", "--as", "ana")["approved"] == []
    done = call(shell, "approve", "--list", "Robados", "--as", "beto")
    assert len(done["approved"]) == 2
    [held] = call(shell, "list")
    assert (held["name"], held["entries"], held["priority"]) == ("Robados", 2, "high")
    shown = {one["plate"]: one for one in call(shell, "show", "Robados", "--as", "beto")}
    assert shown["XYA123A"]["note"] == "Tsuru"
    gone = str(shown["XYA123A"]["entry_id"])
    ended = call(shell, "withdraw", gone, "--as", "ana", "--reason", "apareció")
    assert ended == {"withdrawn": [int(gone)]}
    assert call(shell, "rekey", "--as", "ana") == {"entries": 0, "hits": 0, "holders": 0}
    with psycopg.connect(db_url) as conn:
        told = conn.execute("SELECT action, actor, address FROM audit ORDER BY entry_id").fetchall()
    assert [(action, actor) for action, actor, _ in told] == [
        ("plate.list.add", "ana"),
        ("plate.list.import", "ana"),
        ("plate.entry.approve", "beto"),
        ("plate.entry.approve", "beto"),
        ("plate.list.view", "beto"),
        ("plate.entry.withdraw", "ana"),
    ]
    assert {address.partition(":")[0] for _, _, address in told} == {"local"}


def test_a_file_that_is_no_list_makes_none(shell: CliRunner, db_url: str, tmp_path: Path) -> None:
    """One transaction: a new list does not stay without its plates."""
    file = tmp_path / "x.csv"
    file.write_bytes(b"\xff\xd8\xff\0\0")
    about = ("--reason", "robo", "--issuer", "FGE", "--legal-basis", "CNPP 251")
    with pytest.raises(Exception, match="CSV"):
        call(shell, "import", str(file), "--list", "Robados", "--as", "ana", *about)
    with pool.connect(db_url) as conn:
        assert _count(conn, "hot_list") == _count(conn, "audit") == 0


def _count(conn: Connection, table: str) -> int:
    row = conn.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()  # noqa: S608  own word
    return int(row[0]) if row else -1
