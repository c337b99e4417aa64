"""Settings: where they come from, which source wins, and what a wrong one says."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import settings
from core.errors import ConfigError


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Stand in an empty folder, without any C5_ variable, and read afresh."""
    for name in list(os.environ):
        if name.upper().startswith("C5_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    settings.load.cache_clear()
    yield tmp_path
    settings.load.cache_clear()


def test_defaults_need_no_file() -> None:
    """Everything has a default; secrets and addresses are simply unset."""
    got = settings.load()
    assert got.city == "coatzacoalcos"
    assert got.database.url is None
    assert got.mqtt.url is None
    assert got.ingest.batch_max == 5000


def test_the_file_beats_the_default_and_the_environment_beats_the_file(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Section by section and setting by setting, not whole sections at once."""
    (bare / "c5.toml").write_text('city = "x"\n[ingest]\nworkers = 3\nbatch_max = 10\n')
    monkeypatch.setenv("C5_INGEST__WORKERS", "2")
    got = settings.load()
    assert (got.city, got.ingest.workers, got.ingest.batch_max) == ("x", 2, 10)
    assert got.ingest.inbox_mb == 64


def test_another_file_may_be_named(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`C5_CONFIG` replaces ./c5.toml; empty, it is as if it were not there."""
    (bare / "c5.toml").write_text('city = "here"\n')
    other = bare / "other.toml"
    other.write_text('city = "there"\n')
    monkeypatch.setenv("C5_CONFIG", str(other))
    assert settings.load().city == "there"
    settings.load.cache_clear()
    monkeypatch.setenv("C5_CONFIG", "")
    assert settings.load().city == "here"


def test_nested_names_are_joined_by_two_underscores(monkeypatch: pytest.MonkeyPatch) -> None:
    """`database.url` is `C5_DATABASE__URL`, and a secret does not show itself."""
    monkeypatch.setenv("C5_DATABASE__URL", "postgresql://c5:hunter2@db/c5")
    url = settings.load().database.url
    assert url is not None
    assert url.get_secret_value() == "postgresql://c5:hunter2@db/c5"
    assert "hunter2" not in repr(settings.load())


@pytest.mark.parametrize(
    ("name", "value", "setting"),
    [
        ("C5_INGEST__WORKERS", "many", "ingest.workers"),
        ("C5_INGEST__WORKERS", "0", "ingest.workers"),
        ("C5_CONTROL_CENTER__PORT", "70000", "control_center.port"),
        ("C5_LOG_LEVEL", "loud", "log_level"),
        ("C5_PLATES__RETENTION_HOURS", "0", "plates.retention_hours"),
        ("C5_INGEST__NO_SUCH", "1", "ingest.no_such"),
        ("C5_INGEST", "5000", "ingest"),
        ("C5_INGEST", "five", "ingest"),
    ],
)
def test_a_wrong_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, setting: str
) -> None:
    """The error says which setting, and where to read about it."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=setting) as caught:
        settings.load()
    assert "docs/settings.md" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("ingest = 5\n", "ingest"),
        ("[ingest]\nworkers = 99\n", "ingest.workers"),
        ("[ingest]\nworker = 1\n", "ingest.worker"),
        ("colour = 1\n", "colour"),
        ("city = \n", "c5.toml"),
        ("\0", "c5.toml"),
    ],
)
def test_a_wrong_file_is_named(bare: Path, text: str, named: str) -> None:
    """An unknown name is as wrong as a wrong value: it is probably misspelt."""
    (bare / "c5.toml").write_text(text)
    with pytest.raises(ConfigError, match=named):
        settings.load()


def test_a_wrong_secret_is_not_repeated(bare: Path) -> None:
    """Errors end up in logs."""
    (bare / "c5.toml").write_text('[mqtt]\nadmin_password = ["hunter2"]\n')
    with pytest.raises(ConfigError, match=r"mqtt\.admin_password") as caught:
        settings.load()
    assert "hunter2" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who names a file wants it read."""
    monkeypatch.setenv("C5_CONFIG", "/no/such/file.toml")
    with pytest.raises(ConfigError, match="C5_CONFIG"):
        settings.load()


def test_settings_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process does not change its mind half-way."""
    first = settings.load()
    monkeypatch.setenv("C5_CITY", "elsewhere")
    assert settings.load() is first
