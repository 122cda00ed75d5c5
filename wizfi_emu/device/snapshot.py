"""The state of a machine as one document. Pure: it reads the machine, and gets from outside what it does not know."""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from wizfi_emu.air.accesspoint import LiveAccessPoint
from wizfi_emu.control import state as states
from wizfi_emu.faults.model import FaultState
from wizfi_emu.module.bootloader import BootTarget
from wizfi_emu.module.link import LinkState
from wizfi_emu.module.machine import Module
from wizfi_emu.module.ota import ADDRESS, NETMASK, OtaMode
from wizfi_emu.module.slots import Slot
from wizfi_emu.module.spi import Wiring
from wizfi_emu.net.addresses import Endpoint
from wizfi_emu.profile.fields import GPIO_NUMBERS, Gpio, Profile
from wizfi_emu.profile.image import SecuritySection
from wizfi_emu.readable import as_text, readable
from wizfi_emu.spi.port import SpiPort

Ends = Callable[[Slot], tuple[Endpoint | None, Endpoint | None]]

OUTPUT_OPEN_DRAIN, OUTPUT_OPEN_DRAIN_PULL_UP = 4, 5  # guide, AT+FGPIO

_NO_RECORDING = states.RecordingState()


def snapshot(
    module: Module,
    *,
    power: bool,
    now_us: int,
    serial: states.SerialState,
    spi: SpiPort | None,
    counters: states.Counters,
    pins: Mapping[str, bool | None],
    rssi_dbm: int | None,
    ends: Ends,
    air_address: str | None,
    faults: list[FaultState],
    access_points: Sequence[LiveAccessPoint] = (),
    recording: states.RecordingState = _NO_RECORDING,
    secrets: bool = False,
) -> states.State:
    """The state now; what the machine does not know of itself is given, and ``secrets`` shows keys and passwords.

    ``pins`` are the levels that the module has set (`effects.SetPin`). ``ends`` gives the host's side of a slot, local
    and remote.
    """
    runs = module.powered
    return states.State(
        time_us=now_us,
        power=power,
        mode=_mode(module, power),
        firmware=states.FirmwareState(module.settings.factory.name, module.firmware.version),
        serial=serial,
        spi=_spi(module, spi),
        wifi=_wifi(module, rssi_dbm),
        sockets=[_socket(module, slot, ends) for slot in module.slots.open_slots] if runs else [],
        data_mode=states.DataModeState(module.data_mode.session, module.data_mode.current) if runs else _NO_DATA_MODE,
        services=_services(module, air_address) if runs else _NO_SERVICES,
        leds={name: pins.get(name) is False for name in ("led1", "led2")},
        pins=_pins(module),
        adc=module.board.adc_value,
        busy=module.busy,
        background=list(module.kernel.waiting_work),
        timers=_timers(module),
        counters=counters,
        profile=_document(module.ram, secrets),
        unsaved=_unsaved(module) if runs else [],
        certificates={
            **_document(module.storage.security, secrets),
            "root_ca": as_text(module.settings.volatile.root_ca),
        },
        faults=faults,
        access_points=[
            states.AccessPointState(
                as_text(point.ssid), point.bssid, point.channel, point.security, point.on, point.rssi_dbm
            )
            for point in access_points
        ],
        recording=recording,
    )


_NO_DATA_MODE = states.DataModeState(None, None)
_NO_SERVICES = states.ServicesState(
    states.ServiceState(running=False), states.ServiceState(running=False), states.ServiceState(running=False)
)


def _mode(module: Module, power: bool) -> states.Mode:
    if not power:
        return "off"
    if module.boot_target is BootTarget.NOTHING:
        return "silent"
    if not module.powered:
        return "reset"
    if module.boot_target is None:
        return "boot"
    if module.boot_target is BootTarget.OTA:
        return "ota"
    return "data" if module.data_mode.active else "command"


def _spi(module: Module, port: SpiPort | None) -> states.SpiState:
    ports, miso = module.ports, module.ports.miso
    own = Wiring.of_option(ports.option)
    ready = miso is not None and miso.ready
    return states.SpiState(
        device=None if port is None else port.address,
        ready_device=None if port is None else port.ready_address,
        connected=port is not None and port.connected,
        host_mode=None if port is None else port.wiring.mode,
        host_order=None if port is None else _order(port.wiring),
        mode=own.mode,
        order=_order(own),
        outputs=ports.outputs,
        data_ready=None if ready and ports.open_drain else int(ready),
        queued_bytes=miso.queued_bytes if miso is not None else 0,
        waiting_bytes=ports.waiting_bytes,
        stalled=module.kernel.stalled,
        stops_host=ports.host_is_stopped,
        stopped=miso is not None and miso.stopped,
        transferred_bytes=port.transferred_bytes if port is not None else 0,
    )


