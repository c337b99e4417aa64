"""What every test may use: real servers, a proxy that cuts, a wait that explains itself."""

import os

from hypothesis import settings

pytest_plugins = [
    "tests.servers.report",
    "tests.servers.fixtures",
    "tests.servers.databases",
    "tests.servers.center",
    "tests.servers.ingest",
]

# A busy machine is no bug, so no example has a deadline; CI tries the same examples every time.
settings.register_profile("c5", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "c5")
