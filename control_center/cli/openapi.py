"""control_center/web/openapi.json, the API as the web application's types are made from it.

`python -m control_center.cli.openapi > control_center/web/openapi.json`, then
`npm run types` in that folder. Tests say when either is behind.
"""

import json
import sys

from control_center.app import create_app
from control_center.connections import Connections
from core.settings import Settings

_NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
"""Making the application connects to nothing."""


def render() -> str:
    """Write the OpenAPI document, keys sorted."""
    app = create_app(Settings(), Connections(database=_NOWHERE))
    return json.dumps(app.openapi(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render())
