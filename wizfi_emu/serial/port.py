"""The seam between the machine's body and the host on the serial line, as a written contract."""

from collections.abc import Callable
from typing import Protocol


class SerialPort(Protocol):
    """The module's UART as the device sees it: one host on the other side, bytes both ways.

    Who may call: ``receive_some`` one task at a time (a second one gets ``trio.BusyResourceError`` or would steal
    bytes); ``send_nowait``, ``configure`` and ``wait_room`` any task of the same event loop. Who closes: whoever
    opened, normally by leaving the context of ``open_serial``. After closing, every method raises
    ``trio.ClosedResourceError``, also in the tasks that wait in one.

    Nothing here ever waits for the host except ``receive_some``, ``wait_opened`` and ``wait_room``; a host that does
    not read, that closes, or that breaks its connection raises nothing, anywhere.
    """

    @property
    def name(self) -> str:
        """What a host opens: ``/dev/pts/7``, ``tcp://127.0.0.1:1234``, ``tty:/dev/ttyUSB0``."""

    @property
    def received_bytes(self) -> int:
        """Bytes that ``receive_some`` has returned."""

    @property
    def sent_bytes(self) -> int:
        """Bytes that the host's side (its operating system) has taken."""

    @property
    def dropped_bytes(self) -> int:
        """Bytes that were lost because the host did not read or was not there."""

    @property
    def host_baud(self) -> int | None:
        """The rate in bit/s that the host has set for its port; None where it cannot be known."""

    @property
    def holds(self) -> bool:
        """Hardware flow control is on and the host is behind: nothing more may be sent until ``on_progress``."""

    @property
    def on_progress(self) -> Callable[[], None]:
        """Called when the host has taken everything."""

    @on_progress.setter
    def on_progress(self, on_progress: Callable[[], None]) -> None: ...

    @property
    def on_reset(self) -> Callable[[], None]:
        """Called when the host resets the module by a line of the port, where it has one for that."""

    @on_reset.setter
    def on_reset(self, on_reset: Callable[[], None]) -> None: ...

    async def receive_some(self, max_bytes: int) -> bytes:
        """Wait for bytes from the host: at least 1, at most ``max_bytes`` (1 or more).

        A host that goes away is not an end: it goes on waiting for the next one. Cancelled, it has taken nothing.
        """

    def send_nowait(self, data: bytes) -> None:
        """Hand bytes to the host. Never blocks; what cannot be kept is dropped and counted."""

    def stop_host(self, stopped: bool) -> None:
        """Tell the host to send nothing more, or to go on, where the line has a way to say so."""

    async def wait_room(self) -> None:
        """Wait until data from the network should go to the line; the backpressure towards the network.

        Call it after the data has been received and send without a checkpoint between: then the room is the
        caller's, and up to 64 KiB (and their headers) are not dropped while the host reads.

        Without flow control it ends although there is no room when the host has taken nothing for ``STALL_LIMIT_S``:
        the data is then dropped, as a module loses it. With hardware flow control it waits as long as it takes. On a
        paced port it does not wait: the wire in front of it has room, or not.
        """

    def configure(self, baud: int, parity: str, data_bits: int, stop_bits: str, flow: str) -> None:
        """Set up the line: the fields of the effect ``ConfigureUart``.

        Flow control (``N`` or ``HW``) changes at once; rate and framing are for whoever paces, and for real lines.
        """

    @property
    def opens(self) -> int:
        """How often a host has opened the port, as far as somebody watches."""

    async def wait_open(self, after: int = 0) -> int:
        """Wait until hosts have opened the port more than ``after`` times; returns how often.

        Raises ``UserError`` when the system cannot tell.
        """

    async def wait_opened(self) -> None:
        """Wait until a host has opened the port for the first time, and has had time since the last open to set it up.

        Hosts open, configure and then flush; what is sent before the flush is lost (``OPEN_SETTLE_S``).
        Raises ``UserError`` when the system cannot tell.
        """

    async def aclose(self) -> None:
        """Close everything, remove the link. Bytes that the host has not taken are lost. May be called twice."""
