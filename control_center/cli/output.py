"""How commands answer: JSON for machines, tables for people, on standard output."""

import json
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

Json = Annotated[bool, typer.Option("--json", help="Answer with JSON on standard output.")]


def emit(answer: Any) -> None:
    """Write one JSON value on one line."""
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


def say(text: str) -> None:
    """Write a line for people."""
    Console(soft_wrap=True, highlight=False).print(text, markup=False)


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write rows for people; None is a dash."""
    drawn = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        drawn.add_row(*("-" if value is None else str(value) for value in row))
    Console(highlight=False).print(drawn, markup=False)
