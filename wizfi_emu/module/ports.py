"""The module's two ports to its host, UART and SPI, for one stream of bytes; which of them has the output (AT+MSPI).

==================  ====================================================================================================
interface           output
==================  ====================================================================================================
1, UART             on the UART
2, SPI              on SPI; what the boot loader prints and the banner on the UART all the same
0, automatic        with the switch ``auto_interface`` on both, until the first byte of a host decides for good (which
                    the machine does: store, OK, reset); without it on the UART, until the first byte of data since the
                    boot comes by SPI
==================  ====================================================================================================

Input of both goes into the one receive buffer, whatever the interface. Output that the host does not take by SPI stops
the module: its one task stands where it has printed too much. It looks for room each millisecond.
"""

from collections.abc import Callable
from typing import Literal

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.kernel import Kernel
from wizfi_emu.module.settings import Settings
from wizfi_emu.module.spi import DATA_F1, ESCAPE, SYNC, XOFF, XON, Miso, Mosi, without_nulls
from wizfi_emu.module.tasks import Sleep, Steps

AUTO_INTERFACE, UART_INTERFACE, SPI_INTERFACE = range(3)
RECEIVE_BYTES = 2047
"""Of the receive buffer's 2048 what a byte that comes by SPI finds room in."""
STOP_BYTES = 128
"""With so much room, or less, a byte that comes by SPI is answered with XOFF; with more the host may send again."""
ROOM_CHECK_US = 1000
"""How often output that waits for room looks for it."""
RESUME_CHECK_US = 100_000
"""How often the module looks whether a host that it has stopped may go on."""
READ_TIME_US = 100_000
"""What a host has for its last answer before a reset that nothing else delays: the order of a flash write."""
WAITING_BYTES_MAX = 256 * 1024
"""Output behind a full queue that the module's task has not printed itself: more of it is lost."""
DATA_READY = "data_ready"
UNDRIVEN = b"\xff"
"""What comes back while nobody drives the line: there is no power, or no application runs."""

Port = Literal["uart", "spi"]


def said(item: ev.HostBytes | fx.HostEffect) -> bytes:
    """What somebody says on either port. On SPI most bytes say nothing; codes and escapes stay."""
    return item.data if isinstance(item, ev.UartReceived | fx.UartSend) else without_nulls(item.data)


