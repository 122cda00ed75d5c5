"""Probes on a line: when an answer is over, searches, what is compared."""

from __future__ import annotations

from wizfi_emu.calibrate.plan import Bisect, Probe, Step
from wizfi_emu.calibrate.play import ANSWER_BYTES_MAX, Exchange, Played, ask, play, sent_by, take

MS = 1000


class Script:
    """A line whose other end answers each line from a table: pieces with their delays in milliseconds."""

    def __init__(self, answers: dict[bytes, list[tuple[int, bytes]]]) -> None:
        self.now_us = 0
        self.sent: list[bytes] = []
        self._answers = answers
        self._coming: list[tuple[int, bytes]] = []

    def send(self, data: bytes) -> None:
        self.sent.append(data)
        self._coming += [(self.now_us + delay * MS, piece) for delay, piece in self._answers.get(data, [])]

    def receive(self, until_us: int) -> bytes:
        if self._coming and self._coming[0][0] <= until_us:
            self.now_us, piece = self._coming.pop(0)
            return piece
        self.now_us = until_us
        return b""


class Limits:
    """A module that takes numbers from a least one on."""

    def __init__(self, least: int) -> None:
        self.now_us = 0
        self.asked: list[int] = []
        self._least = least
        self._answer = b""

    def send(self, data: bytes) -> None:
        number = int(data.removeprefix(b"AT+X="))
        self.asked.append(number)
        self._answer = b"[OK]\r\n" if number >= self._least else b"[ERROR: INVALID INPUT]\r\n"

    def receive(self, until_us: int) -> bytes:
        answer, self._answer = self._answer, b""
        self.now_us = self.now_us if answer else until_us
        return answer


def test_an_answer_ends_with_a_result_and_silence() -> None:
    line = Script({b"AT\r": [(1, b"AT\r\n[O"), (2, b"K]\r\n"), (12, b"\r\n[CONNECT 0]\r\n"), (900, b"late")]})
    got = ask(line, Step(line="AT"), b"AT\r")
    assert got == Exchange(b"AT\r", b"[OK]\r\n\r\n[CONNECT 0]\r\n", 0, 1 * MS, 2 * MS, 12 * MS)
    assert got.result == b"[OK]\r\n"
    assert line.now_us == 42 * MS


def test_an_answer_without_a_result_ends_at_the_limit() -> None:
    line = Script({b"AT\r": [(1, b"AT\r\n")]})
    got = ask(line, Step(line="AT", limit_ms=500), b"AT\r")
    assert (got.answer, got.result, got.result_us, line.now_us) == (b"", b"", 0, 500 * MS)


def test_a_wait_takes_all_of_its_time_and_an_until_ends_at_its_pattern() -> None:
    line = Script({b"AT\r": [(1, b"[OK]\r\n"), (300, b"Version 1\r\n"), (2000, b"more")]})
    take(line, Step(line="AT"))
    assert take(line, Step(until="Version")).answer == b"Version 1\r\n"
    assert take(line, Step(wait_ms=3000)).answer == b"more"


def test_an_answer_is_bounded() -> None:
    line = Script({b"AT\r": [(1, b"x" * ANSWER_BYTES_MAX), (2, b"y" * 100), (3, b"[OK]\r\n")]})
    assert len(ask(line, Step(line="AT"), b"AT\r").answer) == ANSWER_BYTES_MAX


def test_what_is_compared_is_without_what_is_the_modules_own() -> None:
    probe = Probe(name="mac", asks="", lines=("AT+MMAC=?",), mask=("[0-9A-F:]{17}",))
    key = b"-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\n"
    played = Played(probe, (Exchange(b"", b"00:08:DC:01:02:03\r\n", 0), Exchange(b"", key + b"[OK]\r\n", 0)))
    assert played.text == "\r\n[OK]\r\n"


def test_a_search_finds_the_least_number_that_is_accepted() -> None:
    probe = Probe(name="x", asks="", lines=("AT+X={}",), bisect=Bisect(0, 1000, "above"))
    for least in (0, 1, 57, 999, 1000):
        line = Limits(least)
        assert play(line, probe).text == f"limit {least}"
        assert len(line.asked) <= 12
    assert play(Limits(1001), probe).limit is None


def test_names_are_filled_in() -> None:
    line = Script({})
    take(line, Step(line="AT+FPING=1,{gateway}", limit_ms=1), {"gateway": "192.0.2.1"})
    take(line, Step(raw="\x1bab", times=2, limit_ms=1))
    assert line.sent == [b"AT+FPING=1,192.0.2.1\r", b"\x1bab\x1bab"]


def test_what_would_be_sent() -> None:
    steps = ("AT+X={}", Step(raw="+++\x1b"), Step(wait_ms=1500), Step(peer="send", data="hi"))
    probe = Probe(name="x", asks="", lines=steps, bisect=Bisect(0, 50, "above"))
    assert list(sent_by(probe)) == ["AT+X=<0..50>", "(bytes) +++\\x1b", "(nothing) 1.5 s", "(the peer) send hi"]
