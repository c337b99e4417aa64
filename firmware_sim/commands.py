"""What a simulated device can be told: ping, set_interval, reboot, update."""

from typing import Final, Protocol

from core.errors import InvalidField
from core.messages import Command
from devices.agent import Outcome
from firmware_sim import ota

INTERVAL_S: Final = (0.5, 86_400.0)
REBOOT_S: Final = 3.0


class Machine(Protocol):
    """What commands act upon."""

    firmware: str
    interval_s: float

    def reboot(self, back_in_s: float) -> None:
        """Go away for a while, once the answer is out."""


def obey(machine: Machine, command: Command) -> Outcome:
    """Carry out a command; a refusal is an answer too."""
    match command.name:
        case "ping":
            return Outcome(ok=True, detail="pong")
        case "set_interval":
            return _set_interval(machine, command.args.get("interval_s"))
        case "reboot":
            machine.reboot(REBOOT_S)
            return Outcome(ok=True, detail=f"back in {REBOOT_S:g} s")
        case "update":
            return _update(machine, command)
    return Outcome(
        ok=False, detail=f"unknown command {command.name}; ping, set_interval, reboot, update"
    )


def _set_interval(machine: Machine, wanted: object) -> Outcome:
    low, high = INTERVAL_S
    if isinstance(wanted, bool) or not isinstance(wanted, int | float) or not low <= wanted <= high:
        return Outcome(ok=False, detail=f"interval_s must be a number from {low:g} to {high:g}")
    machine.interval_s = float(wanted)
    return Outcome(ok=True, detail=f"every {wanted:g} s")


def _update(machine: Machine, command: Command) -> Outcome:
    try:
        manifest = ota.Manifest.parse(command.args)
    except InvalidField as exc:
        return Outcome(ok=False, detail=str(exc))
    if (fault := ota.fault(manifest, ota.image(manifest.version))) is not None:
        return Outcome(ok=False, detail=f"kept {machine.firmware}: {fault}")
    machine.firmware = manifest.version
    machine.reboot(REBOOT_S)
    return Outcome(ok=True, detail=f"installed {manifest.version}")
