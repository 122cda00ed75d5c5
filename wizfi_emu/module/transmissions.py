"""The transmissions under way on the host's sockets, and who waits for the end of each."""

from collections import deque
from collections.abc import Callable

from wizfi_emu.agenda import earliest
from wizfi_emu.module.effects import PATIENCE_US, SendData
from wizfi_emu.module.events import Failure, SocketSent
from wizfi_emu.module.kernel import Kernel
from wizfi_emu.module.tasks import Steps, Until

OnEnd = Callable[[SocketSent], None]


class Transmissions:
    """Transmissions end in the order in which they were ordered, each socket's for itself.

    One that has a limit and does not end has failed some time after it. One without a limit may take for ever, when its
    peer does not read.
    """

    __slots__ = ("_kernel", "_waiting", "_watched")

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._waiting: dict[int, deque[tuple[OnEnd, int | None]]] = {}
        self._watched = False

    def order(self, effect: SendData, on_end: OnEnd) -> None:
        """Transmit; ``on_end`` gets the result."""
        due_us = None
        if effect.limit_us or effect.address:  # a datagram waits for nobody
            due_us = self._kernel.now_us + effect.limit_us + PATIENCE_US
            self._watch(due_us)
        self._waiting.setdefault(effect.sock, deque()).append((on_end, due_us))
        self._kernel.emit(effect)

    def _watch(self, due_us: int) -> None:
        # One timer, which looks when it is due what it is about: starting one for each piece of a stream is dear.
        if not self._watched:
            self._watched = True
            self._kernel.after(self, due_us - self._kernel.now_us, self._give_up)

    def _give_up(self) -> None:
        self._watched = False
        for sock, waiting in tuple(self._waiting.items()):
            while waiting and (due_us := waiting[0][1]) is not None and due_us <= self._kernel.now_us:
                self.end(SocketSent(sock, Failure.TIMEOUT))
        next_us = earliest(*(waiting[0][1] for waiting in self._waiting.values()))
        if next_us is not None:
            self._watch(next_us)

    def send(self, effect: SendData) -> Steps[SocketSent]:
        sent = yield Until(lambda resume: self.order(effect, resume))
        assert isinstance(sent, SocketSent)
        return sent

    def end(self, event: SocketSent) -> None:
        """The oldest transmission on a socket is over."""
        waiting = self._waiting.get(event.sock)
        if not waiting:
            return
        on_end, _ = waiting.popleft()
        if not waiting:
            del self._waiting[event.sock]
        on_end(event)

    def under_way(self, sock: int) -> int:
        """How many transmissions on a socket have been ordered and not ended."""
        return len(self._waiting.get(sock, ()))

    def forget(self, sock: int) -> None:
        """The machine closed a socket: whoever waits for a transmission on it hears that it failed."""
        for _ in range(self.under_way(sock)):
            self.end(SocketSent(sock, Failure.CLOSED))
