"""Writing a recording: whole pieces, and nothing that the module could notice."""

from __future__ import annotations

import logging
import os
import resource
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.desk import Desk, S
from tests.recording.sessions import Tape, record, talk_to_peers, use_data_mode
from wizfi_emu.errors import UserError
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.recording.files import read_recording, write_file
from wizfi_emu.recording.format import Batch, encode_header
from wizfi_emu.recording.recorder import HEADER_BYTES_MAX, Recorder, RedactingRecorder, open_recorder
from wizfi_emu.recording.replay import replay


def test_everything_is_recorded_as_it_was_with_the_secrets_in_it() -> None:
    seen: list[tuple[int, object]] = []
    tape = Tape(redacted=False)
    desk = Desk("guide", echo=True, observers=[tape.recorder, lambda item, time_us: seen.append((time_us, item))])
    desk.ok("AT+WSEC=0,WPA2,topSecret!")
    talk_to_peers(desk)
    recording = tape.end()
    assert list(recording.items()) == seen
    assert replay(recording).difference is None


@pytest.mark.parametrize("session", [talk_to_peers, use_data_mode])
def test_without_secrets_it_is_the_same_but_for_the_header(session: Callable[[Desk], None]) -> None:
    plain, redacted = record(session, redacted=False), record(session)
    assert plain.batches == redacted.batches


def test_an_event_is_written_before_the_machine_gets_it() -> None:
    """What brings the machine down would otherwise be missing."""
    tape = Tape(redacted=False)
    tape.recorder(ev.UartReceived(b"AT"), 5)
    assert tape.data.endswith(b'[5,"UartReceived",{"data":"QVQ="}]\n')


def test_what_belongs_together_is_one_piece() -> None:
    """An event and its effects, with the twin's machine ..."""
    tape = Tape()
    Desk("guide", observers=[tape.recorder])
    first, *pieces = tape.written
    assert first == encode_header(tape.header)
    assert len(pieces) == len(tape.end().batches)
    assert all(piece.endswith(b"\n") for piece in pieces)


def test_the_module_does_what_the_twin_does_not(caplog: pytest.LogCaptureFixture) -> None:
    tape = Tape()
    tape.recorder(ev.PoweredOn(b""), 0)
    for _ in range(2):
        tape.recorder(fx.UartSend(b"surprise"), 0)
        tape.recorder(ev.TimeReached(), 0)
    assert isinstance(tape.recorder, RedactingRecorder)
    assert tape.recorder.diverged
    assert [record.levelname for record in caplog.records] == ["WARNING"]  # once
    assert "--record-secrets" in caplog.text


def test_a_twin_that_sees_another_length_has_departed() -> None:
    tape = Tape()
    desk = Desk("guide", observers=[tape.recorder])
    desk.ok("AT+WSEC=0,WPA2,topSecret!")
    tape.recorder(ev.UartReceived(b"AT"), desk.now_us)
    tape.recorder(fx.UartSend(b"A"), desk.now_us)
    tape.recorder.close()
    assert isinstance(tape.recorder, RedactingRecorder)
    assert tape.recorder.diverged


def test_an_effect_without_an_event_does_no_harm() -> None:
    tape = Tape()
    tape.recorder(fx.UartSend(b"surprise"), 0)
    assert tape.end().batches == ()


