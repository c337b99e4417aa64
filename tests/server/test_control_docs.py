"""docs/api.md says what there is, and nothing that is not."""

import re
from pathlib import Path

import pytest

from control_center.auth.guard import RIGHT_KEY
from control_center.auth.rights import RIGHTS, Right, Role
from tests.servers.center import RunningCenter

pytestmark = pytest.mark.server
TEXT = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")


def test_every_endpoint_and_its_right_are_documented(center: RunningCenter) -> None:
    """The table and the interface's own description agree, both ways."""
    rows = re.findall(r"^\| `([A-Z]+) (/api\S*)` \| ([a-z ]+) \|", TEXT, re.MULTILINE)
    written = {(method, path): right.replace(" ", "_") for method, path, right in rows}
    document = center.visitor().get("/api/openapi.json").json()
    real = {
        (method.upper(), path): operation[RIGHT_KEY].replace(" ", "_")
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }
    assert written == real


def test_every_metric_is_documented(center: RunningCenter) -> None:
    """The table and the exposition agree, both ways."""
    written = set(re.findall(r"^\| `(c5_\w+)` \|", TEXT, re.MULTILINE))
    center.visitor().get("/api/health")
    exposed = center.visitor().get("/metrics").text
    types = re.findall(r"^# TYPE (\w+) (\w+)", exposed, re.MULTILINE)
    assert written == {name for name, _ in types if not name.endswith("_created")}


@pytest.mark.parametrize("role", Role)
def test_the_table_of_roles_is_true(role: Role) -> None:
    """Each role's row has a yes for each of its rights."""
    head = re.search(r"^\| role \|(.+)\|$", TEXT, re.MULTILINE)
    row = re.search(rf"^\| `{role}` \|(.+)\|$", TEXT, re.MULTILINE)
    assert head is not None
    assert row is not None
    rights = [Right(word.strip()) for word in head[1].split("|")]
    granted = [cell.strip() == "yes" for cell in row[1].split("|")]
    assert {right for right, yes in zip(rights, granted, strict=True) if yes} == RIGHTS[role]
