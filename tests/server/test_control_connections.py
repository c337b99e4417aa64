"""Where commands find the servers: settings first, the machine's own otherwise."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from control_center import connections
from core.errors import ConfigError
from core.settings import Settings
from core.settings.servers import Database, Local, Mqtt
from deploy.local.endpoints import Endpoints
from deploy.local.runtime import Runtime
from deploy.local.toolchain import Toolchain
from devices.broker import ADMIN, OWN_USERS

pytestmark = pytest.mark.server


@pytest.fixture
def local(toolchain: Toolchain, tmp_path: Path) -> Iterator[tuple[Path, Endpoints]]:
    """Private servers that run in a folder."""
    runtime = Runtime(tmp_path / "c5", durable=False, ephemeral=True, toolchain=toolchain)
    try:
        yield runtime.folder, runtime.up()
    finally:
        runtime.destroy()


def test_unset_means_the_local_servers(local: tuple[Path, Endpoints]) -> None:
    """Addresses and secrets are those of the running instance."""
    folder, endpoints = local
    found = connections.resolve(Settings(local=Local(dir=folder)))
    assert (found.database_url, found.mqtt_url) == (endpoints.database_url, endpoints.mqtt_url)
    assert found.plate_key == endpoints.plate_key
    assert found.session_secret == endpoints.session_secret
    assert found.login(ADMIN).password == endpoints.admin_password
    assert {user: found.login(user).url for user in OWN_USERS} == dict.fromkeys(
        OWN_USERS, endpoints.mqtt_url
    )


def test_local_passwords_stay_with_the_local_broker(local: tuple[Path, Endpoints]) -> None:
    """A broker that the settings name never hears another's passwords."""
    folder, endpoints = local
    mqtt = Mqtt(url="mqtts://broker.example", admin_password=SecretStr("theirs"))
    found = connections.resolve(Settings(local=Local(dir=folder), mqtt=mqtt))
    assert found.database_url == endpoints.database_url
    assert found.login(ADMIN).url == "mqtts://broker.example"
    assert found.login(ADMIN).password == "theirs"
    with pytest.raises(ConfigError, match=r"mqtt\.ingest_password"):
        found.login("c5-ingest")


def test_settings_win(tmp_path: Path) -> None:
    """Both set: nothing local is looked at, and secrets stay out of sight."""
    given = Settings(
        database=Database(url=SecretStr("postgresql://u:hidden@db/c5")),
        mqtt=Mqtt(url="mqtt://broker", control_password=SecretStr("hidden")),
        local=Local(dir=tmp_path),
    )
    found = connections.resolve(given)
    assert found.database_url == "postgresql://u:hidden@db/c5"
    assert found.local_dir is None
    assert "hidden" not in repr(found)
    assert "hidden" not in repr(found.login("c5-control"))
    with pytest.raises(ConfigError, match="C5_INGEST__PLATE_KEY"):
        _ = found.plate_key


def test_nothing_set_and_nothing_running_names_the_remedy(tmp_path: Path) -> None:
    """Only asking is an error, and it says what to start or set."""
    found = connections.resolve(Settings(local=Local(dir=tmp_path / "c5")))
    with pytest.raises(ConfigError, match=r"`c5 up`, or set C5_DATABASE__URL"):
        _ = found.database_url
    with pytest.raises(ConfigError, match="C5_MQTT__URL"):
        found.login(ADMIN)
