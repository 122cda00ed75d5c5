"""Small hosts for the tests of explore, and players for them."""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from wizfi_emu.explore.play import Player
from wizfi_emu.scenario.model import Scenario
from wizfi_emu.userfiles.bykey import convert

ASKS = """
import sys, serial

def ask(port, command):
    port.write(command + b"\\r")
    return port.read_until(b"]\\r\\n")

port = serial.Serial(sys.argv[1], 115200, timeout=2)
answer = ask(port, b"AT+MMAC=?")
if not answer:
    sys.exit("no answer")
"""
"""Begins a host that asks once for its MAC address."""

CRASHES = ASKS + 'print(answer.split(b"\\r\\n")[1].split(b":")[5])\n'
"""Takes whatever comes for the answer."""

RIGHT = ASKS + 'sys.exit(0 if b"[OK]" in answer else "refused")\n'
"""Looks at what comes."""


def scenario_of(keys: str = "", steps: str = "- expect_exit: 0") -> Scenario:
    """A scenario with a host program `host.py`."""
    head = f"scenario: 1\ndescription: the host asks\nmodule: {{boot: now}}\nexec: {sys.executable} host.py {{port}}\n"
    return convert(yaml.load(f"{head}{keys}\nsteps:\n{steps}\n", yaml.BaseLoader), Scenario)


def player_of(host: str, folder: Path, keys: str = "", *, in_lockstep: bool = True) -> Player:
    """Plays a host of this text."""
    (folder / "host.py").write_text(host)
    return Player(scenario_of(keys), 0, folder, in_lockstep)
