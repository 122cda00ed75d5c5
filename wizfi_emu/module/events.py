"""Events: what happened, told to the machine.

Events are facts, in the past tense and frozen. Together with the time that goes in beside each of them they are
everything that the machine ever learns; the same list of events gives the same effects again.

Two numbers tie an event to the effect that caused it:

``request``
    of an effect that asks for exactly one answer (``Join``, ``Ping``, ``WriteFlash`` ...). The answer repeats it.
``sock``
    of one host socket, from the effect that opened it until ``CloseSocket``. It is never used twice by one machine
    between two ``PoweredOn``, so a late event about a socket that is gone can be told apart and is ignored.

Addresses are dotted decimal text and always *virtual*: what the firmware under test is meant to see.

The classes stand in groups, and each group ends with its union. Who handles events takes a group.
"""

from enum import Enum
from typing import Annotated

from msgspec import Struct

from wizfi_emu.secret import Secret, concealing_repr


class BaseEvent(Struct, frozen=True):
    """What all events have in common: they are values."""

    __repr__ = concealing_repr


class ResetCause(Enum):
    """Why the module starts."""

    POWER = "power"
    RESET = "reset"
    WATCHDOG = "watchdog"


class Failure(Enum):
    """Why something on the network did not work."""

    REFUSED = "refused"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    RESET = "reset"
    PORT_IN_USE = "port in use"
    NOT_PERMITTED = "not permitted"
    HANDSHAKE = "handshake"
    CLOSED = "closed"


class PingResult(Enum):
    """How one echo request ended."""

    REPLY = "reply"
    TIMEOUT = "timeout"
    ERROR = "error"


class TimeReached(BaseEvent, frozen=True):
    """The time that the machine asked to be woken at has come (see ``Module.wakeup_us``)."""


class UartReceived(BaseEvent, frozen=True):
    """Bytes from the host arrived on the serial line, at most as many as ``Module.uart_room`` allowed."""

    data: bytes


class SpiTransferred(BaseEvent, frozen=True):
    """The host has clocked these bytes over SPI (MOSI), one transfer each. ``SpiSend`` gives as many back."""

    data: bytes


class SerialLoss(Enum):
    """Why bytes of the host are lost."""

    OVERRUN = "the receive buffer is full, and nothing stops the host"
    OFF = "the serial line is off while the flash is written"


class UartLost(BaseEvent, frozen=True):
    """Bytes of the host are lost. At an overrun they are the oldest in the receive buffer: new ones overwrite them."""

    count: int
    cause: SerialLoss


class JoinFailure(Enum):
    """Why an association failed."""

    NOT_FOUND = "not found"
    WRONG_KEY = "wrong key"
    SECURITY_MISMATCH = "security mismatch"
    TIMEOUT = "timeout"


class JoinEnded(BaseEvent, frozen=True):
    """One association attempt is over; ``failure`` is None when the station is associated."""

    request: int
    failure: JoinFailure | None = JoinFailure.TIMEOUT


class AddressOffered(BaseEvent, frozen=True):
    """DHCP is over. Empty ``address`` means that no server answered within the limit."""

    request: int
    address: str = ""
    netmask: str = ""
    gateway: str = ""
    dns: str = ""


class AddressRenewed(BaseEvent, frozen=True):
    """The DHCP server gave another address when the lease was renewed, by itself or after roaming."""

    address: str
    netmask: str
    gateway: str
    dns: str = ""


class AccessPointStarted(BaseEvent, frozen=True):
    """The SoftAP runs (``ok``) or could not be started."""

    request: int
    ok: bool = False