def _order(wiring: Wiring) -> states.Order:
    return "msb" if wiring.msb_first else "lsb"


def _wifi(module: Module, rssi_dbm: int | None) -> states.WifiState:
    if module.ota is not None and module.powered:
        return _ota_wifi(module.ota, module.link.mac)
    link = module.link
    state = link.state if module.powered else LinkState.DOWN
    up = state in (LinkState.STATION, LinkState.AP)
    return states.WifiState(
        state=cast(states.LinkPhase, state.name.lower()),
        ssid=as_text(link.ssid) if state is not LinkState.DOWN else "",
        mac=link.mac,
        address=link.address if up else "",
        netmask=link.netmask if up else "",
        gateway=link.gateway if up else "",
        name_servers=list(link.name_servers) if up else [],
        rssi_dbm=rssi_dbm if state is LinkState.STATION else None,
    )


def _ota_wifi(ota: OtaMode, mac: str) -> states.WifiState:
    """The update mode's own access point."""
    address, netmask = (ADDRESS, NETMASK) if ota.running else ("", "")
    return states.WifiState(
        state="ap" if ota.running else "down",
        ssid=ota.ssid if ota.running else "",
        mac=mac,
        address=address,
        netmask=netmask,
        gateway=address,
        name_servers=[],
        rssi_dbm=None,
    )


def _socket(module: Module, slot: Slot, ends: Ends) -> states.SocketState:
    host_local, host_remote = ends(slot)
    remote = _endpoint(slot.address, slot.port) if slot.has_peer else None
    return states.SocketState(
        scid=slot.scid,
        type=slot.type,
        state=cast(states.SocketPhase, slot.state.name.lower()),
        data_mode=slot.data_mode,
        local=states.EndState(
            _endpoint(module.link.address, slot.local_port) if slot.local_port else None, _host(host_local)
        ),
        remote=states.EndState(remote, _host(host_remote)),
    )


def _services(module: Module, air_address: str | None) -> states.ServicesState:
    server = module.ota or module.web
    web = server.endpoint if server.running else None
    air = module.air.running
    broker = module.broker.address
    return states.ServicesState(
        web=states.ServiceState(server.running, *(web or (None, None))),
        air=states.ServiceState(air, air_address if air else None, module.air.port),
        mqtt=states.ServiceState(bool(broker), broker or None),
    )


def _pins(module: Module) -> dict[str, states.PinState]:
    board, works = module.board, module.powered
    pins = {}
    for name in ("boot", "function"):
        driven = board.driven(name)
        level = (driven is None or driven) if works else driven
        pins[name] = states.PinState("input", _bit(level), _bit(driven))
    set_up = works and module.boot_target is BootTarget.APPLICATION
    for number, gpio in zip(GPIO_NUMBERS, module.ram.gpios, strict=True):
        driven = board.driven(f"gpio{number}")
        if not set_up:
            pins[f"gpio{number}"] = states.PinState("input", _bit(driven), _bit(driven))
        elif gpio.mode:
            pins[f"gpio{number}"] = states.PinState("output", _output_level(gpio, driven), _bit(driven))
        else:
            pins[f"gpio{number}"] = states.PinState("input", board.level(number), _bit(driven))
    return pins


def _output_level(gpio: Gpio, driven: bool | None) -> int | None:
    """An open drain that is not pulled low shows what is outside, or its pull-up."""
    if gpio.value and gpio.config in (OUTPUT_OPEN_DRAIN, OUTPUT_OPEN_DRAIN_PULL_UP):
        floating = 1 if gpio.config == OUTPUT_OPEN_DRAIN_PULL_UP else None
        return floating if driven is None else int(driven)
    return gpio.value


def _timers(module: Module) -> list[states.TimerState]:
    # A pause of a task has no name of its own.
    return [
        states.TimerState(name if isinstance(name, str) else "pause", max(0, deadline_us - module.kernel.now_us))
        for name, deadline_us in module.kernel.timers.waiting
    ]


def _unsaved(module: Module) -> list[str]:
    ram, flash = module.ram, module.storage.profile
    return [name for name in ram.__struct_fields__ if getattr(ram, name) != getattr(flash, name)]


def _document(struct: Profile | SecuritySection, secrets: bool) -> dict[str, object]:
    shown = readable(struct, secrets=secrets)
    assert isinstance(shown, dict)
    return shown


def _bit(level: bool | None) -> int | None:
    return None if level is None else int(level)


def _endpoint(address: str, port: int) -> str:
    return f"{address}:{port}"


def _host(endpoint: Endpoint | None) -> str | None:
    return None if endpoint is None else _endpoint(*endpoint)
