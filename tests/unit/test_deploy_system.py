"""What a machine lacks is found out, by program and by library, and named."""

import os

import pytest

from deploy import system
from deploy.system import SystemLacks


def test_programs_are_found_on_the_path() -> None:
    """Under any of their names, and in the folders of the administrator."""
    assert system.is_there("sh")
    assert not system.is_there("no-such-program")


def test_libraries_are_found_by_the_linker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with a library has no program on PATH."""
    assert all(system.is_there(package) for package in system.LIBRARIES)
    monkeypatch.setattr(system, "LIBRARIES", {"libnothing0": "no-such-library"})
    assert not system.is_there("libnothing0")


def test_who_may_not_install_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it at once."""
    monkeypatch.setattr(system, "LIBRARIES", {"libnothing0": "no-such-library"})
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SystemLacks, match="apt-get install libnothing0 no-such-program"):
        system.ensure(["sh", "libnothing0", "no-such-program"])
    assert system.ensure(["sh"]) == []
