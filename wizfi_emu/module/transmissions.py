"""The transmissions under way on the host's sockets, and who waits for the end of each."""

from collections import deque
from collections.abc import Callable

from wizfi_emu.module.effects import SendData
from wizfi_emu.module.events import Failure, SocketSent
from wizfi_emu.module.kernel import Kernel
from wizfi_emu.module.tasks import Steps, Until

OnEnd = Callable[[SocketSent], None]


class Transmissions:
    """Transmissions end in the order in which they were ordered, each socket's for itself."""

    __slots__ = ("_kernel", "_waiting")

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._waiting: dict[int, deque[OnEnd]] = {}

    def order(self, effect: SendData, on_end: OnEnd) -> None:
        """Transmit; ``on_end`` gets the result."""
        self._waiting.setdefault(effect.sock, deque()).append(on_end)
        self._kernel.emit(effect)

    def send(self, effect: SendData) -> Steps[SocketSent]:
        sent = yield Until(lambda resume: self.order(effect, resume))
        assert isinstance(sent, SocketSent)
        return sent

    def end(self, event: SocketSent) -> None:
        """The oldest transmission on a socket is over."""
        waiting = self._waiting.get(event.sock)
        if not waiting:
            return
        on_end = waiting.popleft()
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