class Network(Struct, frozen=True):
    """One row of a scan.

    ``bssid`` is upper case with colons, ``rssi_dbm`` negative, ``rate_mbps`` the highest rate (54.0, 72.2).
    ``security`` is one of the words of ``wizfi_emu.profile.Security`` or ``UNKNOWN``; ``kind`` is ``Infra``,
    ``Adhoc`` or ``Unknown``; ``band`` is ``2.4`` or ``5``.
    """

    ssid: bytes
    bssid: str
    channel: int
    rssi_dbm: int
    rate_mbps: float = 54.0
    security: str = "OPEN"
    kind: str = "Infra"
    band: str = "2.4"


class NetworkFound(BaseEvent, frozen=True):
    """The scan under way has found a network."""

    network: Network


class ScanEnded(BaseEvent, frozen=True):
    """The scan is over; the networks that were not told of before, in order of discovery."""

    request: int
    networks: tuple[Network, ...] = ()


class SignalRead(BaseEvent, frozen=True):
    """The strength of the associated network, negative dBm; 0 when there is none."""

    request: int
    rssi_dbm: int = 0


class PingEnded(BaseEvent, frozen=True):
    """One echo request is over after ``millis`` ms."""

    request: int
    result: PingResult = PingResult.ERROR
    millis: int = 0


class NameResolved(BaseEvent, frozen=True):
    """The name server answered; empty ``address`` when the name is unknown or nothing came within the limit."""

    request: int
    address: str = ""


class LinkLost(BaseEvent, frozen=True):
    """The station lost its access point. The radio goes on looking for it until ``Leave``."""


class LinkRegained(BaseEvent, frozen=True):
    """The radio found the lost network again and is associated; no address yet."""


class StationJoined(BaseEvent, frozen=True):
    """A station associated with the module's SoftAP."""

    mac: str


class StationLeft(BaseEvent, frozen=True):
    """A station left the module's SoftAP."""

    mac: str


class WpsEnded(BaseEvent, frozen=True):
    """WPS is over. ``ssid`` is empty when it failed; ``security`` as in ``Network``."""

    request: int
    ssid: bytes = b""
    security: str = "OPEN"
    key: Annotated[bytes, Secret.TYPED_KEY] = b""


class WpsProgressed(BaseEvent, frozen=True):
    """The WPS library reported a step (``Sending Identity`` ...)."""

    text: str


class P2pFound(BaseEvent, frozen=True):
    """A Wi-Fi Direct device was seen for the first time."""

    name: str
    channel: int


class P2pEnded(BaseEvent, frozen=True):
    """A Wi-Fi Direct group was joined, or could not be (``joined`` false)."""

    joined: bool
    address: str = ""
    netmask: str = ""
    gateway: str = ""


RadioEvent = (
    NetworkFound
    | LinkLost
    | LinkRegained
    | AddressRenewed
    | StationJoined
    | StationLeft
    | WpsProgressed
    | P2pFound
    | P2pEnded
)


class SocketOpened(BaseEvent, frozen=True):
    """A socket works: the TCP client is connected, the UDP socket bound, the server listens. Real local port."""

    sock: int
    local_port: int


class SocketFailed(BaseEvent, frozen=True):
    """A socket could not be opened; it is gone."""

    sock: int
    failure: Failure


class SocketAccepted(BaseEvent, frozen=True):
    """A waiting TCP server has its client; from now on ``sock`` is the connection."""

    sock: int
    peer_address: str
    peer_port: int


class SocketReceived(BaseEvent, frozen=True):
    """Data arrived. TCP: a piece of the stream, of any size; peer as at the connect. UDP: one datagram."""

    sock: int
    data: bytes
    peer_address: str
    peer_port: int


class SocketSent(BaseEvent, frozen=True):
    """One ``SendData`` is over. For TCP ok means that the host's stack has taken all of it."""

    sock: int
    failure: Failure | None = None


class SocketClosed(BaseEvent, frozen=True):
    """The peer closed the connection or it broke. The machine answers with ``CloseSocket``."""

    sock: int
    failure: Failure | None = None


