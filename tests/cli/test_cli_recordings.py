"""``wizfi-emu replay``, ``record`` and ``report``: what they print and write, and how they end."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.recording.sessions import record, talk_to_peers, use_data_mode
from wizfi_emu.cli.app import main
from wizfi_emu.recording.format import Recording, encode_header, encode_item


def call(*args: object) -> int:
    with pytest.raises(SystemExit) as end:
        main([str(arg) for arg in args])
    assert isinstance(end.value.code, int)
    return end.value.code


def write(path: Path, recording: Recording) -> Path:
    path.write_bytes(encode_header(recording.header) + b"".join(encode_item(*item) for item in recording.items()))
    return path


@pytest.fixture
def session(tmp_path: Path) -> Path:
    return write(tmp_path / "session.jsonl", record(use_data_mode))


@pytest.fixture
def changed(session: Path) -> Path:
    """A recording in which one answer is another one: FAIL instead of the first OK."""
    data = session.read_bytes()
    ok, fail = b"W09LXQ0K", b"W05PXQ0K"  # [OK], [NO]
    assert ok in data
    session.write_bytes(data.replace(ok, fail, 1))
    return session


def test_an_identical_replay(capsys: pytest.CaptureFixture[str], session: Path) -> None:
    assert call("replay", session) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{session}: identical: ")
    assert out.count("\n") == 1
    assert "bytes to the host (guide)" in out
    assert call("replay", session, "--bytes-only") == 0


def test_a_different_replay(capsys: pytest.CaptureFixture[str], changed: Path) -> None:
    assert call("replay", changed, "--context", 3) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{changed}: different at event ")
    assert '< UartSend data="[NO]\\r\\n"' in next(line for line in lines if line.startswith("-"))
    assert '< UartSend data="[OK]\\r\\n"' in next(line for line in lines if line.startswith("+"))
    assert len(lines) == 1 + 3 + 2 + 3
    assert call("replay", changed, "--bytes-only") == 1


def test_a_recording_that_was_cut_off(capsys: pytest.CaptureFixture[str], session: Path) -> None:
    session.write_bytes(session.read_bytes()[:-20])
    assert call("replay", session) == 0
    assert capsys.readouterr().out.endswith("; the last event was cut off\n")


def test_another_firmware(capsys: pytest.CaptureFixture[str], session: Path) -> None:
    assert call("replay", session, "--firmware", "guide") == 0
    assert "guide behaves as guide: the same " in capsys.readouterr().out
    assert call("replay", session, "--firmware", "1.0.5.2") == 1
    out = capsys.readouterr().out
    assert "1.0.5.2 differs from guide after " in out
    assert "\n- guide:\n" in out
    assert "\n+ 1.0.5.2:\n" in out
    assert call("replay", session, "--firmware", "no") == 2


def test_times_that_cannot_be_repeated_are_said(capsys: pytest.CaptureFixture[str], session: Path) -> None:
    """A session that ran in real time: the module did something later than the simulation does."""
    recording = record(use_data_mode)
    half = len(recording.batches) // 2
    late = Recording(recording.header, recording.batches[:half])
    write(session, late)
    assert call("replay", session, "--firmware", "guide") == 0
    capsys.readouterr()


@pytest.mark.parametrize("content", [b"", b"text\n", b'{"wizfi-emu recording": 9}\n'])
@pytest.mark.parametrize("command", [["replay"], ["report", "-o", "x"], ["record", "export", "--pcapng", "x"]])
def test_files_that_are_no_recordings(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes, command: list[str]
) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(content)
    assert call(*command, path) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"wizfi-emu: {path}: ")
    assert err.count("\n") == 1


def test_export_and_report_write_files(capsys: pytest.CaptureFixture[str], session: Path, tmp_path: Path) -> None:
    assert call("record", "export", session, "--pcapng", tmp_path / "x.pcapng") == 0
    assert (tmp_path / "x.pcapng").read_bytes().startswith(b"\x0a\x0d\x0d\x0a")
    assert call("report", session, "-o", tmp_path / "x.html") == 0
    assert "<title>Session session.jsonl</title>" in (tmp_path / "x.html").read_text()
    assert call("report", session, "-o", tmp_path / "no" / "x.html") == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"wizfi-emu: {tmp_path}/no/x.html: cannot be written: No such file or directory\n"


def test_import_of_a_log(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("hello\n\nAT\n[OK]\n")
    assert call("record", "import", log) == 0
    captured = capsys.readouterr()
    assert yaml.safe_load(captured.out) == {
        "scenario": 1,
        "steps": [{"send": "AT\r"}, {"expect": "AT\r\n"}, {"expect": "[OK]\r\n"}],
    }
    assert captured.out.startswith("# from a.log\n")
    assert captured.err.splitlines() == [
        f"{log}: left out, as neither a command nor an answer: line 1",
        f"{log}: assumed: the firmware is the default personality: the log shows no banner of a known version",
    ]
    assert call("record", "import", log, "--no-echo", "-o", tmp_path / "a.yaml") == 0
    assert len(yaml.safe_load((tmp_path / "a.yaml").read_text())["steps"]) == 2


def test_import_of_a_table(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text("time,x,data\n0,1,41540d\n")
    assert call("record", "import", table) == 0
    assert yaml.safe_load(capsys.readouterr().out)["steps"] == [{"send": "AT\r"}]
    other = tmp_path / "a.txt"
    other.write_text("time,channel,data\n0,p,41540d\n1,q,0d\n")
    assert call("record", "import", other, "--format", "csv") == 2
    assert "Name it with --host: 'p', 'q'" in capsys.readouterr().err
    assert call("record", "import", other, "--format", "csv", "--host", "p") == 0


def test_import_of_something_else(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("nothing to see here\n")
    assert call("record", "import", log) == 2
    assert capsys.readouterr().err == (
        f"wizfi-emu: {log}: there is no command in this log; expected lines that begin with AT\n"
    )


def test_sessions_with_peers_go_through_all_of_it(tmp_path: Path) -> None:
    path = write(tmp_path / "session.jsonl", record(talk_to_peers))
    assert call("replay", path) == 0
    assert call("replay", path, "--firmware", "guide") == 0


def test_an_imported_session_can_be_played(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The session of the README, as its reader would copy it."""
    readme = (Path(__file__).parent.parent.parent / "README.md").read_text()
    log = tmp_path / "readme.log"
    log.write_text(readme.partition("```console\n")[2].partition("\n")[2].partition("```")[0])
    scenario = tmp_path / "readme.yaml"
    assert call("record", "import", log, "-o", scenario) == 0
    assert call("scenario", "check", scenario) == 0
    assert call("scenario", "run", scenario, "--virtual") == 0, capsys.readouterr().out


