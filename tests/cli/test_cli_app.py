"""Arguments, help pages, and mistakes as one line with exit status 2."""

from __future__ import annotations

import subprocess
import sys

import pytest

import wizfi_emu
from wizfi_emu.cli.app import COMMANDS, _only_user_error, app, main
from wizfi_emu.errors import UserError

PAGES = [
    ["with"],
    [],
    ["run"],
    ["ctl"],
    ["ctl", "list"],
    ["ctl", "state"],
    ["ctl", "press"],
    ["ctl", "pin"],
    ["ctl", "adc"],
    ["ctl", "reset"],
    ["ctl", "power"],
    ["ctl", "power-cycle"],
    ["ctl", "send"],
    ["ctl", "watch"],
    ["firmware"],
    ["firmware", "list"],
    ["firmware", "show"],
    ["firmware", "diff"],
    ["world"],
    ["world", "list"],
    ["world", "show"],
    ["world", "check"],
    ["world", "schema"],
    ["timing"],
    ["timing", "list"],
    ["timing", "show"],
    ["timing", "check"],
    ["timing", "schema"],
    ["flash"],
    ["flash", "show"],
    ["flash", "erase"],
    ["flash", "export"],
    ["flash", "import"],
    ["image"],
    ["image", "make"],
    ["image", "show"],
    ["replay"],
    ["record"],
    ["record", "import"],
    ["record", "tap"],
    ["record", "export"],
    ["report"],
    ["calibrate"],
    ["compare"],
]


