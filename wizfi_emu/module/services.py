"""What the module does by itself: background work, supervision timers, web server state, air commands, MQTT.

==================  ==========================  ========================================================================
timer               period                      when it ends
==================  ==========================  ========================================================================
``reconnect``       FSOCK option 6              in the background: open the registered service if no socket is open
``silence``         FSOCK option 7              in the background: reset, if no data came for that time
``no-socket``       FSOCK option 8              at once: reset, if linked, a service is registered, no socket is open
``idle``            1.1 s, with option 5 or 9   in the background: close idle sockets, open the next listener
``check``           AT+WCHECK                   in the background: pings to the gateway, then perhaps a reset
``cowaya``          AT+COWAYA                   prints CONNECT again until the host has answered
``session-end``     AT+MEXT1=11                 puts the settings from before an automatic AP session back
==================  ==========================  ========================================================================

All periods run freely: they are not counted from the loss that they look for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, assert_never

from wizfi_emu.at.responses import Urc
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.board import EXTENSION_RESTORE
from wizfi_emu.module.tasks import Sleep, Steps
from wizfi_emu.profile.fields import AirCommand, Backup, SocketRegistration

if TYPE_CHECKING:
    from wizfi_emu.module.machine import Module

SECOND_US = 1_000_000
IDLE_CHECK_US = 1_100_000  # firmware 1.0.5.2: options 5, 7 and 9 are examined about this often
PING_LIMIT_US = 1_000_000
WEB_STOP_PAUSE_US = 1_000_000
AIR_ANSWER_LIMIT_US = 10_000_000  # firmware 1.0.5.2: what a command prints later is not sent
AIR_HEADER = b"WizFi250AirCmd:"
AUTO_AP_AIR_COMMAND = AirCommand("O", "T", 50001, 1)
ANTENNA_AUTO = 3


class Services:
    """Background work and its triggers."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self.web_running = False
        self.air_running = False
        self.mqtt_address = ""
        self.web_text = b""
        self.gmmp_data = b"Temperature=28C"
        self.gmmp_options: dict[int, tuple[int, ...]] = {10: (0, 0), 11: (0,), 12: (0,)}
        self._quiet_since_us = 0
        self._air_commands = 0

    # --- boot, link -------------------------------------------------------------------------------------------------

    def boot(self) -> None:
        """Start what the profile asks for."""
        self._quiet_since_us = self._module.now_us
        for option in range(5, 10):
            self.apply_socket_option(option)
        if self._module.ram.link_check.time_s:
            self.start_link_check()

    def link_came_up(self) -> None:
        """Queue the work after a link-up: service registration, then web server."""
        self._module.in_background("link-up", self._after_link_up)

    def _after_link_up(self) -> Steps[None]:
        module = self._module
        self.open_service()
        if module.ram.web_type == "A" and module.link.is_up:
            self.start_web_server()
        if module.firmware.air_service_on_link_up and module.ram.air_command.open_type == "S":
            self.start_air_service()
        return
        yield  # a piece of background work is a generator, also when it waits for nothing

    def link_went_down(self) -> None:
        """Services that need the link end."""
        if self.air_running:
            self.air_running = False
            self._module.emit(fx.CloseAirPort())
        self.drop_broker()
        self.web_server_stops()

    # --- service registration ---------------------------------------------------------------------------------------

    def open_service(self) -> None:
        """Open the registered socket if none is open; without OK or error text."""
        module = self._module
        registration = module.ram.registration
        if not registration.is_service or not module.link.is_up or module.sockets.open_slots:
            return
        if registration.socket_type.startswith("US"):
            known = bool(registration.port) and registration.address not in ("", "0.0.0.0")
            if registration.open_type == "SO" and not known and not module.firmware.so_udp_server_opens_at_boot:
                return
            if registration.open_type == "S":
                if not module.firmware.s_udp_server_opens:
                    return
                registration = _without_remote(registration)
        elif registration.socket_type.startswith("TS"):
            # The web pages register a server together with the remote address of their form, which says nothing.
            registration = _without_remote(registration)
        if module.sockets.refusal(registration) is None:
            module.sockets.open(registration)

    # --- socket options ---------------------------------------------------------------------------------------------

    def apply_socket_option(self, option: int) -> None:
        """Start or stop what an FSOCK option drives."""
        module = self._module
        value = module.ram.socket_option(option)
        match option:
            case 6:
                self._every("reconnect", value, self._reconnect_due)
            case 8:
                self._every("no-socket", value, self._no_socket_due)
            case 5 | 7 | 9:
                watched = any(module.ram.socket_option(number) for number in (5, 7, 9))
                if not watched:
                    module.timers.stop("idle")
                elif not module.timers.running("idle"):
                    module.after("idle", IDLE_CHECK_US, self._idle_due)
            case _:
                pass

    def _every(self, name: str, seconds: int, action: Callable[[], None]) -> None:
        def due() -> None:
            self._module.after(name, seconds * SECOND_US, due)
            action()

        if seconds:
            self._module.after(name, seconds * SECOND_US, due)
        else:
            self._module.timers.stop(name)

    def _reconnect_due(self) -> None:
        self._module.in_background("reconnect", self._reconnect)

    def _reconnect(self) -> Steps[None]:
        if not self._module.sockets.open_slots and self._module.ram.registration.is_service:
            if self._module.firmware.idle_resets:
                yield from self._module.reset_in_order()
            else:
                self.open_service()

    def _no_socket_due(self) -> None:
        module = self._module
        if module.link.is_up and module.ram.registration.is_service and not module.sockets.open_slots:
            module.start_task(module.reset_in_order())

    def _idle_due(self) -> None:
        self._module.after("idle", IDLE_CHECK_US, self._idle_due)
        self._module.in_background("idle", self._check_idle)

    def _check_idle(self) -> Steps[None]:
        module = self._module
        limit_s = module.ram.socket_option(5)
        for slot in module.sockets.open_slots:
            if limit_s and slot.connected and module.now_us - slot.active_us >= limit_s * SECOND_US:
                module.sockets.idle_out(slot)
        silence_s = module.ram.socket_option(7)
        if silence_s and module.now_us - self._quiet_since_us >= silence_s * SECOND_US:
            yield from module.reset_in_order()
            return
        self._open_next_listener()

    def _open_next_listener(self) -> None:
        """FSOCK option 9: keep one server waiting on the port of the last server."""
        module = self._module
        port = module.sockets.last_server_port
        if not (module.ram.socket_option(9) and port and module.link.is_up):
            return
        if module.sockets.listener_on(port) is None and module.sockets.free_id is not None:
            registration = SocketRegistration("O", "TSN", "0.0.0.0", 0, port, data_mode=False)
            if module.firmware.scon_once_registers:
                module.ram.registration = registration
            if module.sockets.refusal(registration) is None:
                module.sockets.open(registration)

    def socket_activity(self) -> None:
        """Data or a connect on any socket."""
        self._quiet_since_us = self._module.now_us

    def serial_activity(self) -> None:
        """Serial bytes towards a socket count as data in data mode."""
        if self._module.data_mode.active:
            self._quiet_since_us = self._module.now_us

    # --- AT+WCHECK --------------------------------------------------------------------------------------------------

    def start_link_check(self) -> None:
        """Supervise from now on, with the times in RAM. It never ends before a reset."""
        check = self._module.ram.link_check
        if not check.time_s and not self._module.firmware.wcheck_zero_still_resets:
            self._module.timers.stop("check")
        elif check.time_s or self._module.timers.running("check"):
            self._module.after("check", (check.time_s or 1) * SECOND_US, self._check_due)

    def _check_due(self) -> None:
        check = self._module.ram.link_check
        self._module.after("check", (check.time_s or 1) * SECOND_US, self._check_due)
        self._module.in_background("check", self._check_link)

    def _check_link(self) -> Steps[None]:
        module = self._module
        check = module.ram.link_check
        if not module.link.is_station:
            if module.ram.registration.is_service and module.firmware.wcheck_resets_until_associated:
                yield from module.reset_in_order()
            return
        if not check.time_s:
            return
        timeouts = 0
        for _ in range(check.tries):
            ended = yield from module.ask(fx.Ping, module.link.gateway, PING_LIMIT_US)
            timeouts += ended.result is ev.PingResult.TIMEOUT
        if timeouts < check.errors:
            return
        if check.option == 1 and module.ram.antenna == ANTENNA_AUTO:
            module.link.chip_antenna = 0 if module.link.chip_antenna == 1 else 1
        elif module.firmware.wcheck_action == "RESET":
            yield from module.reset_in_order()
        else:
            yield from module.sockets.close_all()
            module.link.take_down()
            yield from module.link.join()

    # --- web server -------------------------------------------------------------------------------------------------

    def start_web_server(self) -> None:
        """Start the web configuration server unless it runs."""
        module = self._module
        if not self.web_running:
            self.web_running = True
            module.output.debug(f"Start Web Server : {'STA' if module.link.is_station else 'AP'} Mode")
            module.emit(fx.StartWebServer(module.link.address))

    def web_server_stops(self) -> None:
        """Stop the web configuration server if it runs."""
        if self.web_running:
            self.web_running = False
            self._module.web.stopped()
            self._module.output.debug("Stop Web Server")
            self._module.emit(fx.StopWebServer())

    def stop_web_server(self) -> Steps[None]:
        """Stop it in order, with the pause that AT+WLEAVE and resets make after it."""
        if self.web_running:
            self.web_server_stops()
            yield Sleep(WEB_STOP_PAUSE_US)

    # --- air commands -----------------------------------------------------------------------------------------------

    def start_air_service(self) -> None:
        """Start the air-command service from the settings in RAM."""
        setting = self._module.ram.air_command
        if not self.air_running and self._module.link.is_up_in_mode:
            self.air_running = True
            self._module.emit(fx.OpenAirPort("udp" if setting.protocol == "U" else "tcp", setting.port))

    def receive(self, event: ev.AirEvent | ev.MqttEvent) -> None:
        """Handle what the services of the body report."""
        match event:
            case ev.AirPortOpened():
                self.air_running = self.air_running and event.ok
            case ev.AirCommandReceived():
                self._receive_air_command(event)
            case ev.MqttReceived():
                if self.mqtt_address:
                    text = b"{Q,%s,,%d}%s\r\n" % (event.topic, len(event.payload), event.payload)
                    self._module.output.text(text[:255])
            case ev.MqttLost():
                if self.mqtt_address:
                    self.mqtt_address = ""
                    self._module.output.text(b"[MQTT DISCONNECT]\r\n")
            case _:
                assert_never(event)

    def _receive_air_command(self, event: ev.AirCommandReceived) -> None:
        if not self.air_running or not event.data.startswith(AIR_HEADER) or not event.data.endswith(b"\r"):
            return
        text = event.data[len(AIR_HEADER) :]
        self._air_commands += 1
        name = f"air-{self._air_commands}"
        self._module.in_background(name, lambda: self._run_air_command(event.client, text))

    def _run_air_command(self, client: int, text: bytes) -> Steps[None]:
        module = self._module

        def answer() -> None:
            module.emit(fx.AnswerAirCommand(client, module.output.captured_answer()))

        module.output.start_capture()
        module.after("air-answer", AIR_ANSWER_LIMIT_US, answer)
        yield from module.feed_air_line(text)
        if module.timers.running("air-answer"):
            module.timers.stop("air-answer")
            answer()
        module.output.stop_capture()

    # --- MQTT -------------------------------------------------------------------------------------------------------

    def leave_broker(self) -> bool:
        """Disconnect with the module's text; False when there is no connection."""
        if not self.mqtt_address:
            return False
        self.drop_broker()
        self._module.output.text(b"[MQTT DISCONNECT]\r\n")
        return True

    def drop_broker(self) -> None:
        """Disconnect without a word."""
        if self.mqtt_address:
            self.mqtt_address = ""
            self._module.emit(fx.DisconnectMqtt())

    # --- automatic AP session ---------------------------------------------------------------------------------------

    def begin_automatic_ap(self) -> Steps[None]:
        """The session after a single FUNCTION press: web server, air commands, and the flag is gone."""
        module = self._module
        module.ram.auto_ap = module.storage.profile.auto_ap = False
        yield from module.storage.write()
        self.start_web_server()
        module.ram.air_command = AUTO_AP_AIR_COMMAND
        self.start_air_service()
        extension, seconds = module.ram.extension
        backup = module.storage.profile.backup
        if extension == EXTENSION_RESTORE and backup is not None:
            module.after("session-end", seconds * SECOND_US, lambda: self._session_over(backup))

    def _session_over(self, backup: Backup) -> None:
        self._module.in_background("session-end", lambda: self._restore(backup))

    def _restore(self, backup: Backup) -> Steps[None]:
        module = self._module
        profile = module.storage.profile
        profile.wifi_mode = backup.wifi_mode
        profile.access_point, profile.ap_security = backup.access_point, backup.ap_security
        profile.dhcp, profile.address = backup.dhcp, backup.address
        profile.netmask, profile.gateway = backup.netmask, backup.gateway
        profile.registration = backup.registration
        profile.backup = None
        yield from module.storage.write()
        yield from module.reset_in_order()

    # --- AT+COWAYA --------------------------------------------------------------------------------------------------

    def arm_cowaya(self) -> None:
        """A CONNECT or DISCONNECT event starts the repetition anew."""
        module = self._module
        if module.ram.cowaya_time_s:
            module.data_mode.cowaya_waits = True
            module.after("cowaya", module.ram.cowaya_time_s * SECOND_US, self._cowaya_due)

    def _cowaya_due(self) -> None:
        module = self._module
        if not module.ram.cowaya_time_s or not module.data_mode.cowaya_waits:
            return
        if module.data_mode.session is not None:
            module.output.urc(Urc.CONNECT, 0)
            module.after("cowaya", module.ram.cowaya_time_s * SECOND_US, self._cowaya_due)


def _without_remote(registration: SocketRegistration) -> SocketRegistration:
    return SocketRegistration(
        registration.open_type,
        registration.socket_type,
        "0.0.0.0",
        0,
        registration.local_port,
        registration.data_mode,
    )
