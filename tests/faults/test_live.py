"""One fault that is set: its chance, its hits."""

from __future__ import annotations

from random import Random

import pytest

from wizfi_emu.faults.live import Live, of_kind
from wizfi_emu.faults.model import BaseFault, DnsFail, SerialLoss, TcpRefuse, UdpLoss


def live(fault: BaseFault, seed: int = 1) -> Live:
    return Live("it", fault, seed, Random)


@pytest.mark.parametrize(("probability", "hits"), [(1, 100), (0, 0)])
def test_certain_and_impossible(probability: float, hits: int) -> None:
    one = live(TcpRefuse(probability=probability))
    assert [one.applies() for _ in range(100)].count(True) == hits
    assert (one.state, one.hits) == ("waiting", hits)


def test_a_chance_is_that_of_the_seed() -> None:
    def applied(seed: int) -> list[bool]:
        one = live(TcpRefuse(probability=0.5), seed)
        return [one.applies() for _ in range(64)]

    assert applied(1) == applied(1)
    assert applied(1) != applied(2)
    assert 10 < applied(1).count(True) < 54


def test_what_is_certain_leaves_the_chance_alone() -> None:
    one, other = live(TcpRefuse()), live(TcpRefuse())
    one.applies()
    assert one.random.random() == other.random.random()


def test_each_part_has_a_chance_of_its_own() -> None:
    one, other = live(SerialLoss()), live(SerialLoss())
    assert one.chance("to-host") is one.chance("to-host")
    one.chance("to-module").random()
    assert one.chance("to-host").random() == other.chance("to-host").random()
    assert one.chance("to-host").random() != one.chance("to-module").random()


def test_jitter() -> None:
    one = live(TcpRefuse())
    assert one.jitter_us(0) == 0
    drawn = {one.jitter_us(2) for _ in range(1000)}
    assert max(drawn) > 1900
    assert min(drawn) < 100
    assert drawn <= set(range(2001))


def test_faults_of_a_kind_in_their_order() -> None:
    faults = [live(UdpLoss()), live(DnsFail(how="unknown")), live(DnsFail())]
    assert list(of_kind(faults, DnsFail)) == [(one, one.fault) for one in faults[1:]]
