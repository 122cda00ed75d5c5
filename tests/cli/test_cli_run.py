"""``wizfi-emu run``: options, the first line, signals, errors. The module here is a stand-in."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from types import ModuleType

import pytest
import trio

from wizfi_emu.cli.app import main
from wizfi_emu.cli.run import command, run_until_signal
from wizfi_emu.device.options import RunOptions
from wizfi_emu.errors import UserError


class StandIn:
    """A ``run_module`` that remembers its options and how it ended."""

    def __init__(self, *, started: bool = True, error: Exception | None = None) -> None:
        self.started = started
        self.error = error
        self.options: RunOptions | None = None
        self.running = False
        self.ended_in_order = False

    async def __call__(self, options: RunOptions, *, task_status: trio.TaskStatus[str]) -> None:
        self.options = options
        if self.started:
            task_status.started("/dev/pts/99")
        if self.error is not None:
            raise self.error
        self.running = True
        try:
            await trio.sleep_forever()
        finally:
            self.ended_in_order = True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_the_module_in_order(capsys: pytest.CaptureFixture[str], number: signal.Signals) -> None:
    module = StandIn()
    before = signal.getsignal(number)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(run_until_signal, module, RunOptions())
        await trio.testing.wait_all_tasks_blocked()
        assert module.running
        assert capsys.readouterr().out == "/dev/pts/99\n"
        os.kill(os.getpid(), number)
    assert module.ended_in_order
    assert signal.getsignal(number) is before
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("started", [True, False])
async def test_an_error_of_the_module_ends_the_program(started: bool) -> None:
    with pytest.raises(ExceptionGroup) as group:
        await run_until_signal(StandIn(started=started, error=UserError("busy")), RunOptions())
    assert group.group_contains(UserError, match="busy")


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """A module that fails at once, in the place of the real one, under the whole command line."""
    module = StandIn(error=UserError("that is all"))
    replacement = ModuleType("wizfi_emu.device.start")
    monkeypatch.setattr(replacement, "run_module", module, raising=False)
    monkeypatch.setitem(sys.modules, "wizfi_emu.device.start", replacement)
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    root.handlers.clear()
    yield module
    root.setLevel(level)
    root.handlers[:] = handlers


class Several:
    """A ``run_modules`` that remembers its options and fails."""

    def __init__(self) -> None:
        self.modules: list[RunOptions] = []

    async def __call__(self, modules: list[RunOptions], *, task_status: trio.TaskStatus[list[str]]) -> None:
        self.modules = modules
        task_status.started([str(one.link) for one in modules])
        raise UserError("that is all")


@pytest.fixture
def several(stand_in: StandIn) -> Several:
    """The same for several modules."""
    run_modules = Several()
    sys.modules["wizfi_emu.device.start"].__dict__["run_modules"] = run_modules
    return run_modules


def call(*args: str) -> None:
    with pytest.raises(SystemExit) as end:
        main(args)
    assert end.value.code == 2


def test_each_option_of_a_module_can_be_given() -> None:
    given = {param.name for param in command.params}
    assert {field.name for field in fields(RunOptions)} - given == {"name"}


# Synchronous tests: the command line starts an event loop of its own.
def test_without_options_everything_is_default(stand_in: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    call()
    assert stand_in.options == RunOptions()
    assert capsys.readouterr() == ("/dev/pts/99\n", "wizfi-emu: that is all\n")


def test_every_option_arrives(stand_in: StandIn) -> None:
    call(
        *("run", "--link", "/tmp/wizfi", "--serial", "tcp://127.0.0.1:0", "--firmware", "1.0.5.2"),
        *("--switch", "auto_interface=true", "--switch", "fsock_shown=3", "--world", "mine.yaml"),
        *("--flash", ":memory:", "--timing", "fast", "--time-scale", "2.5", "--boot", "on-open"),
        *("--host-address", "127.0.0.9", "--control", "127.0.0.1:0", "--listen-address", "127.0.0.3"),
        *("--allow", "192.0.2.0/24", "--allow", "broker"),
    )
    assert stand_in.options == RunOptions(
        link=Path("/tmp/wizfi"),
        serial="tcp://127.0.0.1:0",
        firmware="1.0.5.2",
        switches=("auto_interface=true", "fsock_shown=3"),
        world="mine.yaml",
        flash=":memory:",
        timing="fast",
        time_scale=2.5,
        boot="on-open",
        host_address="127.0.0.9",
        control="127.0.0.1:0",
        listen_address="127.0.0.3",
        allow=("192.0.2.0/24", "broker"),
    )


def test_the_environment_gives_options(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIZFI_EMU_HOST_ADDRESS", "peers")
    monkeypatch.setenv("WIZFI_EMU_ALLOW", "peers 192.0.2.0/24")
    monkeypatch.setenv("WIZFI_EMU_TIMING", "fast")
    call("--timing", "realtime")
    assert stand_in.options == RunOptions(host_address="peers", allow=("peers", "192.0.2.0/24"), timing="realtime")


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--host-address", "1.2.3", "'1.2.3' is not an IPv4 address"),
        ("--listen-address", "peers", "'peers' is not an IPv4 address"),
        ("--allow", "1.2.3.4/8", "expected an address, a network such as 192.168.12.0/24, or a host name"),
    ],
)
def test_what_is_no_place(
    stand_in: StandIn, capsys: pytest.CaptureFixture[str], option: str, value: str, message: str
) -> None:
    call(option, value)
    assert message in capsys.readouterr().err
    assert stand_in.options is None


def test_with_a_fleet_file_the_environment_gives_way(
    several: Several, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text("allow: [peers]\nmodules: [{name: first, host_address: peers, listen_address: 0.0.0.0}, {name: b}]")
    monkeypatch.setenv("WIZFI_EMU_SERIAL", "tcp://0.0.0.0:7000")
    with caplog.at_level(logging.INFO):
        call("--fleet", str(path))
    assert [(one.serial, one.host_address, one.listen_address, one.allow) for one in several.modules] == [
        ("pty", "peers", "0.0.0.0", ("peers",)),
        ("pty", "127.0.0.2", "", ("peers",)),
    ]
    assert "WIZFI_EMU_SERIAL is not used: the fleet file has this setting" in caplog.text


def test_count_runs_as_many_modules_and_prints_a_line_for_each(
    several: Several, capsys: pytest.CaptureFixture[str]
) -> None:
    call("--count", "2", "--flash", ":memory:", "--link", "/tmp/wizfi")
    assert [(one.link, one.host_address, one.mac) for one in several.modules] == [
        (Path("/tmp/wizfi.0"), "127.0.0.1", "00:08:DC:25:00:01"),
        (Path("/tmp/wizfi.1"), "127.0.0.2", "00:08:DC:25:00:02"),
    ]
    assert capsys.readouterr().out == "/tmp/wizfi.0\n/tmp/wizfi.1\n"


@pytest.mark.parametrize("option", ["--fleet", "--bench"])
def test_a_fleet_runs_the_modules_of_a_file(several: Several, tmp_path: Path, option: str) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text("modules: [{name: first, link: a}, {name: second, link: b}]")
    call(option, str(path), "-q")
    assert [one.name for one in several.modules] == ["first", "second"]


@pytest.mark.parametrize("option", ["--count", "--world", "--seed", "--timing", "--link"])
def test_with_a_fleet_file_its_options_are_in_the_file(
    several: Several, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    call("--fleet", "fleet.yaml", option, {"--timing": "fast"}.get(option, "1"))
    line = f"wizfi-emu: {option} cannot be combined with --fleet; it is set in the fleet file"
    assert capsys.readouterr().err.startswith(line)
    assert several.modules == []


@pytest.mark.parametrize(
    ("args", "level"),
    [
        ([], logging.INFO),
        (["-v"], logging.DEBUG),
        (["-vv"], logging.DEBUG),
        (["-q"], logging.WARNING),
        (["-qq"], logging.ERROR),
        (["-qqq"], logging.ERROR),
        (["-v", "-q"], logging.INFO),
    ],
)
def test_how_much_is_logged(stand_in: StandIn, args: list[str], level: int) -> None:
    call(*args)
    assert logging.getLogger().level == level
    refused = logging.getLogger("wizfi_emu.refused")
    assert refused.isEnabledFor(logging.DEBUG) == (args == ["-vv"]), "why lines are refused"
