"""What peers do comes after its time, in order."""

from __future__ import annotations

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.stages.roundtrip import ROOM_BYTES, RoundTrip
from wizfi_emu.timing import load_timing

TRIP_US = 4000


def hi(sock: int = 1, data: bytes = b"hi") -> ev.SocketReceived:
    return ev.SocketReceived(sock, data, "192.168.12.50", 5000)


def test_data_comes_after_the_time_in_order() -> None:
    trip = RoundTrip(TRIP_US)
    assert trip.receive(hi(), 100) == ()
    assert trip.receive(ev.SocketClosed(1), 100) == ()
    assert trip.wakeup_us == 4100
    assert trip.time_reached(4099) == []
    assert trip.time_reached(4100) == [hi()]
    assert trip.time_reached(4100) == [ev.SocketClosed(1)]
    assert trip.wakeup_us is None


def test_a_connection_takes_its_way_and_a_socket_of_ones_own_does_not() -> None:
    trip = RoundTrip(TRIP_US)
    trip.execute(fx.ConnectTcp(1, "192.168.12.50", 5000, 0), 0)
    assert trip.receive(ev.SocketOpened(1, 4000), 10) == ()
    assert trip.receive(ev.SocketOpened(2, 5000), 10) == (ev.SocketOpened(2, 5000),), "bound here"
    assert trip.receive(ev.SocketSent(1), 10) == (ev.SocketSent(1),), "taken by the module's own stack"
    assert trip.time_reached(4010) == [ev.SocketOpened(1, 4000)]


def test_what_is_for_a_closed_socket_is_dropped_and_a_restart_drops_all() -> None:
    trip = RoundTrip(TRIP_US)
    trip.receive(hi(1), 0)
    trip.receive(hi(2), 0)
    trip.execute(fx.CloseSocket(1), 5)
    assert trip.time_reached(TRIP_US) == [hi(2)]
    trip.receive(hi(2), 0)
    trip.restarted()
    assert trip.wakeup_us is None


def test_the_network_waits_while_enough_is_under_way() -> None:
    trip = RoundTrip(TRIP_US)
    trip.receive(hi(data=b"x" * ROOM_BYTES), 0)
    assert not trip.network_room
    trip.time_reached(TRIP_US)
    assert trip.network_room


def test_which_timings_have_one() -> None:
    trips = {name: load_timing(name).round_trip_ms for name in ("fast", "wire", "realtime")}
    assert trips == {"fast": 0, "wire": 4, "realtime": 4}
