"""docs/cli.md, made from what each command's --help knows.

`python -m control_center.cli.reference > docs/cli.md` writes it; a test says
when it is behind.
"""

import sys
from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import typer

from control_center.cli import COMMANDS, app

_HEAD = """\
# The `c5` command

Made from `--help` by `python -m control_center.cli.reference > docs/cli.md`; do not edit.

Every command answers `--help`. With `--json`, standard output is one JSON value a line and
everything else goes to standard error. Exit codes: 0 done, 1 refused (one sentence on standard
error says what to do), 2 wrong usage, 130 ended by Ctrl-C.
"""


def render() -> str:
    """Write the whole reference."""
    root: Any = typer.main.get_command(app)
    parts = [_HEAD]
    for name in COMMANDS:
        parts += _described(f"c5 {name}", root.get_command(None, name))
    return "\n".join(parts) + "\n"


def _described(path: str, command: Any) -> Iterator[str]:
    """Describe a command, or a group and each of its commands."""
    if not hasattr(command, "list_commands"):
        yield from _leaf(path, command)
        return
    yield f"\n## `{path}`\n\n{_sentence(command)}"
    for name in command.list_commands(None):
        yield from _leaf(f"{path} {name}", command.get_command(None, name), level="###")


def _leaf(path: str, command: Any, *, level: str = "##") -> Iterator[str]:
    params = [one for one in command.params if one.name != "help" and not one.hidden]
    arguments = [one for one in params if one.param_type_name == "argument"]
    options = [one for one in params if one.param_type_name == "option"]
    words = [path, *(_metavar(one) for one in arguments)]
    usage = " ".join([*words, "[OPTIONS]"] if options else words)
    yield f"\n{level} `{usage}`\n\n{_sentence(command)}"
    if params:
        yield "\n| | | |\n|---|---|---|"
    for one in arguments:
        yield f"| `{_metavar(one)}` | {_note(one)} | {_cell(one.help)} |"
    for one in options:
        names = ", ".join(f"`{name}`" for name in [*one.opts, *one.secondary_opts])
        yield f"| {names} | {_note(one)} | {_cell(one.help)} |"


def _metavar(argument: Any) -> str:
    name = str(argument.metavar or argument.name.upper())
    return name if argument.required else f"[{name}]"


def _note(param: Any) -> str:
    """What may be given: the choices or the type, and what is taken when nothing is."""
    if getattr(param, "is_flag", False):
        return "flag"
    kind = _kind(param.type_descriptor.annotation)
    if param.required:
        return f"{kind}; required"
    default = getattr(param.default, "value", param.default)
    shown = default not in (None, "", (), []) and not callable(default)
    return f"{kind}; default `{default}`" if shown else kind


def _kind(annotation: Any) -> str:
    """Spell a parameter's type: its choices, or one word."""
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return ", ".join(f"`{choice.value}`" for choice in annotation)
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(annotation))
    names = {str: "text", int: "integer", float: "number", Path: "path", datetime: "day"}
    return names.get(annotation, getattr(annotation, "__name__", str(annotation)))


def _sentence(command: Any) -> str:
    return str(command.help or "").strip()


def _cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(render())