def test_half_a_key_and_a_peer_that_sends_do_not_make_the_recording_wait_for_ever(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tape = Tape()
    desk = Desk("guide", joined=True, observers=[tape.recorder])
    desk.tcp_client()
    desk.send(b"AT+WSEC=0,WPA2,topSec")
    written = len(tape.data)
    for _ in range(1000):
        desk.hear(bytes(1460))
    assert len(tape.data) > written + 500 * 1460
    assert "does not end" in caplog.text
    desk.send(b"ret!\r")
    assert b"topSec" not in tape.data
    assert replay(tape.end()).difference is None


def test_data_mode_is_written_at_once() -> None:
    tape = Tape()
    desk = Desk("guide", joined=True, observers=[tape.recorder])
    desk.tcp_client(data_mode=True)
    desk.send(b"AT+WSEC=0,WPA2,topSec")
    written = len(tape.data)
    desk.hear(b"data")
    assert len(tape.data) > written
    desk.run(S)
    assert desk.got() == b"AT+WSEC=0,WPA2,topSec"
    recording = tape.end()
    assert b"topSec" not in tape.data
    assert replay(recording).difference is None


# --- files ------------------------------------------------------------------------------------------------------------


def test_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    path.write_text("what was there before, and longer than what is written now\n" * 1000)
    path.chmod(0o600)
    tape = Tape()
    with open_recorder(path, tape.header, overwrite=True) as recorder:
        recorder(ev.PoweredOn(b""), 0)
    recording = read_recording(path)
    assert recording.header == tape.header
    assert [type(batch.event) for batch in recording.batches] == [ev.PoweredOn]
    path.unlink()
    with open_recorder(path, tape.header):
        pass
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_recording_that_is_being_written_is_refused(tmp_path: Path, overwrite: bool) -> None:
    path = tmp_path / "session.jsonl"
    with open_recorder(path, Tape().header) as recorder:
        recorder(ev.PoweredOn(b""), 0)
        content = path.read_bytes()
        with pytest.raises(UserError) as refusal, open_recorder(path, Tape().header, overwrite=overwrite):
            pass
        assert str(refusal.value) == (
            f"--record {path}: the program with the process id {os.getpid()} is recording into it"
        )
        with pytest.raises(UserError, match="is recording into it"):
            write_file(path, b"a report")
        assert path.read_bytes() == content


@pytest.mark.parametrize("content", [None, b"notes\n", b"x" * 2 * HEADER_BYTES_MAX])
def test_what_is_there_is_overwritten_only_by_force(tmp_path: Path, content: bytes | None) -> None:
    """None: a recording that is finished."""
    path = tmp_path / "session.jsonl"
    if content is None:
        with open_recorder(path, Tape().header) as recorder:
            recorder(ev.PoweredOn(b""), 0)
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    with pytest.raises(UserError) as refusal, open_recorder(path, Tape().header):
        pass
    assert str(refusal.value) == f"--record {path}: the file is not empty; --force overwrites it"
    assert path.read_bytes() == before
    with open_recorder(path, Tape().header, overwrite=True):
        pass
    assert read_recording(path).batches == ()


def test_a_start_that_failed_is_no_recording(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    path.touch(mode=0o644)
    for _ in range(3):
        with open_recorder(path, Tape().header) as recorder:
            pass
    with open_recorder(path, Tape().header) as recorder:
        recorder(ev.PoweredOn(b""), 0)
    assert len(read_recording(path).batches) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    path, other = tmp_path / "session.jsonl", tmp_path / "other"
    path.symlink_to(other)
    with pytest.raises(UserError) as refusal, open_recorder(path, Tape().header, overwrite=True):
        pass
    assert str(refusal.value) == f"--record {path}: a symbolic link, which is not followed"
    assert not other.exists()


def test_what_is_held_back_is_written_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    with open_recorder(path, Tape().header) as recorder:
        recorder(ev.PoweredOn(b""), 0)
        recorder(ev.UartReceived(b"AT+WSEC=0,WPA2,topSec"), 1)
        assert len(read_recording(path).batches) == 1
    assert read_recording(path).batches[1] == Batch(1, ev.UartReceived(b"AT+WSEC=0,WPA2,1xxxxx"), ())


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, reason in (
        (tmp_path, "Is a directory"),
        (tmp_path / "no" / "file", "No such file or directory"),
        (tmp_path / "pipe", "No such device or address"),
        (Path("/dev/zero"), "not a regular file"),
    ):
        with pytest.raises(UserError) as found, open_recorder(path, Tape().header):
            pass
        assert str(found.value) == f"--record {path}: {reason}"


def test_nowhere_is_a_place() -> None:
    with open_recorder(Path(os.devnull), Tape().header) as recorder:
        recorder(ev.PoweredOn(b""), 0)


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Files can be no longer than this: what a full disk looks like."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_ends_the_recording_and_nothing_else(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "session.jsonl"
    with file_size_limit(20_000), caplog.at_level(logging.WARNING), open_recorder(path, Tape().header) as recorder:
        assert isinstance(recorder, RedactingRecorder)
        desk = Desk("guide", observers=[recorder])
        for _ in range(200):
            desk.at("AT+WNET=?")
    assert [record.getMessage() for record in caplog.records] == [
        f"--record {path}: File too large; the recording ends here"
    ]
    recording = read_recording(path)
    assert 10 < len(recording.batches) < 200
    assert replay(recording).difference is None


def test_the_plain_recorder_holds_nothing_back(tmp_path: Path) -> None:
    written: list[bytes] = []
    recorder = Recorder(written.append, Tape(redacted=False).header)
    recorder(ev.UartReceived(b"AT+WSEC=0,WPA2,topSec"), 1)
    recorder.close()
    assert b"topSec" not in written[1]  # Base64
    assert len(written) == 2
