"""What several parts do together, in the order that is the module's contract (firmware 1.0.5.2)."""

from collections.abc import Callable

from msgspec import Struct

from wizfi_emu.module.air import AirService
from wizfi_emu.module.broker import Broker
from wizfi_emu.module.data_mode import DataMode
from wizfi_emu.module.kernel import Kernel
from wizfi_emu.module.link import Link
from wizfi_emu.module.output import Output
from wizfi_emu.module.settings import Settings
from wizfi_emu.module.sockets import Sockets
from wizfi_emu.module.storage import Storage
from wizfi_emu.module.tasks import Sleep, Steps
from wizfi_emu.module.webserver import WebServer
from wizfi_emu.profile.image import BootRequest

RESET_DELAY_US = 500_000  # firmware 1.0.5.2: between the last event and the restart


class Sequences(Struct, eq=False):
    """Link-up, link lost, leave and reset."""

    kernel: Kernel
    settings: Settings
    storage: Storage
    output: Output
    link: Link
    data_mode: DataMode
    sockets: Sockets
    web: WebServer
    air: AirService
    broker: Broker
    restart: Callable[[], None]
    """Resets at once; nothing happens any more until `events.PoweredOn`."""

    def link_came_up(self) -> None:
        """Queue the work after a link-up: service registration, web server, air commands."""
        self.kernel.in_background("link-up", self._after_link_up)

    def _after_link_up(self) -> Steps[None]:
        ram = self.settings.ram
        self.sockets.open_registered()
        if ram.web_type == "A" and self.link.is_up:
            self.web.start()
        if self.settings.firmware.air_service_on_link_up and ram.air_command.open_type == "S":
            self.air.start()
        return
        yield  # a piece of background work is a generator, also when it waits for nothing

    def link_lost(self) -> None:
        """The access point is gone: the sockets close at once, before the link goes down."""
        self.web.stop()
        self.sockets.drop_all()
        self.link.lose()
        self._link_down()

    def take_down(self) -> None:
        """End the link, once the sockets are closed; nothing when there is none."""
        was_up = self.link.is_up
        self.link.leave()
        if was_up:
            self._link_down()

    def _link_down(self) -> None:
        self.air.stop()
        self.broker.drop()
        self.web.stop()
        self.data_mode.end_session()
        self.link.go_down()

    def close_and_take_down(self) -> Steps[None]:
        """Close every socket in order, then end the link."""
        yield from self.sockets.close_all()
        self.take_down()

    def leave(self) -> Steps[None]:
        """AT+WLEAVE: end the link, whatever kind it is. Servers with a client listen once more meanwhile."""
        yield from self.web.stop_in_order()
        self.output.debug(f"MQTT Thread is run.. : {int(bool(self.broker.address))}")
        self.broker.leave()
        if self.link.is_station:
            self.output.debug("Disassociation : Station Mode")
        elif not self.link.is_up:
            self.output.debug("Nothing is run")
        if self.link.is_up:
            yield from self.sockets.close_all(servers_listen_again=True)
            self.sockets.abandon_servers()
        self.take_down()
        self.link.power_save = self.link.power_save_delay_ms = 0

    def reset(self) -> Steps[None]:
        """What AT+MRESET does after its OK: close everything, wait, restart."""
        yield from self.sockets.close_all()
        yield from self.web.stop_in_order()
        self.take_down()
        if self.output.held_back:
            yield self.output.printed(b"")  # AT+MEVTDELAY: the task that resets prints the last event, and waits for it
        yield Sleep(RESET_DELAY_US)
        self.restart()

    def enter_ota(self) -> Steps[None]:
        """Reboot into the over-the-air update mode, at once and without closing anything."""
        self.storage.image.boot_request = BootRequest.OTA
        yield from self.storage.write()
        self.restart()