class Ports:
    """Where the module's output goes, and what comes by SPI."""

    __slots__ = (
        "_kernel",
        "_mosi",
        "_receive",
        "_settings",
        "_spi",
        "_stalled_us",
        "_stopped_us",
        "_to_uart",
        "_unseen",
        "_waiting",
        "first",
        "host_is_stopped",
        "miso",
        "open_drain",
        "option",
    )

    def __init__(
        self,
        kernel: Kernel,
        settings: Settings,
        receive: Callable[[bytes, int], None],
        unseen: Callable[[bytes, int], int],
    ) -> None:
        """``receive(data, room)`` gives bytes to the module, which has so much room and does what they bring about.

        ``unseen(mosi, start)`` tells how many bytes from ``start`` on it takes before it can print anything about them.
        """
        self._kernel = kernel
        self._settings = settings
        self._receive = receive
        self._unseen = unseen
        self.miso: Miso | None = None
        """The slave's output; None while no application runs."""
        self.reset()

    def reset(self) -> None:
        """Until an application runs there is the UART alone. DATA_READY goes low, as every pin."""
        if self.miso is not None and self.miso.ready:
            self._set_ready(False)
        self.miso = None
        self._mosi = Mosi()
        self._to_uart, self._spi = True, False
        self._waiting = bytearray()
        self._stalled_us = self._stopped_us = 0
        self.first: Port | None = None
        """Where the first byte since the boot has come from."""
        self.host_is_stopped = False
        """The module has sent XOFF."""
        self.option = 9
        self.open_drain = False
        """DATA_READY is not driven high (AT+MCSTGPIO)."""

    def start(self) -> None:
        """An application starts: the slave takes part in transfers."""
        self.miso = Miso(self._set_ready)
        self.option = self._settings.ram.spi_option
        self.open_drain = bool(self._settings.ram.custom_gpio)

    def choose(self) -> None:
        """The boot is told on the UART; what follows goes where the profile says."""
        interface = self._settings.ram.interface
        both = interface == AUTO_INTERFACE and self._settings.firmware.auto_interface
        self._spi = both or interface == SPI_INTERFACE
        self._to_uart = interface != SPI_INTERFACE
        if not self._to_uart:
            self._kernel.emit(fx.Log("info", "output goes to SPI (AT+MSPI=2); the serial line has the banner alone"))

    def send(self, data: bytes) -> None:
        """Send bytes to the host, if there are any."""
        if not data:
            return
        if self._to_uart:
            self._kernel.emit(fx.UartSend(data))
        if self._spi and self.miso is not None:
            self._send_by_spi(self.miso, data)

    def until_read(self) -> Steps[None]:
        """Before a reset that comes at once: the time that a host has to read SPI, which the flash would take."""
        end_us = self._kernel.now_us + READ_TIME_US
        while self.miso is not None and self.miso.ready and self._kernel.now_us < end_us:
            yield Sleep(ROOM_CHECK_US)

    @property
    def outputs(self) -> list[Port]:
        """Where output goes now."""
        ports: list[Port] = ["uart"] if self._to_uart else []
        return [*ports, "spi"] if self._spi else ports

    @property
    def waiting_bytes(self) -> int:
        """Output behind a full queue."""
        return len(self._waiting)

    @property
    def has_room(self) -> bool:
        """Whether there is room for what comes from the network."""
        return not self._waiting

    def _send_by_spi(self, miso: Miso, data: bytes) -> None:
        room = 0 if self._waiting else miso.room
        if data[:room]:
            miso.put(data[:room])
        rest = data[room:][: WAITING_BYTES_MAX - len(self._waiting)]
        if len(data) > room + len(rest):
            self._kernel.emit(fx.Log("warning", "nobody reads SPI: some output is lost"))
        if rest and not self._waiting:
            self._kernel.stall()
            self._stalled_us = self._kernel.now_us
        self._waiting += rest

    def _look_for_room(self, miso: Miso) -> None:
        """Somebody has read: what waits finds it at the next look."""
        if self._waiting and miso.room and not self._kernel.timers.has("spi room"):
            passed_us = (self._kernel.now_us - self._stalled_us) % ROOM_CHECK_US
            self._kernel.after("spi room", ROOM_CHECK_US - passed_us, lambda: self._fill(miso))

    def _fill(self, miso: Miso) -> None:
        room = miso.room
        miso.put(bytes(self._waiting[:room]))
        del self._waiting[:room]
        if not self._waiting:
            self._kernel.go_on()

    def transfer(self, mosi: bytes) -> None:
        """The host clocks so many bytes; as many go back.

        The result is that of single transfers, however they are cut: where the module would print something, or answer
        a code, the next transfer sees it.
        """
        came = bytearray()
        start = 0
        while start < len(mosi) and (miso := self.miso) is not None:
            piece = self._mosi.read(mosi, start, self._most(mosi, start))
            came += miso.exchange(piece.end - start)
            start = piece.end
            if piece.code is not None:
                self._obey(miso, piece.code)
            if piece.data:
                self._take(miso, piece.data)
            self._look_for_room(miso)
        came += UNDRIVEN * (len(mosi) - len(came))
        self._kernel.emit(fx.SpiSend(bytes(came)))

    def _most(self, mosi: bytes, start: int) -> int:
        """How many bytes of data are taken at once: none of them but the last one changes what comes back."""
        room = self._room
        if room > STOP_BYTES:
            room -= STOP_BYTES
        elif not self.host_is_stopped:
            room = 1
        return max(1, min(room or len(mosi), self._unseen(mosi, start)))

    @property
    def _room(self) -> int:
        return max(0, RECEIVE_BYTES - len(self._kernel.rx))

    def _take(self, miso: Miso, data: bytes) -> None:
        room = self._room
        if room <= STOP_BYTES and not self.host_is_stopped:
            self.host_is_stopped = True
            self._stopped_us = self._kernel.now_us
            miso.put_code(XOFF)
        self.heard("spi")
        self._receive(data, room)

    def heard(self, port: Port) -> None:
        """A byte has come."""
        if self.first is None and self.miso is not None:
            self.first = port
            if port == "spi" and self._settings.ram.interface == AUTO_INTERFACE and not self._spi:
                self._to_uart, self._spi = False, True

    def _obey(self, miso: Miso, code: int) -> None:
        if code <= DATA_F1:
            miso.call()
        elif code == SYNC and self._settings.firmware.spi_sync == "code":
            miso.put_code(SYNC)
        elif code == SYNC:
            miso.put_silently(bytes((ESCAPE, SYNC)))
        elif code == XOFF:
            miso.stop()
        elif code == XON:
            miso.resume()

    def look_at_room(self) -> None:
        """The receive buffer may be emptier than it was: the host that is stopped hears of it at the next look."""
        if self._room > STOP_BYTES and not self._kernel.timers.has("spi resume"):
            passed_us = (self._kernel.now_us - self._stopped_us) % RESUME_CHECK_US
            self._kernel.after("spi resume", RESUME_CHECK_US - passed_us, self._resume)

    def _resume(self) -> None:
        if self._room > STOP_BYTES and self.miso is not None:
            self.host_is_stopped = False
            self.miso.put_code(XON)

    def _set_ready(self, level: bool) -> None:
        self._kernel.emit(fx.SetPin(DATA_READY, level=None if level and self.open_drain else level))
