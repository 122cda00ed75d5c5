"""Plays a scenario in virtual time: no descriptor, no clock, and the same again every time.

The peers are those of the network in memory, the host is what the steps send and expect. A host program and a broker
need a real run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from wizfi_emu.air.air import Air
from wizfi_emu.air.load import load_world
from wizfi_emu.control.pins import PINS
from wizfi_emu.errors import UserError
from wizfi_emu.firmware.load import load_firmware, with_switches
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.events import Event
from wizfi_emu.run.device import Observer
from wizfi_emu.scenario.director import Director
from wizfi_emu.scenario.model import BasePeer, ClientPeer, MqttPeer, Scenario, ServingPeer
from wizfi_emu.scenario.report import Report
from wizfi_emu.scenario.responders import Responder, responder_of
from wizfi_emu.scenario.rig import ProblemError, Stream
from wizfi_emu.testing.bench import VirtualBench
from wizfi_emu.worlds.memory.network import MemoryNetwork, PeerError

HOST_BAUD = 115200


class VirtualPeer:
    """See ``Actor``."""

    def __init__(
        self, name: str, peer: BasePeer, network: MemoryNetwork, feed: Callable[[Iterable[Event]], None]
    ) -> None:
        self.got = Stream()
        self.accepted = 0
        self._name = name
        self._peer = peer
        self._network = network
        self.connecting = False
        self.problem = ""
        self._feed = feed
        self._port = peer.port
        self._responder: Responder | None = None
        self._connection = ""
        self._connections = 0
        self._module_port = 0
        self._listens = False
        if isinstance(peer, ServingPeer):
            self._is_udp = peer.protocol == "udp"
            if peer.listens:
                self.listen()
        elif isinstance(peer, MqttPeer):
            raise UserError(f"{name}: an MQTT broker cannot be scripted")
        else:
            self._is_udp = False

    @property
    def port(self) -> int:
        """See ``Actor``."""
        return self._port

    @property
    def closed(self) -> bool:
        """See ``Actor``."""
        try:
            self._network.expect_closed(self._connection)
        except (PeerError, KeyError):
            return False
        return True

    def listen(self) -> None:
        """See ``Actor``."""
        if isinstance(self._peer, ClientPeer) or self._listens:
            raise ProblemError(f"{self._name} listens already, or never does")
        try:
            if self._is_udp:
                self._port = self._network.udp_open(self._place, self._port)
                self._responder = responder_of(self._serving)
            else:
                self._port = self._network.tcp_listen(self._place, self._port)
        except PeerError as error:
            raise ProblemError(str(error)) from None
        self._listens = True

    def stop(self) -> None:
        """See ``Actor``."""
        if self._listens:
            self._listens = False
            self._feed(self._network.close(self._place))

    def connect(self, to: int) -> None:
        """See ``Actor``."""
        name = self._next_name()
        try:
            events = self._network.tcp_connect(name, to)
        except PeerError as error:
            self.problem = str(error)
            return
        self.problem, self._connection = "", name
        self._feed(events)

    def send(self, data: bytes, to: int) -> None:
        """See ``Actor``."""
        if self._is_udp:
            port = to or self._module_port
            if not port:
                raise ProblemError(f"{self._name}: no datagram received yet; set `to`")
            self._feed(self._network.udp_sendto(self._place, port, data))
        else:
            self._feed(self._network.send(self._open_connection(), data))

    def close(self, how: Literal["close", "abort", "half_close"]) -> None:
        """See ``Actor``. A half close is a close here: the module answers both in the same way."""
        connection = self._open_connection()
        self._connection = ""
        self._feed(self._network.break_off(connection) if how == "abort" else self._network.close(connection))

    def pump(self) -> bool:
        """Take what has come and behave; whether anything has."""
        if self._is_udp:
            return self._pump_datagrams() if self._listens else False
        moved = False
        while self._listens and self._accept():
            moved = True
        if self._connection:
            data = self._network.received(self._connection)
            if data:
                moved = True
                self.got.add(data)
                if self._responder is not None and not self.closed:
                    self._say(self._responder.receive(data))
        return moved

    def _accept(self) -> bool:
        name = self._next_name()
        try:
            self._network.tcp_accept(name, self._place)
        except PeerError:
            return False
        self._connection = name
        self.accepted += 1
        self._responder = responder_of(self._serving)
        self._say(self._responder.greet())
        return True

    def _say(self, data: bytes) -> None:
        if data:
            self._feed(self._network.send(self._connection, data))
        if self._responder is not None and self._responder.closes:
            self._feed(self._network.close(self._connection))
            self._connection, self._responder = "", None

    def _pump_datagrams(self) -> bool:
        datagrams = self._network.datagrams(self._place)
        for data in datagrams:
            self.got.add(data)
            assert self._responder is not None
            answer = self._responder.receive(data)
            if answer and self._module_port:
                self.send(answer, 0)
        return bool(datagrams)

    def heard_from(self, port: int) -> None:
        """The module sends from this port."""
        self._module_port = port

    @property
    def _serving(self) -> ServingPeer:
        assert isinstance(self._peer, ServingPeer)
        return self._peer

    @property
    def _place(self) -> str:
        return f"{self._name} listens"

    def _next_name(self) -> str:
        self._connections += 1
        return f"{self._name} {self._connections}"

    def _open_connection(self) -> str:
        if not self._connection:
            raise ProblemError(f"{self._name} has no connection")
        return self._connection


class VirtualRig:
    """See ``Rig``."""

    exit_status: int | None = None

    def __init__(self, scenario: Scenario, seed: int, observers: Iterable[Observer]) -> None:
        module = scenario.module
        world = load_world(module.world)
        firmware = with_switches(load_firmware(module.firmware), module.switches)
        self.bench = VirtualBench(firmware, Air(world, seed), power=False, observers=[*observers, self._observe])
        self.bench.host_baud = HOST_BAUD
        self.bench.feed(ev.AdcDriven(world.adc))
        self.faults = self.bench.faults(seed)
        self.to_host, self.from_host = Stream(), Stream()
        self.peers = {
            name: VirtualPeer(name, peer, self.bench.network, self._feed) for name, peer in scenario.peers.items()
        }
        self._unsent = bytearray()
        self._udp_ports: dict[int, int] = {}

    @property
    def now_us(self) -> int:
        """See ``Rig``."""
        return self.bench.now_us

    @property
    def values(self) -> dict[str, str]:
        """See ``Rig``."""
        ports = {f"{name}.port": str(peer.port) for name, peer in self.peers.items()}
        return {"port": "virtual", "address": "127.0.0.1", **ports}

    def send(self, data: bytes) -> None:
        """See ``Rig``."""
        self.from_host.add(data)
        self._unsent += data
        self._send_on()

    def drive(self, pin: str, level: bool | None) -> None:
        """See ``Rig``."""
        assert pin in PINS
        self.bench.feed(ev.PinDriven(pin, level))

    def set_adc(self, value: int) -> None:
        """See ``Rig``."""
        self.bench.feed(ev.AdcDriven(value))

    def switch_power(self, on: bool) -> None:
        """See ``Rig``."""
        self.bench.switch_power(on)
        self.bench.do(())

    def reset(self, watchdog: bool) -> None:
        """See ``Rig``."""
        if not self.bench.has_power:
            raise ProblemError("the module has no power")
        self.bench.feed(ev.ResetPulled(ev.ResetCause.WATCHDOG if watchdog else ev.ResetCause.RESET))

    def set_host_baud(self, baud: int) -> None:
        """See ``Rig``."""
        self.bench.host_baud = baud

    def settle(self) -> None:
        """Let everything happen that happens now."""
        self._send_on()
        while any(peer.pump() for peer in self.peers.values()):
            pass
        self.to_host.add(self.bench.read())

    def _send_on(self) -> None:
        bench = self.bench
        while self._unsent and (room := bench.serial_room):
            data = bytes(self._unsent[:room])
            del self._unsent[:room]
            bench.feed(ev.UartReceived(data))

    def _feed(self, events: Iterable[Event]) -> None:
        self.bench.feed(*events)

    def _observe(self, item: ev.Event | fx.Effect, _now_us: int) -> None:
        """Learn from which port the module sends datagrams."""
        if isinstance(item, ev.SocketOpened):
            self._udp_ports[item.sock] = item.local_port
        elif isinstance(item, fx.SendData) and item.address:
            for peer in self.peers.values():
                if peer.port == item.port:
                    peer.heard_from(self._udp_ports.get(item.sock, 0))


def run_virtually(scenario: Scenario, seed: int, observers: Iterable[Observer] = ()) -> Report:
    """Play a scenario. Raises UserError for what cannot be played so."""
    if scenario.host is not None:
        raise UserError("a host program needs a real run, without --virtual")
    rig = VirtualRig(scenario, seed, observers)
    director = Director(scenario, rig)
    rig.switch_power(True)
    while (next_us := director.go_on(rig.settle)) is not None:
        rig.bench.step(next_us)
    return director.report(seed)
