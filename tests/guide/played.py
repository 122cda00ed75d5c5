"""Plays statements on a module in virtual time."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from tests.desk import MS
from tests.guide.reading import Check, Statement
from tests.vectors.player import PeerAction, Player
from wizfi_emu.air.load import load_world
from wizfi_emu.firmware import Firmware
from wizfi_emu.firmware.load import load_firmware, with_switches
from wizfi_emu.module import events as ev
from wizfi_emu.testing.virtual import VirtualModule
from wizfi_emu.worlds.memory.network import PeerError

GUIDE, MEASURED = "guide", "1.0.5.2"
PRESS_US = 150 * MS
LEVELS = {"low": False, "high": True, "free": None}


@cache
def personality(name: str, switches: tuple[str, ...] = ()) -> Firmware:
    """A personality, with these switches as the guide sets them."""
    guide = load_firmware(GUIDE)
    return with_switches(load_firmware(name), [f"{switch}={_as_typed(getattr(guide, switch))}" for switch in switches])


def _as_typed(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


class GuidePlayer(Player):
    """Can also press, switch and look."""

    bench: VirtualModule

    def __init__(self, firmware: Firmware, world: str) -> None:
        super().__init__(bench=VirtualModule(firmware, load_world(world)))

    def _do(self, action: PeerAction) -> None:
        bench, given = self.bench, cast(dict[str, Any], action)
        match action["op"]:
            case "press":
                for _ in range(given["times"]):
                    for level in (False, True):
                        bench.feed(ev.PinDriven("function", level=level))
                        bench.run(PRESS_US)
            case "pin":
                bench.feed(ev.PinDriven(given["name"], level=LEVELS[given["level"]]))
            case "restart":
                bench.switch_power(False)
                bench.switch_power(True)
            case "network":
                bench.world.schedule(bench.radio.set_access_point(given["name"], given["level"] == "on", bench.now_us))
            case "stall":
                bench.network.stall(given["name"])
            case _:
                super()._do(action)

    def _check_peer(self, number: int, expected: PeerAction) -> None:
        if "text" not in expected:
            super()._check_peer(number, expected)
            return
        lit = "lit" if self.bench.pins.get(expected["name"]) is False else "dark"
        if lit != expected["text"]:
            self._problem(number, expected["name"], "", expected["text"], lit)


def problems(check: Check, firmware: Firmware) -> list[str]:
    """What does not come as the statement says, one text each."""
    statement: Statement = check.statement
    try:
        player = GuidePlayer(firmware, statement.world)
        return player.play(statement.steps(check.value, firmware.version))
    except (PeerError, KeyError) as error:
        return [f"no such peer: {error}"]
