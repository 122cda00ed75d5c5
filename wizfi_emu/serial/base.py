"""What all serial ports share: the way out with its flow control, the counters, the life cycle."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable

import trio

from wizfi_emu.serial.hostbuffer import HOST_BUFFER_BYTES, QUEUE_LIMIT_BYTES, HostBuffer, HostEnd
from wizfi_emu.serial.port import SerialPort

OPEN_SETTLE_S = 0.2
"""From a host's open to the first byte for it. pyserial opens, sets up the line and then flushes; over RFC 2217 it
looks for answers every 50 ms in between. A real module needs longer than this to boot."""


def _nothing() -> None:
    """Nobody wants to know."""


class BasePort(SerialPort, ABC):
    """A port on a ``HostEnd``. Somebody has to run ``run`` in a nursery until ``aclose``.

    ``paced``: what is sent comes at the speed of a line, which nobody holds back.
    """

    name = ""
    received_bytes = 0
    opens = 0
    on_reset: Callable[[], None] = staticmethod(_nothing)

    def __init__(self, name: str, *, paced: bool) -> None:
        self.name = name
        self._closed = False
        self._scope = trio.CancelScope()
        self._ended: trio.Event | None = None
        self._opens_changed = trio.lowlevel.ParkingLot()
        self._set_up_at_s = 0.0
        self._paced = paced
        limit = HOST_BUFFER_BYTES if paced else QUEUE_LIMIT_BYTES
        self._buffer = HostBuffer(self._host_end(), limit)

    @abstractmethod
    async def receive_some(self, max_bytes: int) -> bytes: ...

    @abstractmethod
    def _host_end(self) -> HostEnd:
        """Where the bytes for the host go."""

    @abstractmethod
    def _release(self) -> None:
        """Close every descriptor and end every wait on one; called once."""

    def _tasks(self) -> list[Callable[[], Awaitable[None]]]:
        return [self._buffer.run]

    @property
    def host_baud(self) -> int | None:
        return None

    @property
    def sent_bytes(self) -> int:
        return self._buffer.sent_bytes

    @property
    def dropped_bytes(self) -> int:
        return self._buffer.dropped_bytes

    def send_nowait(self, data: bytes) -> None:
        if self._closed:
            self._buffer.check_open()
        self._buffer.put_nowait(data)

    @property
    def holds(self) -> bool:
        return self._buffer.holds_line

    @property
    def on_progress(self) -> Callable[[], None]:
        return self._buffer.on_progress

    @on_progress.setter
    def on_progress(self, on_progress: Callable[[], None]) -> None:
        self._buffer.on_progress = on_progress

    def stop_host(self, stopped: bool) -> None:
        pass

    async def wait_room(self) -> None:
        if self._paced:
            await trio.lowlevel.checkpoint()
            self._buffer.check_open()
        else:
            await self._buffer.wait_room()

    def configure(self, baud: int, parity: str, data_bits: int, stop_bits: str, flow: str) -> None:
        self._buffer.check_open()
        self._buffer.hardware_flow = flow == "HW"
        self._buffer.wake()

    async def wait_open(self, after: int = 0) -> int:
        await trio.lowlevel.checkpoint()
        self._buffer.check_open()
        while self.opens <= after:
            await self._opens_changed.park()
            self._buffer.check_open()
        return self.opens

    async def wait_opened(self) -> None:
        await self.wait_open()
        while True:
            settled_s = self._set_up_at_s + OPEN_SETTLE_S
            await trio.sleep_until(settled_s)
            self._buffer.check_open()
            if settled_s >= self._set_up_at_s + OPEN_SETTLE_S:
                return

    def _host_opens(self) -> None:
        """A host opens the port now."""
        self.opens += 1
        self._host_sets_up()
        self._opens_changed.unpark_all()

    def _host_sets_up(self) -> None:
        """A host configures the port now."""
        self._set_up_at_s = trio.current_time()

    async def run(self) -> None:
        """Move bytes until the port is closed."""
        if self._closed:
            return
        self._ended = trio.Event()
        try:
            with self._scope:
                async with trio.open_nursery() as nursery:
                    for task in self._tasks():
                        nursery.start_soon(task)
        finally:
            self._ended.set()

    async def aclose(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._scope.cancel()
        if self._ended is not None:
            # Descriptors close after their tasks. Short even when the caller is cancelled: the tasks are, too.
            with trio.CancelScope(shield=True):
                await self._ended.wait()
        self._release()
        self._buffer.close()
        self._opens_changed.unpark_all()
        self._buffer.wake()
