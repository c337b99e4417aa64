"""Who works here and what is kept of it: the control center, accounts, logins, the audit."""

from pathlib import Path

from pydantic import Field, SecretStr

from core.settings.section import Days, Port, Seconds, Section


class ControlCenter(Section):
    """The operator's server."""

    host: str = Field(default="127.0.0.1", description="address it listens on")
    port: Port = Field(default=8080, description="port it listens on; 0: any free one")
    session_secret: SecretStr | None = Field(
        default=None, description="signs sessions; 32 bytes or more"
    )
    session_hours: Seconds = Field(default=10.0, description="a session ends after, h")
    secure_cookies: bool = Field(
        default=True, description="cookies only over TLS; off on plain loopback"
    )
    tile_url: str | None = Field(
        default=None,
        description="{z}/{x}/{y} tiles or pmtiles://; unset: the city's outline",
    )
    lockout_failures: int = Field(default=5, ge=1, description="wrong passwords before a pause")
    lockout_s: Seconds = Field(default=300.0, description="length of that pause, s")


class People(Section):
    """Accounts, second factors, sessions and tokens."""

    key: SecretStr | None = Field(
        default=None,
        description="seals second factors, signs heads; 32 bytes up; unset: the session secret",
    )
    idle_minutes: float = Field(
        default=60.0, gt=0, description="a session that nothing uses ends after, min"
    )
    second_factor_roles: tuple[str, ...] = Field(
        default=(), description="roles that may do nothing without a second factor"
    )
    token_days: Days = Field(
        default=365, description="an API token lives so long at the most, days"
    )
    logins_a_minute: int = Field(
        default=120, ge=1, description="logins that one address may try in a minute"
    )
    heavy_a_minute: int = Field(
        default=60, ge=1, description="expensive requests of one account in a minute"
    )


class Oidc(Section):
    """Another place where people may log in (OpenID Connect)."""

    issuer: str | None = Field(default=None, description="its address; unset: local accounts only")
    client_id: str = Field(default="c5", description="what it calls us")
    client_secret: SecretStr | None = Field(
        default=None, description="our secret there; unset: a public client with PKCE only"
    )
    public_url: str = Field(
        default="http://127.0.0.1:8080", description="our address as browsers see it"
    )
    label: str = Field(default="OpenID Connect", description="what its button says")
    username_claim: str = Field(default="preferred_username", description="claim with the username")
    role_claim: str = Field(default="roles", description="claim with roles or groups; dots go down")
    roles: dict[str, str] = Field(
        default={}, description="our role by value of that claim; whoever has none stays out"
    )
    ca_file: Path | None = Field(
        default=None, description="authority that signed its certificate; unset: the system's"
    )


class Audit(Section):
    """Where the audit's signed heads go, so that a cut tail shows."""

    heads_dir: Path | None = Field(
        default=None, description="folder where the engine puts a signed head a day; unset: nowhere"
    )
    recipients: tuple[str, ...] = Field(
        default=(), description="who gets the day's head by mail; none: it is not mailed"
    )
