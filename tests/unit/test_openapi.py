"""The page's types are made from the API as it is."""

from pathlib import Path

from control_center.cli import openapi

COMMITTED = Path(__file__).parents[2] / "control_center" / "web" / "openapi.json"


def test_the_committed_description_is_the_one_that_is_served() -> None:
    """Written again, it does not change."""
    assert COMMITTED.read_text(encoding="utf-8") == openapi.render(), (
        "run `python -m control_center.cli.openapi > control_center/web/openapi.json`, then "
        "`npm run types` in control_center/web"
    )
