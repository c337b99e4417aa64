"""The servers alone, from a shell: `python -m deploy.local up|down|status|logs|destroy DIR`."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from core import log
from core.errors import C5Error
from deploy.local.runtime import Runtime
from deploy.local.toolchain import SERVERS


def main(arguments: list[str] | None = None) -> int:
    """Do one thing to the servers of a folder; answer the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    parser.add_argument("action", choices=["up", "down", "status", "logs", "destroy"])
    parser.add_argument("folder", type=Path, help="the instance's folder, for example .c5")
    parser.add_argument("--fragile", action="store_true", help="faster, loses data in a crash")
    chosen = parser.parse_args(arguments)
    log.configure(level="warning")
    runtime = Runtime(chosen.folder, durable=not chosen.fragile)
    try:
        match chosen.action:
            case "up":
                said = json.dumps(asdict(runtime.up()), default=str)
            case "down":
                said = json.dumps(runtime.down())
            case "status":
                said = json.dumps([asdict(status) for status in runtime.status()])
            case "logs":
                said = "\n".join(f"== {name}\n{runtime.logs(name)}" for name in SERVERS)
            case _:
                runtime.destroy()
                said = "{}"
    except C5Error as exc:
        sys.stderr.write(f"c5: {exc}\n")
        return 1
    sys.stdout.write(f"{said}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