class IdentityMade(BaseEvent, frozen=True):
    """The certificate and key that ``MakeIdentity`` asked for, PEM text; empty when they could not be made."""

    request: int
    certificate: bytes = b""
    private_key: Annotated[bytes, Secret.PRIVATE_KEY] = b""


SocketEvent = SocketOpened | SocketFailed | SocketAccepted | SocketReceived | SocketSent | SocketClosed


class AirPortOpened(BaseEvent, frozen=True):
    """The air-command service listens, or its port could not be had."""

    ok: bool


class AirCommandReceived(BaseEvent, frozen=True):
    """One TCP segment or UDP datagram for the air-command service. ``client`` names who gets the answer."""

    client: int
    data: bytes


class WebServerOpened(BaseEvent, frozen=True):
    """The web server is reached at this address and port of the host; port 0 when none could be had."""

    address: str
    port: int


class WebDataReceived(BaseEvent, frozen=True):
    """A segment arrived on a connection to the module's port 80, or the client ended its side (empty ``data``).

    ``client`` names the connection until ``AnswerWebClient`` closes it. The server has one connection at a time; others
    wait in the host's backlog.
    """

    client: int
    data: bytes


WebEvent = WebServerOpened | WebDataReceived
AirEvent = AirPortOpened | AirCommandReceived


class MqttEnded(BaseEvent, frozen=True):
    """One MQTT request (connect, subscribe, unsubscribe, publish) is over."""

    request: int
    ok: bool = False


class MqttReceived(BaseEvent, frozen=True):
    """The broker delivered a publication."""

    topic: bytes
    payload: bytes


class MqttLost(BaseEvent, frozen=True):
    """The connection to the broker broke."""


MqttEvent = MqttReceived | MqttLost


class PoweredOn(BaseEvent, frozen=True):
    """Power came on or a reset ended; the machine boots from this flash image.

    ``image`` is what ``WriteFlash`` last carried, empty for a flash that was never written. ``seed`` feeds the
    module's random choices (the first local port of TCP clients).
    """

    image: Annotated[bytes, Secret.IMAGE]
    cause: ResetCause = ResetCause.POWER
    seed: int = 0


class PoweredOff(BaseEvent, frozen=True):
    """Power is gone. Nothing happens any more until ``PoweredOn``; RAM is lost, levels from outside stay."""


class FlashWritten(BaseEvent, frozen=True):
    """The flash image of ``WriteFlash`` is on disk (``ok``) or could not be written."""

    request: int
    ok: bool = False


class PinDriven(BaseEvent, frozen=True):
    """Something outside drives a pin to a level, or lets go of it (None).

    Pins: ``boot``, ``function``, ``gpio1``, ``gpio5``, ``gpio6``, ``gpio7``, ``gpio8``.
    """

    pin: str
    level: bool | None


class AdcDriven(BaseEvent, frozen=True):
    """The analogue input changed; 0 to 4095."""

    value: int


class ResetPulled(BaseEvent, frozen=True):
    """The RESET pin was pulled, or the watchdog bit."""

    cause: ResetCause = ResetCause.RESET


BoardEvent = PoweredOn | PoweredOff | ResetPulled | PinDriven | AdcDriven

Answer = (
    FlashWritten
    | JoinEnded
    | AddressOffered
    | AccessPointStarted
    | ScanEnded
    | SignalRead
    | PingEnded
    | NameResolved
    | WpsEnded
    | IdentityMade
    | MqttEnded
)
"""What a `wizfi_emu.module.effects.Request` is answered with. The defaults of their fields are those of a failure."""

HostBytes = UartReceived | SpiTransferred
"""Bytes of the host, on either port."""

HostEvent = HostBytes | UartLost
"""Bytes of the host, and those that got lost on the way."""

PoweredEvent = TimeReached | HostEvent | RadioEvent | SocketEvent | WebEvent | AirEvent | MqttEvent | Answer
"""What counts only while the module has power."""

Event = BoardEvent | PoweredEvent
