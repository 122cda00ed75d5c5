"""What the module looks after by itself, and the timers that drive it.

==================  ==========================  ========================================================================
timer               period                      when it ends
==================  ==========================  ========================================================================
``reconnect``       FSOCK option 6              in the background: open the registered service if no socket is open
``silence``         FSOCK option 7              in the background: reset, if no data came for that time
``no-socket``       FSOCK option 8              at once: reset, if linked, a service is registered, no socket is open
``idle``            1.1 s, with option 5 or 9   in the background: close idle sockets, open the next listener
``check``           AT+WCHECK                   in the background: pings to the gateway, then perhaps a reset
==================  ==========================  ========================================================================

All periods run freely: they are not counted from the loss that they look for.
"""

from collections.abc import Callable

from msgspec import Struct

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.kernel import Kernel
from wizfi_emu.module.link import Link
from wizfi_emu.module.sequences import Sequences
from wizfi_emu.module.settings import Settings
from wizfi_emu.module.slots import SlotTable
from wizfi_emu.module.sockets import Sockets
from wizfi_emu.module.tasks import Steps
from wizfi_emu.profile.fields import SocketRegistration

SECOND_US = 1_000_000
IDLE_CHECK_US = 1_100_000  # firmware 1.0.5.2: options 5, 7 and 9 are examined about this often
PING_LIMIT_US = 1_000_000
ANTENNA_AUTO = 3


class Supervision(Struct, eq=False):
    """The extended socket options and AT+WCHECK."""

    kernel: Kernel
    settings: Settings
    link: Link
    slots: SlotTable
    sockets: Sockets
    sequences: Sequences

    def boot(self) -> None:
        self.slots.active_us = self.kernel.now_us
        for option in range(5, 10):
            self.apply_socket_option(option)
        if self.settings.ram.link_check.time_s:
            self.start_link_check()

    def apply_socket_option(self, option: int) -> None:
        """Start or stop what an FSOCK option drives."""
        value = self.settings.ram.socket_option(option)
        match option:
            case 6:
                self._every("reconnect", value, lambda: self.kernel.in_background("reconnect", self._reconnect))
            case 8:
                self._every("no-socket", value, self._no_socket_due)
            case 5 | 7 | 9:
                watched = any(self.settings.ram.socket_option(number) for number in (5, 7, 9))
                if not watched:
                    self.kernel.timers.drop("idle")
                elif not self.kernel.timers.has("idle"):
                    self.kernel.after("idle", IDLE_CHECK_US, self._idle_due)
            case _:
                pass

    def _every(self, name: str, seconds: int, action: Callable[[], None]) -> None:
        def due() -> None:
            self.kernel.after(name, seconds * SECOND_US, due)
            action()

        if seconds:
            self.kernel.after(name, seconds * SECOND_US, due)
        else:
            self.kernel.timers.drop(name)

    def _reconnect(self) -> Steps[None]:
        if not self.slots.open_slots and self.settings.ram.registration.is_service:
            if self.settings.firmware.idle_resets:
                yield from self.sequences.reset()
            else:
                self.sockets.open_registered()

    def _no_socket_due(self) -> None:
        if self.link.is_up and self.settings.ram.registration.is_service and not self.slots.open_slots:
            self.kernel.start_task(self.sequences.reset())

    def _idle_due(self) -> None:
        self.kernel.after("idle", IDLE_CHECK_US, self._idle_due)
        self.kernel.in_background("idle", self._check_idle)

    def _check_idle(self) -> Steps[None]:
        limit_s = self.settings.ram.socket_option(5)
        for slot in self.slots.open_slots:
            if limit_s and slot.connected and self.kernel.now_us - slot.active_us >= limit_s * SECOND_US:
                self.sockets.lose(slot)
        silence_s = self.settings.ram.socket_option(7)
        if silence_s and self.kernel.now_us - self.slots.active_us >= silence_s * SECOND_US:
            yield from self.sequences.reset()
            return
        self._open_next_listener()

    def _open_next_listener(self) -> None:
        """FSOCK option 9: keep one server waiting on the port of the last server."""
        port = self.sockets.last_server_port
        if not (self.settings.ram.socket_option(9) and port and self.link.is_up):
            return
        if self.slots.listener_on(port) is None and self.slots.free_id is not None:
            registration = SocketRegistration("O", "TSN", "0.0.0.0", 0, port, data_mode=False)
            if self.settings.firmware.scon_once_registers:
                self.settings.ram.registration = registration
            if self.sockets.refusal(registration) is None:
                self.sockets.open(registration)

    def start_link_check(self) -> None:
        """Supervise from now on, with the times in RAM. It never ends before a reset."""
        check = self.settings.ram.link_check
        if not check.time_s and not self.settings.firmware.wcheck_zero_still_resets:
            self.kernel.timers.drop("check")
        elif check.time_s or self.kernel.timers.has("check"):
            self.kernel.after("check", (check.time_s or 1) * SECOND_US, self._check_due)

    def _check_due(self) -> None:
        check = self.settings.ram.link_check
        self.kernel.after("check", (check.time_s or 1) * SECOND_US, self._check_due)
        self.kernel.in_background("check", self._check_link)

    def _check_link(self) -> Steps[None]:
        check = self.settings.ram.link_check
        if not self.link.is_station:
            if self.settings.ram.registration.is_service and self.settings.firmware.wcheck_resets_until_associated:
                yield from self.sequences.reset()
            return
        if not check.time_s:
            return
        timeouts = 0
        for _ in range(check.tries):
            ended = yield from self.kernel.ask(fx.Ping, self.link.gateway, PING_LIMIT_US)
            timeouts += ended.result is ev.PingResult.TIMEOUT
        firmware = self.settings.firmware
        if timeouts < check.errors + firmware.wcheck_limit_tolerated:
            return
        if check.option == 1 and self.settings.ram.antenna == ANTENNA_AUTO:
            self.link.chip_antenna = 0 if self.link.chip_antenna == 1 else 1
        elif firmware.wcheck_action == "RESET":
            yield from self.sequences.reset()
        else:
            yield from self.sequences.close_and_take_down()
            if firmware.wcheck_action == "REJOIN" or self.settings.ram.registration.is_service:
                yield from self.link.join()
