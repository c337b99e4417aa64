"""One typed tree of settings: environment `C5_*` over the file `c5.toml` over defaults.

Nested names join with two underscores: `C5_DATABASE__URL`. The file is
`./c5.toml`, or the one that `C5_CONFIG` names. A wrong value is refused at
start with the setting's name. Every setting is documented in docs/settings.md,
and a test says so. A module beside this one holds the sections of one area.
"""

import os
from functools import cache
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from core.errors import ConfigError
from core.settings.engine import Alarms, Engine, Notify, Reports, Routes
from core.settings.people import Audit, ControlCenter, Oidc, People
from core.settings.servers import Dask, Database, Grafana, Local, Mail, Mqtt
from core.settings.telemetry import Ingest, Lpr, Plates, Retention


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix="C5_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    city: str = Field(default="coatzacoalcos", description="folder under deploy/cities")
    timezone: str = Field(default="America/Mexico_City", description="local time of the city")
    log_level: str = Field(
        default="info",
        pattern="^(debug|info|warning|error)$",
        description="debug, info, warning or error",
    )
    database: Database = Database()
    mqtt: Mqtt = Mqtt()
    ingest: Ingest = Ingest()
    control_center: ControlCenter = ControlCenter()
    engine: Engine = Engine()
    routes: Routes = Routes()
    alarms: Alarms = Alarms()
    notify: Notify = Notify()
    lpr: Lpr = Lpr()
    mail: Mail = Mail()
    reports: Reports = Reports()
    dask: Dask = Dask()
    retention: Retention = Retention()
    plates: Plates = Plates()
    audit: Audit = Audit()
    people: People = People()
    oidc: Oidc = Oidc()
    grafana: Grafana = Grafana()
    local: Local = Local()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: arguments, environment, file."""
        del dotenv_settings, file_secret_settings
        file = Path(os.environ.get("C5_CONFIG") or "c5.toml")
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls, file))


@cache
def load() -> Settings:
    """Read the settings once a process; ConfigError names what is wrong."""
    file = os.environ.get("C5_CONFIG") or None
    if file is not None and not Path(file).is_file():
        raise ConfigError(f"settings: no file {file}; correct C5_CONFIG, or unset it")
    try:
        return Settings()
    except ValidationError as exc:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in exc.errors()
        )
        raise ConfigError(
            f"settings: {faults}; correct c5.toml or the C5_* variable, see docs/settings.md"
        ) from exc
    except ValueError as exc:  # no TOML, no UTF-8, or a section given as one variable
        raise ConfigError(
            f"settings: {file or 'c5.toml'} or a C5_* variable cannot be read: {exc}; "
            "see docs/settings.md"
        ) from exc
