"""Effects: what the world shall do, ordered by the machine.

Effects are orders, in the imperative and frozen; the runner has them carried out in order. A `Request`
gets exactly one answering event that repeats its number, unless the module is reset before. ``sock`` names a host
socket for its whole life (see ``events``). Durations are integer microseconds; a limit of 0 means none.

The classes stand in groups, and each group ends with its union. Who handles effects takes a group.
"""

from collections.abc import Callable
from typing import Annotated, ClassVar, Generic, Literal, TypeGuard, TypeVar, cast, get_args

from msgspec import Struct

from wizfi_emu.module import events as ev
from wizfi_emu.secret import Secret, concealing_repr

AnswerT_co = TypeVar("AnswerT_co", bound=ev.Answer, covariant=True)


PATIENCE_US = 30_000_000
"""How much longer than its limit the machine waits for an answer. No world takes that long, unless it is broken."""


class BaseEffect(Struct, frozen=True):
    """What all effects have in common: they are values."""

    __repr__ = concealing_repr


class Request(BaseEffect, Generic[AnswerT_co], frozen=True):
    """An effect that gets one answer, an event of the class in brackets."""

    request: int
    answer: ClassVar[type[object]]

    def __init_subclass__(cls) -> None:
        (cls.answer,) = get_args(vars(cls)["__orig_bases__"][0])

    @property
    def deadline_us(self) -> int:
        """After how long without an answer the request has failed."""
        return getattr(self, "limit_us", 0) + PATIENCE_US

    def failed(self) -> AnswerT_co:
        """The answer that says that it did not work."""
        return cast(Callable[[int], AnswerT_co], self.answer)(self.request)

    def is_answered_by(self, event: object) -> TypeGuard[AnswerT_co]:
        """Whether an event has the class of the answer."""
        return type(event) is self.answer


class UartSend(BaseEffect, frozen=True):
    """Send bytes to the host."""

    data: bytes


class ConfigureUart(BaseEffect, frozen=True):
    """Set up the serial line: bit/s, parity ``N``/``E``/``O``, data bits, stop bits, flow control ``N``/``HW``."""

    baud: int
    parity: str
    data_bits: int
    stop_bits: str
    flow: str


class SpiSend(BaseEffect, frozen=True):
    """Give these bytes back over SPI (MISO): one for each of ``SpiTransferred``."""

    data: bytes


HostEffect = UartSend | SpiSend
"""Bytes for the host."""

SerialEffect = HostEffect | ConfigureUart


class Join(Request[ev.JoinEnded], frozen=True):
    """Try once to associate. ``security`` is a word of ``wizfi_emu.profile.Security``.

    ``bssid`` (upper case) and ``channel`` narrow the search when given; ``mac`` is the station's own address.
    ``shared_key`` is the WEP authentication method.
    """

    ssid: bytes
    security: str
    key: Annotated[bytes, Secret.KEY]
    mac: str
    bssid: str = ""
    channel: int = 0
    shared_key: bool = False
    limit_us: int = 7_000_000


class RequestAddress(Request[ev.AddressOffered], frozen=True):
    """Ask the network's DHCP server for an address."""

    limit_us: int


class UseAddress(BaseEffect, frozen=True):
    """The module's interface now has this address (static or leased; empty: none any more)."""

    address: str
    netmask: str
    gateway: str


class Leave(BaseEffect, frozen=True):
    """Leave the access point, or stop looking for a lost one. No answer."""


class StartAccessPoint(Request[ev.AccessPointStarted], frozen=True):
    """Run the SoftAP with its DHCP server.

    ``first_lease`` is the first address that the server hands out, empty for the one after its own.
    """

    ssid: bytes
    channel: int
    security: str
    key: Annotated[bytes, Secret.KEY]
    mac: str
    address: str
    netmask: str
    gateway: str
    first_lease: str = ""


class StopAccessPoint(BaseEffect, frozen=True):
    """Stop the SoftAP."""