def call(*args: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(args)
    assert isinstance(end.value.code, int)
    return end.value.code


@pytest.mark.parametrize("page", [pytest.param(page, id=" ".join(page) or "wizfi-emu") for page in PAGES])
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_a_help_page_fits_one_screen_and_has_an_example(
    capsys: pytest.CaptureFixture[str], page: list[str], option: str
) -> None:
    assert call(*page, option) == 0
    text = capsys.readouterr().out
    assert "Example" in text
    assert f"wizfi-emu {page[0] if page else 'run'}" in text.partition("Example")[2]
    assert text.count("\n") <= 40
    assert max(map(len, text.splitlines())) <= 100
    assert "..." not in text.partition("Commands:")[2], "a short help is cut off"


def test_the_help_page_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    call("--help")
    listed = [
        line.split()[0] for line in capsys.readouterr().out.partition("Commands:\n")[2].split("\n\n")[0].split("\n")
    ]
    assert tuple(listed) == COMMANDS


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--version") == 0
    assert capsys.readouterr().out == f"wizfi-emu {wizfi_emu.__version__}\n"


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (["nothing"], "wizfi-emu: No such command 'nothing' (see wizfi-emu --help)"),
        (["firmware"], "wizfi-emu: Missing command (see wizfi-emu firmware --help)"),
        (["ctl"], "wizfi-emu: Missing command (see wizfi-emu ctl --help)"),
        (["ctl", "press", "0"], "wizfi-emu: Invalid value for '[COUNT]': 0 is not in the range 1<=x<=20"),
        (["ctl", "pin", "gpio2", "1"], "wizfi-emu: Invalid value for 'PIN': 'gpio2' is not one of 'boot', 'function'"),
        (["ctl", "pin", "gpio5", "2"], "wizfi-emu: Invalid value for '0|1|free': '2' is not one of '0', '1', 'free'"),
        (["ctl", "adc", "4096"], "wizfi-emu: Invalid value for 'VALUE': 4096 is not in the range 0<=x<=4095"),
        (
            ["ctl", "power", "off", "--boot-pin", "low"],
            "wizfi-emu: pins are held when the power comes on (see wizfi-emu",
        ),
        (["ctl", "power", "on", "--hold", "x"], "wizfi-emu: Invalid value for '--hold': 'x' is not a number of milli"),
        (
            ["ctl", "state", "--control"],
            "wizfi-emu: Option '--control' requires an argument (see wizfi-emu ctl --help)",
        ),
        (["ctl", "state", "--control", "x"], "wizfi-emu: --control x: expected unix:PATH, HOST:PORT or the URL of the"),
        (["firmware", "no"], "wizfi-emu: No such command 'no' (see wizfi-emu firmware --help)"),
        (["firmware", "show"], "wizfi-emu: Missing argument 'NAME|FILE' (see wizfi-emu firmware show --help)"),
        (["firmware", "show", "no"], "wizfi-emu: unknown firmware 'no', known are guide and the versions "),
        (["world", "show", "no"], "wizfi-emu: worlds: 'no' not found; expected demo"),
        (["timing", "show", "no"], "wizfi-emu: timing: 'no' not found; expected fast, realtime, wire"),
        (["world", "check", "/no.yaml"], "wizfi-emu: /no.yaml: cannot be read: No such file or directory"),
        (["flash", "show", "/no.bin"], "wizfi-emu: there is no flash file /no.bin"),
        (["replay", "/no.jsonl"], "wizfi-emu: /no.jsonl: cannot be read: No such file or directory"),
        (
            ["replay", "/no.jsonl", "--link", "x"],
            "wizfi-emu: --link, --serial, --spi, --boot, --timing, --record and --control need --serve",
        ),
        (["replay", "/no.jsonl", "--serve", "--bytes-only"], "wizfi-emu: --bytes-only is for a replay without"),
        (["record", "export", "/no.jsonl"], "wizfi-emu: nothing to write; expected --pcapng, --vcd or --perfetto"),
        (["record", "import", "/no.log"], "wizfi-emu: /no.log: cannot be read: No such file or directory"),
        (["report", "/no.jsonl"], "wizfi-emu: Missing option '-o' / '--output'"),
        (["run", "--record-secrets"], "wizfi-emu: --record-secrets needs --record FILE"),
        (["image", "show", "/no.bin"], "wizfi-emu: cannot read /no.bin: No such file or directory"),
        (["run", "--no"], "wizfi-emu: No such option '--no'"),
        (["run", "extra"], "wizfi-emu: Got unexpected extra argument (extra) (see wizfi-emu run --help)"),
        (["--link"], "wizfi-emu: Option '--link' requires an argument"),
        (["--time-scale", "0"], "wizfi-emu: Invalid value for '--time-scale': 0.0 is not in the range x>0"),
        (["--time-scale", "fast"], "wizfi-emu: Invalid value for '--time-scale': 'fast' is not a valid float"),
        (
            ["--boot", "later"],
            "wizfi-emu: Invalid value for '--boot': 'later' is not one of 'now', 'on-open', 'every-open'",
        ),
        (["--mac", "1:2"], "wizfi-emu: Invalid value for '--mac': expected a MAC address such as 00:08:DC:AA:BB:01"),
        (["--count", "0"], "wizfi-emu: Invalid value for '--count': 0 is not in the range 1<=x<=4000"),
        (["--fleet", "/no.yaml"], "wizfi-emu: /no.yaml: cannot be read: No such file or directory"),
        (["--host-address", "::1"], "wizfi-emu: Invalid value for '--host-address': '::1' is not an IPv4 address"),
    ],
)
def test_a_mistake_is_one_line_and_exit_status_2(
    capsys: pytest.CaptureFixture[str], args: list[str], line: str
) -> None:
    assert call(*args) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(line)
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (UserError("two\nlines"), 2, "wizfi-emu: two?lines\n"),
        (ExceptionGroup("", [ExceptionGroup("", [UserError("deep")])]), 2, "wizfi-emu: deep\n"),
        (KeyboardInterrupt(), 0, ""),
        (BaseExceptionGroup("", [KeyboardInterrupt()]), 0, ""),
    ],
)
def test_errors_become_an_exit_status(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int, line: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(app, "main", fail)
    assert call("run") == status
    assert capsys.readouterr().err == line


def test_only_run_is_meant_to_be_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(app, "main", fail)
    assert call("scenario", "run") == 130
    assert call("--link", "x") == 0


def test_an_error_of_ours_is_not_hidden_behind_a_users_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    group = ExceptionGroup("", [UserError("theirs"), ValueError("ours")])
    with pytest.raises(ExceptionGroup) as found:
        _only_user_error(group)
    assert found.value is group


@pytest.mark.slow
def test_as_a_program() -> None:
    """Through the real entry points: exit status, streams, and a reader that goes away."""
    command = [sys.executable, "-m", "wizfi_emu"]
    result = subprocess.run([*command, "firmware", "nothing"], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "wizfi-emu: No such command 'nothing' (see wizfi-emu firmware --help)\n"

    with subprocess.Popen(
        [*command, "firmware", "show", "guide"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.close()
        assert program.stderr.read() == ""
        assert program.wait() == 1
