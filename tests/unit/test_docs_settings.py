"""docs/settings.md has every setting, with its variable, default and meaning, and no other."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from core.settings import Settings
from tests.unit.doc_tables import DOCS, NOTHING, tables


def described(model: type[BaseModel], prefix: str = "") -> Iterator[list[str]]:
    """Answer the row that the page must have for every setting."""
    for name, field in model.model_fields.items():
        kind: Any = field.annotation
        full = f"{prefix}{name}"
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from described(kind, f"{full}.")
            continue
        default = field.get_default(call_default_factory=True, validated_data={})
        shown = str(default).lower() if isinstance(default, bool) else str(default)
        yield [
            f"`{full}`",
            f"`C5_{full.upper().replace('.', '__')}`",
            NOTHING if default is None else f"`{shown}`",
            str(field.description),
        ]


def test_every_setting_is_documented() -> None:
    """Compared row by row: a failure prints the row to add, change or remove."""
    page = (DOCS / "settings.md").read_text(encoding="utf-8")
    got = {"| " + " | ".join(row) + " |" for rows in tables(page) for row in rows}
    want = {"| " + " | ".join(row) + " |" for row in described(Settings)}
    assert sorted(want - got) == [], "add these rows to docs/settings.md"
    assert sorted(got - want) == [], "remove these rows from docs/settings.md"


def test_every_setting_has_a_meaning() -> None:
    """A setting without a description would be documented as nothing."""
    assert [row[0] for row in described(Settings) if row[3] in ("", "None")] == []
