"""The examples in lockstep: many runs, one and the same list of events, and the bytes of real time.

All hosts, a thousand times each: ``scripts/same-runs``.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.lockstep.proof import Host, built_hosts, check, python_hosts
from tests.programs import need
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.scenario.lockstep import run_in_lockstep
from wizfi_emu.scenario.model import EchoPeer, read_scenario
from wizfi_emu.stages.observer import Observer
from wizfi_emu.testing.lockstep import LockstepBench, lockstep

EXAMPLES = Path(__file__).parents[2] / "examples"
RUNS = 20

Events = list[tuple[ev.Event | fx.Effect, int]]


@pytest.fixture
def driver() -> ModuleType:
    """The driver of examples/python-host."""
    spec = importlib.util.spec_from_file_location("driver_of_example", EXAMPLES / "python-host" / "wizfi_host.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules["driver_of_example"] = module
    return module


def talk(driver: ModuleType, bench: LockstepBench) -> Events:
    """A session of the driver, with data of 3000 bytes, until its access point is gone."""
    events: Events = []
    bench.module.add(Observer(lambda item, now_us: events.append((item, now_us))))
    bench.add_peer("echo", EchoPeer(port=5000))
    with driver.WizFi(bench.port) as host:
        assert host.join("WizFiDemoAP", "12345678").startswith("192.168.12.")
        connection = host.connect("192.168.12.1", 5000)
        host.send(connection, bytes(range(250)) * 12)
        assert host.receive(connection, 3000) == bytes(range(250)) * 12
        radio = bench.module.radio
        bench.module.world.schedule(radio.set_access_point("WizFiDemoAP", False, bench.module.now_us))
        host.wait(20)
        assert not host.joined
    return events


@pytest.mark.slow
@pytest.mark.parametrize("firmware", ["guide", "1.0.5.2"])
def test_the_driver(driver: ModuleType, firmware: str) -> None:
    runs = []
    for _ in range(RUNS):
        with lockstep(firmware=firmware) as bench:
            runs.append(talk(driver, bench))
    assert len(runs[0]) > 30
    assert all(run == runs[0] for run in runs)


@pytest.mark.slow
def test_the_host_of_the_scenario() -> None:
    known = read_scenario(EXAMPLES / "scenarios" / "brown_out.yaml")
    runs = [run_in_lockstep(known, 0, EXAMPLES / "scenarios") for _ in range(RUNS)]
    lines = [list(report.lines("it")) for report in runs]
    assert runs[0].passed, lines[0]
    assert all(one == lines[0] for one in lines)


@pytest.fixture(scope="module")
def built() -> dict[str, Host]:
    """The hosts in C and C++."""
    need("make", "gcc", "g++")
    return {host.name: host for host in built_hosts()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "real"),
    [
        ("c-host (LD_PRELOAD)", True),
        ("clients", False),
        ("arduino-sketch", False),
        ("arduino-sketch (LD_PRELOAD)", False),
        ("arduino-library", False),
        ("two-modules", False),
    ],
)
def test_a_built_host(name: str, real: bool, built: dict[str, Host]) -> None:
    row, same = check(built[name], 3, real=real)
    assert same, row


@pytest.mark.slow
def test_the_driver_s_program() -> None:
    [host] = [host for host in python_hosts() if host.name == "python-host"]
    # Without the run in real time: there TCP cuts an echo into blocks as it likes.
    row, same = check(host, 3, real=False)
    assert same, row
