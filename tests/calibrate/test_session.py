"""Random modules, learned in virtual time: what is found is right, and the module is as it was."""

from __future__ import annotations

import pytest

from tests.calibrate.modules import calibrate
from wizfi_emu.calibrate.bench import MemoryPeer, VirtualLine, virtual_device
from wizfi_emu.calibrate.learn import learn
from wizfi_emu.calibrate.load import load_plan
from wizfi_emu.calibrate.network import NO_NETWORK
from wizfi_emu.calibrate.plan import Probe
from wizfi_emu.calibrate.play import Exchange
from wizfi_emu.calibrate.session import LostModuleError, Session
from wizfi_emu.firmware.load import load_firmware, with_switches

FEWEST_DECIDED = 48
"""Of the switches of a random module: some of them nobody can notice, such as options of a command that it lacks."""


@pytest.mark.slow
@pytest.mark.parametrize("seed", [4, 1001])
def test_a_random_module_is_recovered(seed: int) -> None:
    """scripts/calibrate_modules.py plays 200 of them."""
    case = calibrate(seed)
    assert case.wrong == []
    assert len(case.learned.inference.decided) >= FEWEST_DECIDED
    assert case.learned.found.version == case.truth.version == case.learned.nearest.firmware.version


@pytest.mark.slow
@pytest.mark.parametrize("name", ["guide", "1.0.5.2", "0.9.2.0"])
def test_a_known_personality_is_found_as_it_is(name: str) -> None:
    truth = load_firmware(name)
    device = virtual_device(truth, world=NO_NETWORK.world)
    learned = learn(Session(VirtualLine(device), load_plan(), peer=MemoryPeer(device)), "flash", "peer", times=0)
    assert learned.unknown_texts == []
    assert learned.nearest.firmware == truth
    assert learned.nearest.percent == 100
    assert learned.found == truth


@pytest.mark.slow
def test_the_read_stage_changes_nothing() -> None:
    device = virtual_device(with_switches(load_firmware("1.0.5.2"), ["hardware=My board"]))
    device.send(b"AT+MECHO=0\rAT+SCON=S,TSN,,,7,0\r")
    device.run(1_000_000)
    device.read()
    before, profile = device.world.image, device.module.ram.copied()
    session = Session(VirtualLine(device), load_plan())
    learned = learn(session, "read", "none", times=0)
    assert learned.found.hardware == "My board"
    assert learned.nearest.firmware.name == "1.0.5.2"
    assert (device.world.image, device.module.ram) == (before, profile)
    assert session.backup is None


@pytest.mark.slow
def test_settings_that_were_not_saved_are_as_they_were() -> None:
    device = virtual_device(load_firmware("1.0.5.2"))
    device.send(b"AT+MECHO=0\rAT+SCON=S,TSN,,,7,0\rAT+MEVTDELAY=20\r")
    device.run(1_000_000)
    before = device.module.ram.copied()
    learn(Session(VirtualLine(device), load_plan()), "volatile", "none", times=0)
    assert device.module.ram == before


def test_a_factory_reset_is_left_out_where_it_would_take_something_away() -> None:
    device = virtual_device(load_firmware("1.0.5.2"))
    device.send(b"AT+MCWUI=admin,admin,me,mine\rAT+MPROF=S\r")
    device.run(1_000_000)
    before = device.world.image
    plan = load_plan()
    session = Session(VirtualLine(device), plan)
    session.run(probe for probe in plan.chosen("flash", "none") if probe.name in ("factory-reset", "key-of-open"))
    assert [probe.name for probe in session.left_out] == ["factory-reset"]
    assert device.world.image == before


@pytest.mark.slow
def test_a_break_at_any_probe_leaves_the_module_as_it_was() -> None:
    plan = load_plan()
    probes = plan.chosen("flash", "peer")
    device = virtual_device(load_firmware("1.0.5.2"), world=NO_NETWORK.world)
    device.send(b"AT+WSET2=0,my net,00:11:22:33:44:55,3\rAT+WSEC=0,WPA2,my password\rAT+MEXT1=3,4\rAT+MPROF=S\r")
    device.run(1_000_000)
    before, peer = device.world.image, MemoryPeer(device)
    for number in range(len(probes)):
        session = Session(Broken(device, probes[number]), plan, peer=peer)
        assert isinstance(session.line, Broken)
        session.report = session.line.reached
        with pytest.raises(KeyboardInterrupt):
            session.run(probes)
        assert device.world.image == before, probes[number].name


class Broken(VirtualLine):
    """A line on which somebody presses Ctrl-C in the middle of a probe."""

    def __init__(self, device: object, at: Probe) -> None:
        super().__init__(device)  # type: ignore[arg-type]  # whatever the test has
        self._at = at
        self._sends_left: int | None = None

    def reached(self, probe: Probe) -> None:
        if probe is self._at:
            self._sends_left = len([step for step in probe.steps if step.line is not None or step.raw])

    def send(self, data: bytes) -> None:
        super().send(data)
        if self._sends_left is not None:
            self._sends_left -= 1
            if self._sends_left <= 0:
                self._sends_left = None
                raise KeyboardInterrupt


class Dead:
    """A line with nothing behind it."""

    now_us = 0

    def send(self, data: bytes) -> None:
        pass

    def receive(self, until_us: int) -> bytes:
        self.now_us = until_us
        return b""


def test_a_module_that_does_not_answer() -> None:
    with pytest.raises(LostModuleError, match="does not answer"):
        Session(Dead(), load_plan()).run(load_plan().chosen("read", "none"))
    assert Exchange(b"", b"", 0).result == b""


def test_a_break_while_settings_are_read_loses_none_of_them() -> None:
    device = virtual_device(load_firmware("1.0.5.2"))
    device.send(b"AT+MECHO=0\rAT+MEVTDELAY=20\r")
    device.run(1_000_000)
    before = device.module.ram.copied()

    class Reload(VirtualLine):
        broken = False

        def send(self, data: bytes) -> None:
            super().send(data)
            if data == b"AT+MPROF=L\r" and not self.broken:
                self.broken = True
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Session(Reload(device), load_plan()).run(load_plan().chosen("volatile", "none"))
    assert device.module.ram == before


def test_a_module_that_was_linked_is_linked_again() -> None:
    device = virtual_device(load_firmware("1.0.5.2"), world=NO_NETWORK.world)
    device.send(b"AT+WSET=0,WizFiDemoAP\rAT+WSEC=0,WPA2,12345678\rAT+WJOIN\r")
    device.run(1_000_000)
    assert device.module.link.is_station
    plan = load_plan()
    Session(VirtualLine(device), plan).run(probe for probe in plan.probes if probe.name == "udp-server")
    assert device.module.link.is_station


def test_what_the_user_has_set_is_no_text_of_the_firmware() -> None:
    device = virtual_device(load_firmware("1.0.5.2"))
    device.send(b"AT+SFORM=110001110,7B,3B,7D,00,0A\rAT+MCUSTOM=SHINHEUNG\r")
    device.run(1_000_000)
    session = Session(VirtualLine(device), load_plan())
    learned = learn(session, "read", "none", times=0)
    assert [probe.name for probe in session.left_out] == ["receive-form", "customer-code"]
    assert learned.unknown_texts == []
    assert learned.nearest.percent == 100
