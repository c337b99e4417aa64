"""The database as commands use it: found by the settings, and refused when behind this build."""

from control_center import connections
from core import settings
from store import migrate, pool
from store.pool import Connection


def connect() -> Connection:
    """Open a connection to a database that has this build's schema."""
    url = connections.resolve(settings.load()).database_url
    migrate.check(url)
    return pool.connect(url, application="c5-cli")
