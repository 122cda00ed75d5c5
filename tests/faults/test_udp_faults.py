"""Faults of UDP sockets, on the bench in virtual time."""

from __future__ import annotations

import pytest

from tests.desk import MS, OK, Desk, S
from wizfi_emu.faults.model import Direction, Latency, TcpBlackHole, UdpDuplicate, UdpLoss, UdpReorder


@pytest.fixture
def desk() -> Desk:
    desk = Desk(joined=True)
    desk.udp_client()
    return desk


def send(desk: Desk, *datagrams: bytes) -> None:
    for data in datagrams:
        desk.at(f"AT+SSEND=0,,,{len(data)}")
        assert desk.exchange(data, 0) == OK


def local_port(desk: Desk) -> int:
    return desk.module.slots.open_slots[0].local_port


def hear(desk: Desk, *datagrams: bytes) -> list[bytes]:
    """What the module prints of datagrams."""
    printed = b"".join(desk.datagram(local_port(desk), data) for data in datagrams)
    return [block.partition(b"}")[2] for block in printed.split(b"\r\n") if block]


def test_loss_both_ways(desk: Desk) -> None:
    faults = desk.faults()
    faults.add(UdpLoss())
    send(desk, b"one")
    assert desk.network.datagrams("peer") == []
    assert hear(desk, b"two") == []
    assert faults.show()[0].hits == 2


def test_some_are_lost(desk: Desk) -> None:
    desk.faults(1).add(UdpLoss(probability=0.5, direction="received"))
    heard = hear(desk, *(b"%02d" % number for number in range(60)))
    assert 15 < len(heard) < 45
    assert heard == sorted(heard)


def test_duplicates(desk: Desk) -> None:
    desk.faults().add(UdpDuplicate())
    send(desk, b"one")
    assert desk.network.datagrams("peer") == [b"one", b"one"]
    assert hear(desk, b"two") == [b"two", b"two"]


def test_one_behind_the_next(desk: Desk) -> None:
    desk.faults().add(UdpReorder())
    send(desk, b"one", b"two", b"three", b"four")
    assert desk.network.datagrams("peer") == [b"two", b"one", b"four", b"three"]
    assert hear(desk, b"1", b"2", b"3", b"4") == [b"2", b"1", b"4", b"3"]


def test_without_a_next_one_it_comes_later(desk: Desk) -> None:
    desk.faults().add(UdpReorder(hold_ms=200))
    send(desk, b"one")
    desk.run(199 * MS)
    assert desk.network.datagrams("peer") == []
    desk.run(1 * MS)
    assert desk.network.datagrams("peer") == [b"one"]


@pytest.mark.parametrize("direction", ["sent", "received"])
@pytest.mark.parametrize(
    ("fault", "struck"),
    [
        (UdpLoss, []),
        (UdpDuplicate, [b"one", b"one", b"two", b"two"]),
        (UdpReorder, [b"two", b"one"]),
    ],
)
def test_one_direction_alone(
    desk: Desk, fault: type[UdpLoss | UdpDuplicate | UdpReorder], struck: list[bytes], direction: Direction
) -> None:
    desk.faults().add(fault(direction=direction))
    send(desk, b"one", b"two")
    untouched = [b"one", b"two"]
    assert desk.network.datagrams("peer") == (struck if direction == "sent" else untouched)
    assert hear(desk, b"one", b"two") == (untouched if direction == "sent" else struck)


def test_latency(desk: Desk) -> None:
    desk.faults().add(Latency(delay_ms=500))
    send(desk, b"one")
    desk.run(300 * MS)
    assert desk.network.datagrams("peer") == []
    desk.run(300 * MS)
    assert desk.network.datagrams("peer") == [b"one"]


def test_a_closed_socket_gives_its_port_back_at_once(desk: Desk) -> None:
    faults = desk.faults()
    faults.add(Latency(delay_ms=500))
    faults.add(UdpReorder())
    send(desk, b"one")
    desk.at("AT+SMGMT=0", 10 * MS)
    assert desk.network.datagrams("peer") == [b"one"]
    desk.run(1 * S)
    assert desk.network.datagrams("peer") == []


def test_faults_of_connections_do_not_count(desk: Desk) -> None:
    desk.faults().add(TcpBlackHole())
    send(desk, b"one")
    assert desk.network.datagrams("peer") == [b"one"]
