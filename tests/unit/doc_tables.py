"""Read the tables of a Markdown page, so that a page and the code can be compared."""

from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
NOTHING = "\N{EN DASH}"
"""How a page writes that there is none."""


def section(page: str, heading: str) -> str:
    """Answer the text under a heading, up to the next one of its level or above."""
    lines = (DOCS / page).read_text(encoding="utf-8").splitlines()
    start = lines.index(heading)
    level = heading.split(" ", 1)[0]
    ends = [
        at
        for at, line in enumerate(lines[start + 1 :], start + 1)
        if line.startswith("#") and len(line.split(" ", 1)[0]) <= len(level)
    ]
    return "\n".join(lines[start + 1 : ends[0] if ends else len(lines)])


def tables(text: str) -> list[list[list[str]]]:
    """Answer every table in a text: its rows without the head, each a list of cells."""
    found: list[list[list[str]]] = []
    at_rows = False
    for line in text.splitlines():
        if not line.startswith("|"):
            at_rows = False
        elif set(line) <= set("|-: "):
            found.append([])
            at_rows = True
        elif at_rows:
            found[-1].append([cell.strip() for cell in line.strip("|").split(" | ")])
    return found


def table(page: str, heading: str, which: int = 0) -> list[list[str]]:
    """Answer the rows of one table under a heading."""
    return [[cell.strip() for cell in row] for row in tables(section(page, heading))[which]]


def bare(cell: str) -> str:
    """Take a name out of its backticks."""
    return cell.strip("`")


def names(cell: str) -> list[str]:
    """Take a list of names out of theirs."""
    return [part.strip("` ") for part in cell.split(",")]
