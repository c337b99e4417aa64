"""What every test may use: real servers, a proxy that cuts, a wait that explains itself."""

pytest_plugins = [
    "tests.servers.report",
    "tests.servers.fixtures",
    "tests.servers.databases",
    "tests.servers.center",
    "tests.servers.ingest",
]
