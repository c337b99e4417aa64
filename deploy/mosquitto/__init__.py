"""The broker's configuration, written once and used locally, under Docker and by systemd."""
