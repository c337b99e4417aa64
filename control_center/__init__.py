"""The operator's server: HTTP interface, live feed, login, and the `c5` command."""

VERSION = "0.1.0"