class Scan(Request[ev.ScanEnded], frozen=True):
    """Look for networks; empty or 0 fields do not filter. ``NetworkFound`` may come before the answer."""

    ssid: bytes = b""
    bssid: str = ""
    channel: int = 0
    dwell_us: int = 70_000


class ReadSignal(Request[ev.SignalRead], frozen=True):
    """Read the strength of the associated network."""


class Ping(Request[ev.PingEnded], frozen=True):
    """Send one echo request. The answer comes after at most the limit."""

    address: str
    limit_us: int


class Resolve(Request[ev.NameResolved], frozen=True):
    """Look a host name up. The answer comes after at most the limit. ``servers`` are the name servers."""

    name: bytes
    servers: tuple[str, ...]
    limit_us: int


class RunWps(Request[ev.WpsEnded], frozen=True):
    """Run WPS, push button or PIN (``pin`` not None). ``WpsProgressed`` on the way."""

    pin: Annotated[bytes | None, Secret.PASSWORD] = None
    limit_us: ClassVar[int] = 120_000_000


class StartP2p(BaseEffect, frozen=True):
    """Be visible as a Wi-Fi Direct device of this name and look for others: ``P2pFound``, ``P2pEnded``."""

    name: str
    mac: str


class StopP2p(BaseEffect, frozen=True):
    """End Wi-Fi Direct."""


class InviteP2p(BaseEffect, frozen=True):
    """Invite a device that was found, by its name."""

    name: str


RadioRequest = Join | RequestAddress | StartAccessPoint | Scan | ReadSignal | Ping | Resolve | RunWps
RadioEffect = RadioRequest | UseAddress | Leave | StopAccessPoint | StartP2p | StopP2p | InviteP2p


class TlsIdentity(BaseEffect, frozen=True):
    """What a secure socket uses: PEM certificate and key, and the root CA when peers are to be verified."""

    certificate: bytes
    private_key: Annotated[bytes, Secret.PRIVATE_KEY]
    root_ca: bytes = b""


class ConnectTcp(BaseEffect, frozen=True):
    """Open a TCP connection, with TLS if ``tls``. ``SocketOpened`` (connected) or ``SocketFailed``.

    ``local_port`` 0: the host's choice. ``port_optional``: when the local port cannot be had on the host, take any.
    The TCP connect may take ``connect_limit_us``, the handshake after it ``handshake_limit_us``.
    """

    sock: int
    address: str
    port: int
    local_port: int
    tls: TlsIdentity | None = None
    port_optional: bool = False
    connect_limit_us: int = 5_000_000
    handshake_limit_us: int = 10_000_000


class ListenTcp(BaseEffect, frozen=True):
    """Wait for one client on a port. ``SocketOpened`` when it listens, then ``SocketAccepted``; or ``SocketFailed``.

    Several socks may use one port: they share the host's listening socket and get clients in the order in which they
    asked. Clients beyond the waiting socks wait in the host's backlog as long as any sock of the port is open.
    With TLS the handshake is done before ``SocketAccepted``.
    """

    sock: int
    port: int
    tls: TlsIdentity | None = None
    handshake_limit_us: int = 10_000_000


class OpenUdp(BaseEffect, frozen=True):
    """Bind a UDP socket. ``SocketOpened`` or ``SocketFailed``. ``local_port`` 0: the host's choice."""

    sock: int
    local_port: int


class SendData(BaseEffect, frozen=True):
    """Send on a socket; to ``address:port`` for UDP. Answer: one ``SocketSent`` with the same ``sock``, in order.

    ``limit_us`` bounds the time until the host's stack has taken all the data (0: none).
    """

    sock: int
    data: bytes
    address: str = ""
    port: int = 0
    limit_us: int = 0


class CloseSocket(BaseEffect, frozen=True):
    """Close in order what ``sock`` is: waiting server, connection, UDP socket. No event about it follows.

    Data given to ``SendData`` before is still delivered.
    """

    sock: int


