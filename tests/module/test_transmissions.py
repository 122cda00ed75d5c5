"""Who waits for the end of which transmission."""

from __future__ import annotations

from wizfi_emu.module.effects import SendData
from wizfi_emu.module.events import Failure, SocketSent
from wizfi_emu.module.kernel import Kernel
from wizfi_emu.module.tasks import Steps
from wizfi_emu.module.transmissions import Transmissions


def started() -> tuple[Kernel, Transmissions]:
    kernel = Kernel()
    kernel.start()
    return kernel, Transmissions(kernel)


def test_transmissions_of_a_socket_end_in_their_order() -> None:
    kernel, transmissions = started()
    ended: dict[str, list[SocketSent]] = {name: [] for name in "abc"}
    for name, sock in (("a", 1), ("b", 2), ("c", 1)):
        transmissions.order(SendData(sock, name.encode()), ended[name].append)
    assert kernel.take_effects() == [SendData(1, b"a"), SendData(2, b"b"), SendData(1, b"c")]
    assert [transmissions.under_way(sock) for sock in (1, 2, 3)] == [2, 1, 0]
    transmissions.end(SocketSent(3))
    transmissions.end(SocketSent(1))
    assert ended == {"a": [SocketSent(1)], "b": [], "c": []}
    for event in (SocketSent(2), failed := SocketSent(1, Failure.TIMEOUT), SocketSent(1)):
        transmissions.end(event)
    assert ended == {"a": [SocketSent(1)], "b": [SocketSent(2)], "c": [failed]}
    assert transmissions.under_way(1) == 0


def test_of_a_socket_that_is_gone_all_fail_and_others_go_on() -> None:
    _, transmissions = started()
    ended: list[SocketSent] = []
    for sock in (1, 1, 2):
        transmissions.order(SendData(sock, b""), ended.append)
    transmissions.forget(1)
    assert ended == [SocketSent(1, Failure.CLOSED)] * 2
    assert [transmissions.under_way(sock) for sock in (1, 2)] == [0, 1]


def test_a_task_waits_for_the_end() -> None:
    kernel, transmissions = started()
    got: list[SocketSent] = []

    def steps() -> Steps[None]:
        got.append((yield from transmissions.send(SendData(1, b"x"))))

    kernel.start_task(steps())
    assert got == []
    transmissions.end(SocketSent(1))
    assert got == [SocketSent(1)]
