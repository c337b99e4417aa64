"""The day's head: published once, to where others hold it, and again when that failed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from control_center.audit import heads
from control_center.audit.daily import DailyHead
from control_center.audit.verify import verify
from core.errors import ConfigError
from core.settings import Settings
from core.settings.people import Audit, People
from core.settings.servers import Database, Mqtt
from store import audit_reading, pool
from store.audit_reading import Filter
from tests.servers.audits import written

pytestmark = pytest.mark.server
NOON = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)


def settings(db_url: str, folder: Path) -> Settings:
    """Heads go into a folder."""
    return Settings(
        timezone="America/Mexico_City",
        database=Database(url=SecretStr(db_url)),
        mqtt=Mqtt(url="mqtt://127.0.0.1:1"),
        people=People(key=SecretStr("k" * 32)),
        audit=Audit(heads_dir=folder),
    )


def test_a_head_a_day(db_url: str, tmp_path: Path) -> None:
    """Once, whoever runs; signed, told, and one that a later chain still holds."""
    with pool.connect(db_url) as conn:
        written(conn, 4)
    chosen = settings(db_url, tmp_path)
    first, second = DailyHead(db_url, chosen), DailyHead(db_url, chosen)
    assert (first.tick(NOON), first.tick(NOON), second.tick(NOON)) == (1, 0, 0)
    assert first.tick(NOON + timedelta(days=1)) == 1
    names = sorted(file.name for file in tmp_path.iterdir())
    assert names == ["c5-audit-2026-03-01.json", "c5-audit-2026-03-02.json"]
    older, newer = (heads.decoded((tmp_path / name).read_bytes()) for name in names)
    assert (older.entry_id, newer.entry_id) == (4, 5)
    with pool.connect(db_url) as conn:
        for published in (older, newer):
            assert verify(conn, published.head).ok
        told = audit_reading.listed(conn, Filter(action="audit.head"), before=99, limit=9)
    assert [one.object_id for one in told] == ["5", "4"]
    assert {one.actor for one in told} == {"c5"}


def test_a_folder_that_takes_nothing_is_said_and_tried_again(db_url: str, tmp_path: Path) -> None:
    """The refusal names the setting; nothing is told that did not happen."""
    folder = tmp_path / "later"
    daily = DailyHead(db_url, settings(db_url, folder))
    with pytest.raises(ConfigError, match=r"audit\.heads_dir"):
        daily.tick(NOON)
    with pool.connect(db_url) as conn:
        assert audit_reading.head(conn).entry_id == 0
    folder.mkdir()
    assert daily.tick(NOON) == 1


def test_nothing_is_published_where_nothing_is_set(db_url: str) -> None:
    """Without a folder and recipients there is nothing to do, and no key is asked for."""
    assert DailyHead(db_url, Settings()).tick(NOON) == 0
