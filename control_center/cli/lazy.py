"""Groups of commands that are imported when they are called, so that a start costs one import.

Typer carries its own click inside, whose types it does not export: hence Any.
"""

import importlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import typer
from typer.core import TyperGroup


class Entry(NamedTuple):
    """A command: `module:attribute` of its function or Typer app, and what the list says of it."""

    target: str
    help: str


def group(commands: Mapping[str, Entry]) -> type[TyperGroup]:
    """Make the class of a group that has these commands, in this order."""

    class _LazyGroup(TyperGroup):
        def list_commands(self, ctx: Any) -> list[str]:
            del ctx
            return list(commands)

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            del ctx
            entry = commands.get(cmd_name)
            if entry is None:
                return None
            module, _, attribute = entry.target.partition(":")
            target: Any = getattr(importlib.import_module(module), attribute)
            if not isinstance(target, typer.Typer):
                function, target = target, typer.Typer(add_completion=False)
                target.command(name=cmd_name)(function)
            command = typer.main.get_command(target)
            command.name = cmd_name
            return command

        def format_commands(self, ctx: Any, formatter: Any) -> None:
            del ctx
            with formatter.section("Commands"):
                formatter.write_dl([(name, entry.help) for name, entry in commands.items()])

    return _LazyGroup
