"""Commands with the time that their results took."""

from __future__ import annotations

from tests.recording.sessions import record, talk_to_peers
from wizfi_emu.recording.answers import answered_commands
from wizfi_emu.recording.online import on_the_line


def test_a_refusal_is_a_result() -> None:
    [answer] = answered_commands(on_the_line(record(lambda desk: desk.at("AT+NOSUCH"))))
    assert (answer.line, answer.text) == (b"AT+NOSUCH", b"[ERROR: INVALID INPUT]")


def test_each_command_has_its_result() -> None:
    found = answered_commands(on_the_line(record(talk_to_peers)))
    joined = next(answer for answer in found if answer.line == b"AT+WJOIN")
    assert joined.text == b"[OK]"
    assert joined.time_us - joined.since_us == 1000
    sent = next(answer for answer in found if answer.line == b"AT+SSEND=0,,,5")
    assert sent.time_us - sent.since_us > 100_000
    assert sent.took_us == 0, "what the host takes for its data does not count"
    assert [answer.since_us for answer in found] == sorted(answer.since_us for answer in found)
