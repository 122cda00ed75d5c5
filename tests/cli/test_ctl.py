"""``wizfi-emu ctl`` as people and scripts call it, on a running program."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Timer

import pytest

from tests.wire.controlled import Controlled, controlled, run_ctl
from tests.wire.emulator import PATIENCE_S

# A program is started, and others for each command.
pytestmark = pytest.mark.slow


@pytest.fixture
def module(tmp_path: Path) -> Iterator[Controlled]:
    with controlled(tmp_path, "--link", tmp_path / "wizfi") as found:
        yield found


def mistake(*words: object) -> str:
    """What a command says that fails."""
    result = run_ctl(*words)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("wizfi-emu: ")
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("wizfi-emu: ").rstrip("\n")


def test_the_state_and_parts_of_it(module: Controlled, tmp_path: Path) -> None:
    state = json.loads(module.ctl("state"))
    assert state["serial"]["link"] == str(tmp_path / "wizfi")
    assert state["mode"] == module.state("mode") == "command"
    assert module.state("power") == "true"
    assert module.state("wifi.address") == ""
    assert module.state("wifi.rssi_dbm") == ""
    assert json.loads(module.state("leds")) == {"led1": False, "led2": False}
    assert json.loads(module.state("profile.gpios.0")) == {"mode": 1, "config": 3, "value": 0}
    assert mistake("state", "wifi.colour").startswith("wifi.colour: there is no 'colour'; expected state, ssid, mac")
    assert mistake("state", "sockets.0").startswith("sockets.0: there is no '0'; expected a number below the length")


def test_secrets_only_on_request(module: Controlled) -> None:
    assert module.state("profile.station_security.key") == "***"
    assert module.ctl("state", "--secrets", "profile.station_security.key") == "12345678\n"


def test_a_module_is_found_by_its_link_its_device_or_its_address(module: Controlled, tmp_path: Path) -> None:
    heading, line = module.ctl("list").splitlines()
    assert heading.split() == ["PROCESS", "LINK", "OR", "DEVICE", "ADDRESS"]
    pid, name, address = line.split()
    [entry] = json.loads(module.ctl("list", "--json"))
    assert (entry["pid"], entry["link"], entry["url"]) == (int(pid), name, address)
    assert (int(pid), name) == (module.emulator.process.pid, str(tmp_path / "wizfi"))
    assert address.startswith("http://127.0.0.1:")
    assert address in module.emulator.log
    for options in (["--link", name], ["--link", os.readlink(name)], ["--control", address], [f"--control={address}"]):
        assert module.ctl(*options, "state", "mode") == "command\n"
        assert module.ctl("state", "mode", *options) == "command\n"
    assert mistake("state", "--link", "/nowhere") == "no module with the link /nowhere runs with --control"


def test_with_several_modules_one_has_to_choose(module: Controlled, tmp_path: Path) -> None:
    with controlled(tmp_path, "--control", "127.0.0.1:0") as other:
        names = f"{tmp_path / 'wizfi'}, {other.emulator.device}"
        said = mistake("press")
        assert said.startswith("several modules run, choose one with --link or --control: ")
        assert set(said.rpartition(": ")[2].split(", ")) == set(names.split(", "))
        assert other.ctl("--link", other.emulator.device, "state", "serial.link") == "\n"
        url = next(line.split()[2] for line in other.ctl("list").splitlines() if line.split()[2] in other.emulator.log)
        assert other.ctl("--control", url, "state", "serial.device") == f"{other.emulator.device}\n"
        address = url.removeprefix("http://").partition("/")[0]
        assert other.ctl("--control", address, "state", "mode") == "command\n"
    assert module.state("mode") == "command", "the only one again"


def test_a_health_check_asks_every_module(module: Controlled, tmp_path: Path) -> None:
    with controlled(tmp_path, "--control", f"unix:{tmp_path / 'other'}") as other:
        assert other.ctl("ready") == ""
    assert module.ctl("ready") == ""


def test_without_a_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert mistake("state") == "no module runs with --control; start one with: wizfi-emu run --control auto"
    assert run_ctl("list").stdout == ""
    assert mistake("ready") == "no module runs with --control"


def test_send(module: Controlled) -> None:
    module.ctl("send", "AT+MECHO=0")
    module.terminal.expect(b"AT+MECHO=0\r\n[OK]\r\n")
    module.ctl("send", "--no-cr", "A")
    module.ctl("send", "--hex", "54 0d")
    module.terminal.expect(b"[OK]\r\n")
    assert "hexadecimal" in mistake("send", "--hex", "5")


def test_reset(module: Controlled) -> None:
    module.ctl("reset")
    module.terminal.expect(b"WizFi250 Version 1.0.3.6 (WIZnet Co.Ltd)\r\n")
    module.ctl("reset", "--watchdog")
    module.terminal.expect(b"\r\n[Reset Event]\r\nWizFi250 Version 1.0.3.6 (WIZnet Co.Ltd)\r\n")


def test_reset_held_low_and_let_go(module: Controlled) -> None:
    module.ctl("reset", "low")
    assert module.state("mode") == "reset"
    assert mistake("send", "AT") == mistake("reset") == "the module is held in reset"
    module.ctl("power-cycle")
    assert module.state("mode") == "reset", "with its power off and on too"
    module.ctl("reset", "free")
    module.terminal.expect(b"WizFi250 Version 1.0.3.6 (WIZnet Co.Ltd)\r\n")
    assert module.state("mode") == "command"
    assert "does not hold the pin" in run_ctl("reset", "low", "--watchdog").stderr


def test_send_and_wait_for_the_answer(module: Controlled) -> None:
    assert module.ctl("send", "--wait", "AT+MECHO=0") == "AT+MECHO=0\n[OK]\n"
    assert json.loads(module.ctl("send", "--wait", "--json", "AT")) == {"answer": "[OK]\r\n", "ok": True}
    refused = run_ctl("send", "--wait", "AT+SCON=O,TCN")
    assert (refused.returncode, refused.stderr) == (1, "")
    assert refused.stdout.startswith("[ERROR")
    assert mistake("send", "--wait", "--within", 0.2, "--no-cr", "AT") == "the module has not answered within 0.2 s"
    assert "--json is for --wait" in run_ctl("send", "--json", "AT").stderr


def test_power(tmp_path: Path) -> None:
    with controlled(tmp_path, "--time-scale", 4) as module:  # the boot menu takes four seconds to come
        module.ctl("power", "off")
        assert mistake("power", "off") == "the module has no power"
        assert mistake("press", 3) == "the module has no power"
        module.ctl("power-cycle", "--boot-pin", "low", "--hold", "on")
        assert module.state("pins.boot.driven") == "0"
        assert mistake("power", "on") == "the module has power already"
        module.terminal.read_until(b"*) Exit\r\n\r\n")
        module.ctl("pin", "boot", "free")
        module.ctl("reset")
        module.terminal.read_until(b"WizFi250 Version 1.0.3.6 (WIZnet Co.Ltd)\r\n")


class Watching:
    """A running ``ctl watch``."""

    def __init__(self, *options: str) -> None:
        command = [sys.executable, "-m", "wizfi_emu", "ctl", "watch", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1)
        self.limit = Timer(PATIENCE_S, self.process.kill)  # reading a line has none of its own
        self.limit.start()

    def line(self, wanted: str) -> str:
        """The first line with this in it."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if wanted in line:
                return line.rstrip("\n")
        raise AssertionError(f"no {wanted!r}")

    def expect_bytes(self, **wanted: str) -> None:
        """Read until this has passed, from the host and from the module; in how many pieces is the line's business."""
        assert self.process.stdout is not None
        passed = dict.fromkeys(wanted, "")
        for line in self.process.stdout:
            words = line.rstrip("\n").split(maxsplit=2)
            way = {">": "from_host", "<": "to_host"}.get(words[1])
            if way is not None:
                passed[way] += words[2]
            if passed == wanted:
                return
        raise AssertionError(f"{passed!r} instead of {wanted!r}")

    def end(self) -> int:
        """Interrupt it; its exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE_S)


@contextmanager
def watch(*options: str) -> Iterator[Watching]:
    watching = Watching(*options)
    with watching.process:
        try:
            yield watching
        finally:
            watching.limit.cancel()
            watching.process.kill()


def test_watch(module: Controlled) -> None:
    with watch() as watching:
        watching.expect_bytes(to_host=r"WizFi250 Version 1.0.3.6 (WIZnet Co.Ltd)\r\n")
        module.terminal.exchange(b"AT\r", b"AT\r\n[OK]\r\n")
        watching.expect_bytes(from_host=r"AT\r", to_host=r"AT\r\n[OK]\r\n")
        module.ctl("pin", "gpio5", 1)
        assert watching.line("PinDriven").endswith("  ! PinDriven pin='gpio5' level=True")
        module.ctl("reset")
        assert watching.line("Reset ").endswith("  * Reset cause='reset'")
        assert watching.end() == 130


def test_watch_as_json_only_what_is_asked_for(module: Controlled) -> None:
    with watch("--json", "--only", "event,state") as watching:
        assert json.loads(watching.line('"state"'))["mode"] == "command"
        module.ctl("power", "off")
        assert json.loads(watching.line("PoweredOff")) == {
            "kind": "event",
            "time_us": pytest.approx(0, abs=1e9),
            "name": "PoweredOff",
            "fields": {},
        }
        assert json.loads(watching.line('"state"'))["mode"] == "off"
        assert watching.end() == 130
        assert "kinds: expected some of serial" in mistake("watch", "--only", "all")


def test_watch_ends_with_the_module(tmp_path: Path) -> None:
    with ExitStack() as stack:
        with controlled(tmp_path):
            watching = stack.enter_context(watch("--only", "state"))
            watching.line("state")
        out, err = watching.process.communicate(timeout=PATIENCE_S)
        assert (watching.process.returncode, err) == (0, ""), out


def test_a_reader_of_watch_that_goes_away_ends_it(module: Controlled) -> None:
    with watch("--only", "serial") as watching:
        watching.line("  < ")
        assert watching.process.stdout is not None
        watching.process.stdout.close()
        for _ in range(2):  # the first line after it still goes into the pipe's end
            module.terminal.exchange(b"AT\r", b"AT\r\n[OK]\r\n")
        assert watching.process.wait(PATIENCE_S) == 1


@contextmanager
def run_under_control() -> Iterator[subprocess.Popen[str]]:
    """A module of its own process, which is gone afterwards whatever happens."""
    command = [sys.executable, "-m", "wizfi_emu", "run", "--flash", ":memory:", "--control", "auto"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_running_module_lists_itself_before_its_first_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script may call ctl as soon as it has read the device."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with run_under_control() as process:
        assert process.stdout is not None
        assert select.select([process.stdout], [], [], PATIENCE_S)[0]
        device = process.stdout.readline()
        assert run_ctl("state", "serial.device").stdout == device


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGKILL])
def test_what_is_left_of_a_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signal_number: int) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with run_under_control() as process:
        assert process.stdout is not None
        process.stdout.readline()
        _heading, _module = run_ctl("list").stdout.splitlines()
        process.send_signal(signal_number)
        process.wait(PATIENCE_S)
    assert run_ctl("list").stdout == ""
    if signal_number == signal.SIGTERM:
        assert list((tmp_path / "wizfi-emu").iterdir()) == []


def test_a_mistake_in_the_address_is_one_line_of_run(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "wizfi_emu", "run", "--flash", ":memory:", "--control"]
    for address, message in (("nonsense", "expected unix:PATH"), (f"unix:{tmp_path}", "not a socket")):
        result = subprocess.run([*command, address], capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        assert (result.returncode, result.stdout) == (2, "")
        assert result.stderr.startswith("wizfi-emu: --control ")
        assert message in result.stderr
        assert result.stderr.count("\n") == 1


def test_a_module_without_control_imports_nothing_of_it() -> None:
    """And ctl nothing of the module: both have to start fast."""
    heavy = {"starlette", "hypercorn", "http", "anyio", "h11"}
    probe = "import sys; sys.argv = ['x', {0}]; {1}; print(*sorted({{n.split('.')[0] for n in sys.modules}} & {2!r}))"
    run = "import wizfi_emu.cli.run, wizfi_emu.device.start, wizfi_emu.serial.pty"
    result = subprocess.run(
        [sys.executable, "-c", probe.format("''", run, heavy)], capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == []
    heavy = {"starlette", "hypercorn", "trio", "cryptography", "yaml", "serial"}
    ctl = "import wizfi_emu.cli.ctl, wizfi_emu.control.client"
    result = subprocess.run(
        [sys.executable, "-c", probe.format("''", ctl, heavy)], capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == []
