"""Storms and duplicates, from events and orders."""

from __future__ import annotations

from tests.properties.runs import run
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.properties.facts import Facts, Item
from wizfi_emu.properties.model import Properties
from wizfi_emu.properties.traffic import STALE_US, find_duplicates, find_stale_address, find_storm, most_copies

Items = list[tuple[int, Item]]


def facts(items: Items, word: str = "") -> Facts:
    known = run(word)
    return Facts(items, faults=known.faults)


def refusals(count: int, every_us: int) -> Items:
    items: Items = []
    for number in range(count):
        items.append((number * every_us, fx.ConnectTcp(number, "192.168.12.1", 5000, 0)))
        items.append((number * every_us, ev.SocketFailed(number, ev.Failure.REFUSED)))
    return items


def test_more_refusals_than_allowed_within_ten_seconds() -> None:
    found = find_storm(facts(refusals(6, 1_000_000)), Properties(attempts=5))
    assert found is not None
    assert found.text == "the host tries to connect again and again: 6 refusals within 5.0 s"
    assert find_storm(facts(refusals(6, 1_000_000)), Properties(attempts=6)) is None
    assert find_storm(facts(refusals(60, 3_000_000)), Properties(attempts=5)) is None


def test_a_server_that_fails_is_no_connect() -> None:
    items: Items = [(0, ev.SocketFailed(n, ev.Failure.PORT_IN_USE)) for n in range(30)]
    assert find_storm(facts(items), Properties()) is None


def test_joins_too() -> None:
    items: Items = [(n, ev.JoinEnded(n, ev.JoinFailure.WRONG_KEY)) for n in range(30)]
    found = find_storm(facts(items), Properties())
    assert found is not None
    assert found.fingerprint == "join"
    assert find_storm(facts([(n, ev.JoinEnded(n, None)) for n in range(30)]), Properties()) is None


def sends(*parts: tuple[int, bytes] | bytes) -> Items:
    """Data of AT+SSEND on sockets, and what the module says between."""
    items: Items = []
    for part in parts:
        if isinstance(part, bytes):
            items.append((0, fx.UartSend(part)))
        else:
            sock, data = part
            items += [(0, fx.UartSend(b"[0,,,5]\r\n")), (0, fx.SendData(sock, data, "", 0, 0))]
    return items


def test_the_same_data_twice() -> None:
    items = sends((1, b"hello"), b"[OK]\r\n", (1, b"hello"))
    assert most_copies(items) == 2
    found = find_duplicates(facts(items), Properties(copies=1))
    assert found is not None
    assert found.text == "the host sends 'hello' twice over one connection"
    assert find_duplicates(facts(items), Properties(copies=2)) is None
    assert find_duplicates(facts(items), Properties()) is None, "how often is right is not known"
    assert find_duplicates(facts(items, "serial-loss"), Properties(copies=1)) is None


def test_what_is_no_duplicate() -> None:
    for items in (
        sends((1, b"hello"), (2, b"hello")),
        sends((1, b"hello"), b"[ERROR]\r\n", (1, b"hello")),
        sends((1, b"hello"), b"[DISCONNECT 0]\r\n", (1, b"hello")),
        [*sends((1, b"hello")), (0, ev.PoweredOn(b"")), *sends((1, b"hello"))],
        [*sends((1, b"hello")), (0, fx.UartSend(b"data")), (0, fx.SendData(1, b"hello", "", 0, 0))],
    ):
        assert find_duplicates(facts(items), Properties(copies=1)) is None
    assert most_copies([]) == 1


def told(text: str, at_us: int, *, new: str = "192.168.12.20") -> Items:
    """The module gets an address, after a second another one, and the host says something."""
    return [
        (0, ev.AddressOffered(1, "192.168.12.10", "255.255.255.0", "192.168.12.1", "")),
        (1_000_000, ev.AddressRenewed(new, "255.255.255.0", "192.168.12.1", "")),
        (at_us, fx.SendData(1, text.encode(), "", 0, 0)),
    ]


LATE_US = 1_000_000 + STALE_US


def test_an_address_that_the_module_has_no_more() -> None:
    found = find_stale_address(facts(told("I am 192.168.12.10 today", LATE_US)), Properties())
    assert found is not None
    assert found.text == "the host tells the address 192.168.12.10; the module has had 192.168.12.20 for 2.0 s"
    published = [*told("", 0)[:2], (LATE_US, fx.PublishMqtt(1, b"where", b"192.168.12.10"))]
    assert find_stale_address(facts(published), Properties()) is not None


def test_what_is_no_stale_address() -> None:
    for items in (
        told("192.168.12.10", LATE_US - 1),
        told("192.168.12.20", LATE_US),
        told("192.168.12.101", LATE_US),
        told("1.192.168.12.10", LATE_US),
        told("192.168.12.10", LATE_US, new="192.168.12.10"),
        [*told("", 0)[:2], (2_000_000, ev.AddressOffered(2, "192.168.12.10")), *told("192.168.12.10", LATE_US)[2:]],
        [(0, ev.AddressOffered(1, "")), *told("192.168.12.10", LATE_US)[2:]],
    ):
        assert find_stale_address(facts(items), Properties()) is None
    assert find_stale_address(facts(told("192.168.12.10", LATE_US), "serial-flip"), Properties()) is None
