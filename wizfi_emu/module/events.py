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

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated

from wizfi_emu.secret import Secret, discreet


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


@dataclass(frozen=True, slots=True)
class TimeReached:
    """The time that the machine asked to be woken at has come (see ``Module.wakeup_us``)."""


@dataclass(frozen=True, slots=True)
class UartReceived:
    """Bytes from the host arrived on the serial line, at most as many as ``Module.uart_room`` allowed."""

    data: bytes


# --- radio ------------------------------------------------------------------------------------------------------------


class JoinFailure(Enum):
    """Why an association failed."""

    NOT_FOUND = "not found"
    WRONG_KEY = "wrong key"
    SECURITY_MISMATCH = "security mismatch"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class JoinEnded:
    """One association attempt is over; ``failure`` is None when the station is associated."""

    request: int
    failure: JoinFailure | None


@dataclass(frozen=True, slots=True)
class AddressOffered:
    """DHCP is over. Empty ``address`` means that no server answered within the limit."""

    request: int
    address: str = ""
    netmask: str = ""
    gateway: str = ""
    dns: str = ""


@dataclass(frozen=True, slots=True)
class AddressRenewed:
    """The DHCP server gave another address when the lease was renewed, by itself or after roaming."""

    address: str
    netmask: str
    gateway: str
    dns: str = ""


@dataclass(frozen=True, slots=True)
class AccessPointStarted:
    """The SoftAP runs (``ok``) or could not be started."""

    request: int
    ok: bool


@dataclass(frozen=True, slots=True)
class Network:
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


@dataclass(frozen=True, slots=True)
class ScanEnded:
    """The scan is over; networks in order of discovery."""

    request: int
    networks: tuple[Network, ...]


@dataclass(frozen=True, slots=True)
class SignalRead:
    """The strength of the associated network, negative dBm; 0 when there is none."""

    request: int
    rssi_dbm: int


@dataclass(frozen=True, slots=True)
class PingEnded:
    """One echo request is over after ``millis`` ms."""

    request: int
    result: PingResult
    millis: int = 0


@dataclass(frozen=True, slots=True)
class NameResolved:
    """The name server answered; empty ``address`` when the name is unknown or nothing came within the limit."""

    request: int
    address: str = ""


@dataclass(frozen=True, slots=True)
class LinkLost:
    """The station lost its access point. The radio goes on looking for it until ``Leave``."""


@dataclass(frozen=True, slots=True)
class LinkRegained:
    """The radio found the lost network again and is associated; no address yet."""


@dataclass(frozen=True, slots=True)
class StationJoined:
    """A station associated with the module's SoftAP."""

    mac: str


@dataclass(frozen=True, slots=True)
class StationLeft:
    """A station left the module's SoftAP."""

    mac: str


@discreet
@dataclass(frozen=True, slots=True)
class WpsEnded:
    """WPS is over. ``ssid`` is empty when it failed; ``security`` as in ``Network``."""

    request: int
    ssid: bytes = b""
    security: str = "OPEN"
    key: Annotated[bytes, Secret.TYPED_KEY] = b""


@dataclass(frozen=True, slots=True)
class WpsProgressed:
    """The WPS library reported a step (``Sending Identity`` ...)."""

    text: str


@dataclass(frozen=True, slots=True)
class P2pFound:
    """A Wi-Fi Direct device was seen for the first time."""

    name: str
    channel: int


@dataclass(frozen=True, slots=True)
class P2pEnded:
    """A Wi-Fi Direct group was joined, or could not be (``joined`` false)."""

    joined: bool
    address: str = ""
    netmask: str = ""
    gateway: str = ""


RadioEvent = (
    LinkLost | LinkRegained | AddressRenewed | StationJoined | StationLeft | WpsProgressed | P2pFound | P2pEnded
)


# --- sockets ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SocketOpened:
    """A socket works: the TCP client is connected, the UDP socket bound, the server listens. Real local port."""

    sock: int
    local_port: int


@dataclass(frozen=True, slots=True)
class SocketFailed:
    """A socket could not be opened; it is gone."""

    sock: int
    failure: Failure


