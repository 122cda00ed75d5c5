from __future__ import annotations

import pytest

from wizfi_emu.air.answers import Answers
from wizfi_emu.air.chance import Chance
from wizfi_emu.air.world import Name, PingReply, World
from wizfi_emu.module.events import PingResult

NAMES: dict[str, str | Name] = {
    "plain.example": "10.0.0.1",
    "silent.example": "timeout",
    "slow.example": Name("10.0.0.2", delay_ms=300),
    "gone.example": Name(delay_ms=5),
    "Dead.example": Name("timeout", delay_ms=300),
}


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("plain.example", (0, "10.0.0.1")),
        ("silent.example", (0, None)),
        ("slow.example", (300_000, "10.0.0.2")),
        ("gone.example", (5_000, "")),
        ("dead.example", (0, None)),
        ("other.example", (0, "")),
    ],
)
def test_names(name: str, answer: tuple[int, str | None]) -> None:
    assert Answers(World(names=NAMES), Chance(0)).resolve(name) == answer


def test_a_star_stands_for_all_others() -> None:
    answers = Answers(World(names={"plain.example": "10.0.0.1", "*": Name("10.9.9.9", delay_ms=2)}), Chance(0))
    assert answers.resolve("plain.example") == (0, "10.0.0.1")
    assert answers.resolve("other.example") == (2_000, "10.9.9.9")


def test_some_questions_get_no_answer() -> None:
    answers = Answers(World(names={"a": Name("10.0.0.1", loss_percent=30)}), Chance(1))
    found = [answers.resolve("a", number)[1] for number in range(200)]
    assert 30 < found.count(None) < 90
    assert found == [answers.resolve("a", number)[1] for number in range(200)]


def test_pings_take_their_time_and_get_lost() -> None:
    reply = PingReply(delay_ms=20, jitter_ms=10, loss_percent=25)
    answers = Answers(World(pings={"10.0.0.1": reply}), Chance(1))
    found = [answers.ping("10.0.0.1", number) for number in range(200)]
    lost = found.count((0, PingResult.TIMEOUT))
    delays = {one[0] for one in found if one is not None and one[1] is PingResult.REPLY}
    assert 25 < lost < 80
    assert delays == {one * 1000 for one in range(20, 31)}


def test_what_is_changed_counts_from_now_on() -> None:
    answers = Answers(World(names={"a": "10.0.0.1"}, pings={"10.0.0.0/8": 5}), Chance(0))
    answers.names["a"] = "timeout"
    answers.pings["10.0.0.1"] = "error"
    assert answers.resolve("a") == (0, None)
    assert answers.ping("10.0.0.1") == (0, PingResult.ERROR)
    assert answers.ping("10.0.0.2") == (5_000, PingResult.REPLY)
    assert answers.ping("11.0.0.1") is None