class MakeIdentity(Request[ev.IdentityMade], frozen=True):
    """Make a self-signed certificate and key for this module."""

    common_name: str


OpenEffect = ConnectTcp | ListenTcp | OpenUdp
SocketEffect = OpenEffect | SendData | CloseSocket


class StartWebServer(BaseEffect, frozen=True):
    """Serve the module's port 80, and its name server. ``WebServerOpened``, then ``WebDataReceived``.

    The name server answers ``wizfi250.wiznet.com`` with ``address`` (virtual) and nothing else.
    """

    address: str


class StopWebServer(BaseEffect, frozen=True):
    """End the web server, its connection and the name server."""


class AnswerWebClient(BaseEffect, frozen=True):
    """Send on a web connection; ``last`` closes it when everything is sent."""

    client: int
    data: bytes
    last: bool = True


class OpenAirPort(BaseEffect, frozen=True):
    """Open the air-command service. ``AirPortOpened``, then an ``AirCommandReceived`` for each packet."""

    protocol: Literal["tcp", "udp"]
    port: int


class AnswerAirCommand(BaseEffect, frozen=True):
    """Send the answer of an air command back to its client. Empty: nothing for TCP, an empty datagram for UDP."""

    client: int
    data: bytes


class CloseAirPort(BaseEffect, frozen=True):
    """End the air-command service and its connection."""


ServiceEffect = StartWebServer | StopWebServer | AnswerWebClient | OpenAirPort | AnswerAirCommand | CloseAirPort


class ConnectMqtt(Request[ev.MqttEnded], frozen=True):
    """Connect to a broker (MQTT 3.1.1, clean session). ``MqttLost`` when it breaks later.

    When it breaks while a request waits for its answer, that answer is a failure and ``MqttLost`` does not follow.
    """

    address: str
    port: int
    user: Annotated[bytes, Secret.USER]
    password: Annotated[bytes, Secret.PASSWORD]
    client_id: bytes
    keepalive_s: int
    limit_us: int = 5_000_000


class SubscribeMqtt(Request[ev.MqttEnded], frozen=True):
    """Subscribe or, with ``qos`` None, unsubscribe. The answer is a failure for a ``qos`` above 2."""

    topic: bytes
    qos: int | None
    limit_us: int


class PublishMqtt(Request[ev.MqttEnded], frozen=True):
    """Publish with QoS 0."""

    topic: bytes
    payload: bytes
    limit_us: int = 20_000_000


class DisconnectMqtt(BaseEffect, frozen=True):
    """Leave the broker in order. No answer; requests that wait get theirs now, a failure."""


MqttRequest = ConnectMqtt | SubscribeMqtt | PublishMqtt
MqttEffect = MqttRequest | DisconnectMqtt


class WriteFlash(Request[ev.FlashWritten], frozen=True):
    """Store the image so that a kill at any moment leaves the old or the new one."""

    image: Annotated[bytes, Secret.IMAGE]


class Reset(BaseEffect, frozen=True):
    """Restart the module: drop every socket, service and association, then feed ``PoweredOn`` with this cause."""

    cause: ev.ResetCause = ev.ResetCause.RESET


class SetPin(BaseEffect, frozen=True):
    """The module drives an output, or lets it float (None): ``led1``, ``led2``, ``gpio1`` ... LEDs are lit when low.

    ``data_ready``, SPI's, is low until it is first set after a reset.
    """

    pin: str
    level: bool | None


class Log(BaseEffect, frozen=True):
    """Tell the person who runs the module. Never carries keys or passwords."""

    level: Literal["debug", "info", "warning"]
    text: str


BoardEffect = WriteFlash | Reset | SetPin | Log

NetworkEffect = SocketEffect | MakeIdentity | ServiceEffect
"""What goes to the host's network."""

AnyRequest = WriteFlash | RadioRequest | MakeIdentity | MqttRequest

Effect = SerialEffect | BoardEffect | RadioEffect | NetworkEffect | MqttEffect