@dataclass(frozen=True, slots=True)
class SocketAccepted:
    """A waiting TCP server has its client; from now on ``sock`` is the connection."""

    sock: int
    peer_address: str
    peer_port: int


@dataclass(frozen=True, slots=True)
class SocketReceived:
    """Data arrived. TCP: a piece of the stream, of any size; peer as at the connect. UDP: one datagram."""

    sock: int
    data: bytes
    peer_address: str
    peer_port: int


@dataclass(frozen=True, slots=True)
class SocketSent:
    """One ``SendData`` is over. For TCP ok means that the host's stack has taken all of it."""

    sock: int
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class SocketClosed:
    """The peer closed the connection or it broke. The machine answers with ``CloseSocket``."""

    sock: int
    failure: Failure | None = None


@discreet
@dataclass(frozen=True, slots=True)
class IdentityMade:
    """The certificate and key that ``MakeIdentity`` asked for, PEM text."""

    request: int
    certificate: bytes
    private_key: Annotated[bytes, Secret.PRIVATE_KEY]


SocketEvent = SocketOpened | SocketFailed | SocketAccepted | SocketReceived | SocketSent | SocketClosed


# --- web server and air commands --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AirPortOpened:
    """The air-command service listens, or its port could not be had."""

    ok: bool


@dataclass(frozen=True, slots=True)
class AirCommandReceived:
    """One TCP segment or UDP datagram for the air-command service. ``client`` names who gets the answer."""

    client: int
    data: bytes


@dataclass(frozen=True, slots=True)
class WebServerOpened:
    """The web server is reached at this address and port of the host; port 0 when none could be had."""

    address: str
    port: int


@dataclass(frozen=True, slots=True)
class WebDataReceived:
    """A segment arrived on a connection to the module's port 80, or the client ended its side (empty ``data``).

    ``client`` names the connection until ``AnswerWebClient`` closes it. The server has one connection at a time; others
    wait in the host's backlog.
    """

    client: int
    data: bytes


WebEvent = WebServerOpened | WebDataReceived
AirEvent = AirPortOpened | AirCommandReceived


# --- MQTT -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MqttEnded:
    """One MQTT request (connect, subscribe, unsubscribe, publish) is over."""

    request: int
    ok: bool


@dataclass(frozen=True, slots=True)
class MqttReceived:
    """The broker delivered a publication."""

    topic: bytes
    payload: bytes


@dataclass(frozen=True, slots=True)
class MqttLost:
    """The connection to the broker broke."""


MqttEvent = MqttReceived | MqttLost


# --- board ------------------------------------------------------------------------------------------------------------


@discreet
@dataclass(frozen=True, slots=True)
class PoweredOn:
    """Power came on or a reset ended; the machine boots from this flash image.

    ``image`` is what ``WriteFlash`` last carried, empty for a flash that was never written. ``seed`` feeds the
    module's random choices (the first local port of TCP clients).
    """

    image: Annotated[bytes, Secret.IMAGE]
    cause: ResetCause = ResetCause.POWER
    seed: int = 0


@dataclass(frozen=True, slots=True)
class PoweredOff:
    """Power is gone. Nothing happens any more until ``PoweredOn``; RAM is lost, levels from outside stay."""


@dataclass(frozen=True, slots=True)
class FlashWritten:
    """The flash image of ``WriteFlash`` is on disk (``ok``) or could not be written."""

    request: int
    ok: bool


@dataclass(frozen=True, slots=True)
class PinDriven:
    """Something outside drives a pin to a level, or lets go of it (None).

    Pins: ``boot``, ``function``, ``gpio1``, ``gpio5``, ``gpio6``, ``gpio7``, ``gpio8``.
    """

    pin: str
    level: bool | None


@dataclass(frozen=True, slots=True)
class AdcDriven:
    """The analogue input changed; 0 to 4095."""

    value: int


@dataclass(frozen=True, slots=True)
class ResetPulled:
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
"""What a `wizfi_emu.module.effects.Request` is answered with."""

PoweredEvent = TimeReached | UartReceived | RadioEvent | SocketEvent | WebEvent | AirEvent | MqttEvent | Answer
"""What counts only while the module has power."""

Event = BoardEvent | PoweredEvent
