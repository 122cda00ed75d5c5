"""The socket table."""

from __future__ import annotations

import pytest

from wizfi_emu.module.slots import SOCKET_COUNT, Slot, SlotState, SlotTable
from wizfi_emu.profile.fields import SocketRegistration


def slot(scid: int, kind: str = "TCN", *, state: SlotState = SlotState.OPENING, **fields: object) -> Slot:
    made = Slot(scid, 10 + scid, SocketRegistration("O", kind, **fields), 0)  # type: ignore[arg-type]  # the test gives what fits
    made.state = state
    return made


def table(*slots: Slot) -> SlotTable:
    made = SlotTable()
    for one in slots:
        made.add(one)
    return made


@pytest.mark.parametrize(
    ("kind", "is_udp", "is_server", "is_tcp_server", "is_secure"),
    [
        ("TCN", False, False, False, False),
        ("TSN", False, True, True, False),
        ("UCN", True, False, False, False),
        ("USN", True, True, False, False),
        ("TCS", False, False, False, True),
        ("TSS", False, True, True, True),
        ("UCS", True, False, False, True),
        ("USS", True, True, False, True),
    ],
)
def test_kinds(kind: str, is_udp: bool, is_server: bool, is_tcp_server: bool, is_secure: bool) -> None:
    one = slot(0, kind)
    assert (one.is_udp, one.is_server, one.is_tcp_server, one.is_secure) == (
        is_udp,
        is_server,
        is_tcp_server,
        is_secure,
    )


@pytest.mark.parametrize(
    ("one", "has_peer"),
    [
        (slot(0, "TCN"), True),
        (slot(0, "TSN", state=SlotState.LISTENING, address="1.2.3.4", port=5), False),
        (slot(0, "TSN", state=SlotState.CONNECTED), True),
        (slot(0, "UCN", address="1.2.3.4", port=5), True),
        (slot(0, "UCN", address="1.2.3.4"), False),
        (slot(0, "USN", port=5), False),
    ],
)
def test_somebody_to_send_to(one: Slot, has_peer: bool) -> None:
    assert one.has_peer is has_peer


def test_ids_are_given_from_the_lowest_on() -> None:
    slots = table(*(slot(scid) for scid in range(SOCKET_COUNT) if scid != 3))
    assert slots.free_id == 3
    slots.add(slot(3))
    assert slots.free_id is None
    gone = slots.get(5)
    assert gone is not None
    slots.remove(gone)
    assert (slots.free_id, gone in slots, slots.get(5)) == (5, False, None)
    assert [one.scid for one in slots] == [0, 1, 2, 3, 4, 6, 7]


def test_ids_outside_of_the_table() -> None:
    slots = table(*(slot(scid) for scid in range(SOCKET_COUNT)))
    assert slots.get(-1) is None
    assert slots.get(SOCKET_COUNT) is None


def test_what_is_being_closed_or_not_bound_yet_is_not_there() -> None:
    closing, unbound, bound = slot(0), slot(1, "UCN"), slot(2, "UCN", state=SlotState.OPEN)
    closing.closing = True
    slots = table(closing, unbound, bound)
    assert [slots.get(scid) for scid in range(3)] == [None, None, bound]
    assert [slots.find(sock) for sock in (10, 11, 12, 13)] == [None, unbound, bound, None]
    assert slots.open_slots == [closing, bound]


def test_who_listens_on_a_port() -> None:
    slots = table(
        slot(0, "TCN", local_port=5000),
        slot(1, "TSN", local_port=5000, state=SlotState.CONNECTED),
        first := slot(2, "TSN", local_port=5000, state=SlotState.LISTENING),
        second := slot(3, "TSS", local_port=5000),
        slot(4, "TSN", local_port=5001),
    )
    assert slots.listener_on(5000) is first
    assert slots.listener_on(5000, other_than=first) is second
    assert slots.listener_on(5002) is None
