"""The state of a module as one document: what ``GET /api/state`` gives.

Times are microseconds of the module. Endpoints are ``address:port``; *virtual* ones are those that the firmware sees,
*host* ones those where the sockets really are.
"""

from typing import Literal

from msgspec import Struct

from wizfi_emu.faults.model import FaultState

Mode = Literal["off", "reset", "boot", "ota", "silent", "command", "data"]
"""``off`` without power, ``reset`` between power and the first instruction, ``boot`` in the boot loader, ``ota`` in the
update mode, ``silent`` without an application, and the two modes of the application."""


LinkPhase = Literal["down", "station", "lost", "ap"]
Order = Literal["msb", "lsb"]
Port = Literal["uart", "spi"]
SocketPhase = Literal["opening", "listening", "connected", "open"]


class FirmwareState(Struct, frozen=True):
    """Which module this is: the name of the personality, and the version that it prints."""

    personality: str
    version: str


class SerialState(Struct, frozen=True):
    """The serial line: what a host opens, and the module's side of the settings."""

    device: str
    link: str | None
    baud: int
    parity: str
    data_bits: int
    stop_bits: str
    flow: str


class SpiState(Struct, frozen=True):
    """The SPI line: where a host clocks it and watches DATA_READY, how it takes the wires, and the slave.

    Addresses and the host's side are None without ``--spi``. ``outputs``: where answers go now. ``data_ready`` is None
    when the pin floats: it is high, and an open drain. ``queued_bytes`` wait for transfers, ``waiting_bytes`` behind
    them for room in the queue; the module is ``stalled`` then. ``stops_host``: it has sent XOFF and no XON yet;
    ``stopped``: the host has.
    """

    device: str | None
    ready_device: str | None
    connected: bool
    host_mode: int | None
    host_order: Order | None
    mode: int
    order: Order
    outputs: list[Port]
    data_ready: int | None
    queued_bytes: int
    waiting_bytes: int
    stalled: bool
    stops_host: bool
    stopped: bool
    transferred_bytes: int


class WifiState(Struct, frozen=True):
    """The link; in the update mode that mode's own access point.

    Addresses are empty while it is down; ``rssi_dbm`` is None when not associated with a network.
    """

    state: LinkPhase
    ssid: str
    mac: str
    address: str
    netmask: str
    gateway: str
    name_servers: list[str]
    rssi_dbm: int | None


class EndState(Struct, frozen=True):
    """One end of a socket; None where there is none (yet)."""

    virtual: str | None
    host: str | None


class SocketState(Struct, frozen=True):
    """One socket. ``type`` is the word of AT+SCON (TCN, TSS, USN ...)."""

    scid: int
    type: str
    state: SocketPhase
    data_mode: bool
    local: EndState
    remote: EndState


class DataModeState(Struct, frozen=True):
    """``session``: the socket that data mode belongs to; ``current``: the socket that gets data-mode bytes."""

    session: int | None
    current: int | None


class ServiceState(Struct, frozen=True):
    """A service beside the sockets: whether it runs, and where it is reached (MQTT: the broker's virtual address)."""

    running: bool
    address: str | None = None
    port: int | None = None


class ServicesState(Struct, frozen=True):
    """The web configuration server, the air-command service, the MQTT client."""

    web: ServiceState
    air: ServiceState
    mqtt: ServiceState


class PinState(Struct, frozen=True):
    """``level``: what is on the pin, None when it floats; ``driven``: what is put on it from outside, None: nothing."""

    direction: Literal["input", "output"]
    level: int | None
    driven: int | None


class TimerState(Struct, frozen=True):
    """A timer of the module, and when it ends."""

    name: str
    in_us: int


class Counters(Struct, frozen=True):
    """Bytes of the serial line, and boots since the program started.

    ``received_bytes``: from the host. ``sent_bytes``: taken by the host. ``dropped_bytes``: the host did not read them.
    ``lost_bytes``: the receiver was off or had no room.
    """

    received_bytes: int
    sent_bytes: int
    dropped_bytes: int
    lost_bytes: int
    boots: int


class AccessPointState(Struct, frozen=True):
    """An access point of the world. An SSID that is no text has escapes."""

    ssid: str
    bssid: str
    channel: int
    security: str
    on: bool
    rssi_dbm: int


class RecordingState(Struct, frozen=True):
    """A recording by hand: ``waiting`` for the power to come, ``on``, ``full`` (it has ended) or ``off``.

    ``bytes``: how many there are to fetch.
    """

    state: Literal["off", "waiting", "on", "full"] = "off"
    bytes: int = 0


class State(Struct, frozen=True):
    """Everything at once.

    ``leds``: lit or not. ``busy``: a command or background work is under way; ``background``: what waits for a silence.
    ``profile``: the settings in RAM, ``unsaved``: those that differ from flash. Keys, passwords and the private key are
    ``***`` unless asked for; what is empty stays empty.
    """

    time_us: int
    power: bool
    mode: Mode
    firmware: FirmwareState
    serial: SerialState
    spi: SpiState
    wifi: WifiState
    sockets: list[SocketState]
    data_mode: DataModeState
    services: ServicesState
    leds: dict[str, bool]
    pins: dict[str, PinState]
    adc: int
    busy: bool
    background: list[str]
    timers: list[TimerState]
    counters: Counters
    profile: dict[str, object]
    unsaved: list[str]
    certificates: dict[str, object]
    faults: list[FaultState]
    access_points: list[AccessPointState]
    recording: RecordingState
