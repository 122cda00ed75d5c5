"""Structs as the text of a file that gives them again."""

from __future__ import annotations

import pytest
import yaml

from wizfi_emu import userfiles
from wizfi_emu.scenario.model import Scenario
from wizfi_emu.userfiles.bykey import convert
from wizfi_emu.userfiles.plain import as_yaml

FILES = [
    "scenario: 1\nsteps: []\n",
    'scenario: 1\nsteps:\n- send: "\\r\\x00\\xff{port}"\n- expect: [a, "[OK]"]\n  within: 0.5\n',
    'scenario: 1\nexec: ./host {port}\n"on":\n- when: {pattern: "yes", from: host, nth: 2}\n  steps: [{wait: 1}]\n',
    "scenario: 1\npeers: {web: {peer: http, pages: {/: 'no'}}}\nfaults:\n- {fault: latency, delay_ms: 5, for: 2}\n",
]


@pytest.mark.parametrize("text", FILES)
def test_it_is_the_same_again(text: str) -> None:
    known = convert(yaml.load(text, yaml.BaseLoader), Scenario)
    written = as_yaml(known)
    assert convert(yaml.load(written, yaml.BaseLoader), Scenario) == known
    assert written == as_yaml(convert(yaml.load(written, yaml.BaseLoader), Scenario))


def test_defaults_are_left_out_and_numbers_are_short() -> None:
    known = convert(yaml.load(FILES[3], yaml.BaseLoader), Scenario)
    assert as_yaml(known).endswith("faults:\n- fault: latency\n  for: 2\n  delay_ms: 5\n")
    assert userfiles.names("worlds")
