"""Scenarios of tests, from the text of a file."""

from __future__ import annotations

from collections.abc import Sequence

import yaml

from wizfi_emu.scenario.model import Scenario
from wizfi_emu.scenario.play import Result
from wizfi_emu.scenario.report import Report
from wizfi_emu.scenario.virtual import run_virtually
from wizfi_emu.stages.observer import Observe
from wizfi_emu.userfiles.bykey import convert

JOIN = """
- line: AT+WSET=0,WizFiDemoAP
- expect: "[OK]"
- line: AT+WSEC=0,WPA2,12345678
- expect: "[OK]"
- line: AT+WJOIN
- expect: ["Link-Up", "[OK]"]
"""


def scene(
    steps: str = "",
    *,
    head: str = "",
    firmware: str = "1.0.5.2",
    timing: str = "fast",
    host_address: str = "127.0.0.1",
) -> Scenario:
    """A scenario of these steps; ``head`` holds its other keys. Texts are YAML."""
    options = f"{{firmware: {firmware}, timing: {timing}, host_address: {host_address}}}"
    text = f"scenario: 1\nmodule: {options}\n{head}\nsteps:{steps and chr(10)}{steps or ' []'}"
    return convert(yaml.load(text, yaml.BaseLoader), Scenario)


def play(
    steps: str = "", *, head: str = "", firmware: str = "1.0.5.2", seed: int = 0, observers: Sequence[Observe] = ()
) -> Report:
    """Play a scenario in virtual time."""
    return run_virtually(scene(steps, head=head, firmware=firmware), seed, observers)


def explain(report: Report) -> str:
    """For the message of an assertion."""
    return "\n".join(report.lines("it"))


def failure(report: Report) -> Result:
    """The step that has failed; the only one."""
    [failed] = [result for result in report.results if result.outcome == "failed"]
    return failed