def test_a_switch_of_another_firmware(capsys: pytest.CaptureFixture[str], session: Path) -> None:
    assert call("replay", session, "--switch", "connect_before_ok=true") == 1
    assert "guide connect_before_ok=true differs from guide after" in capsys.readouterr().out
    assert call("replay", session, "--firmware", "1.0.5.2", "--switch", "connect_before_ok=false") == 0
    assert call("replay", session, "--switch", "nothing=1") == 2


def test_all_differences(capsys: pytest.CaptureFixture[str], session: Path) -> None:
    assert call("replay", session, "--firmware", "1.0.5.2", "--all", "--context", 1) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("-") and line.endswith('module "[OK]\\r\\n"') for line in lines)
    assert any(line.startswith("+") and line.endswith('module "[OK]\\r\\n"') for line in lines)


@pytest.mark.slow
def test_the_first_version_that_behaves_otherwise(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    session = write(tmp_path / "s.jsonl", record(lambda desk: desk.at("AT+MEVTMSG=1"), firmware="1.0.5.2"))
    assert call("replay", session, "--firmware-bisect") == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{session}: 1.0.3.9 is the first to behave otherwise than 1.0.5.2, behind 1.0.4.0"
    assert "command_level" in lines[2]
    assert lines[3].startswith(f"{session}: 1.0.3.9 differs from 1.0.5.2 after ")
    same = write(tmp_path / "same.jsonl", record(lambda desk: desk.at("AT"), firmware="1.0.5.2"))
    assert call("replay", same, "--firmware-bisect") == 0
    assert capsys.readouterr().out == f"{same}: every version behaves as 1.0.5.2\n"


def test_the_switch_that_makes_the_difference(capsys: pytest.CaptureFixture[str], session: Path) -> None:
    assert call("replay", session, "--firmware", "1.0.5.2", "--firmware-bisect") == 1
    out = capsys.readouterr().out
    assert "\nD-12  connect_before_ok  false             true " in out
    assert "\nD-12: OK first with the guide" in out


@pytest.mark.parametrize(
    "options",
    [
        ("--all",),
        ("--bytes-only", "--switch", "x=1"),
        ("--serve", "--firmware-bisect"),
        ("--bytes-only", "--firmware-bisect"),
    ],
)
def test_options_that_do_not_go_together(session: Path, options: tuple[str, ...]) -> None:
    assert call("replay", session, *options) == 2
