"""What worlds have in common that simulate the radio: the air, in which the module hears networks and other modules."""

from abc import ABC, abstractmethod
from functools import partial
from typing import assert_never

from wizfi_emu.air.accesspoint import LiveAccessPoint
from wizfi_emu.air.segment import Neighbours
from wizfi_emu.air.world import Change
from wizfi_emu.errors import UserError
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.slots import Slot
from wizfi_emu.net.addresses import Endpoint
from wizfi_emu.stages.orders import (
    ChangeKey,
    ChangeLease,
    MoveAccessPoint,
    ResetConnection,
    ResetMqtt,
    SwitchAccessPoint,
    WorldOrder,
)
from wizfi_emu.worlds.radio import Due, RadioLink, RadioUser
from wizfi_emu.worlds.world import World, WorldContext

WPA_HEX_KEY_BYTES = 64


class SimulatedWorld(World, RadioUser, ABC):
    """A world with a simulated radio. Network, broker and flash are those of the class that derives from it."""

    context: WorldContext

    def __init__(self, radio: RadioLink) -> None:
        self.radio = radio
        self._first_keys: dict[str, str] = {}

    def attach(self, context: WorldContext) -> None:
        self.context = context
        self.radio.attach(self)

    def set_neighbours(self, neighbours: Neighbours | None) -> None:
        """See `RadioUser`: nobody, unless this world has a network of the host."""

    @abstractmethod
    def execute_on_network(self, effect: fx.NetworkEffect) -> None:
        """Carry out an effect of the network."""

    @abstractmethod
    def execute_mqtt(self, effect: fx.MqttEffect) -> None:
        """Carry out an effect of the MQTT client."""

    @abstractmethod
    def write_flash(self, effect: fx.WriteFlash) -> None:
        """Store an image, and report ``FlashWritten``."""

    @abstractmethod
    def reset_connection(self, sock: int) -> None:
        """Reset the connection of a socket. No event follows."""

    @abstractmethod
    def reset_mqtt(self) -> None:
        """Reset the connection to the broker; ``MqttLost`` follows."""

    def execute(self, effect: fx.Effect) -> None:
        match effect:
            case fx.WriteFlash():
                self.write_flash(effect)
            case fx.ConnectMqtt() | fx.SubscribeMqtt() | fx.PublishMqtt() | fx.DisconnectMqtt():
                self.execute_mqtt(effect)
            case _ if isinstance(effect, fx.NetworkEffect):
                self.execute_on_network(effect)
            case _ if isinstance(effect, fx.RadioEffect):
                self.schedule(self.radio.execute(effect, self.context.now_us))

    def carry_out(self, order: WorldOrder) -> None:
        match order:
            case SwitchAccessPoint(name, on):
                self.schedule(self.radio.set_access_point(name, on, self.context.now_us))
            case MoveAccessPoint(name, rssi_dbm):
                self.schedule(self.radio.change_access_point(name, Change(rssi_dbm=rssi_dbm), self.context.now_us))
            case ChangeKey(name, key):
                self._change_key(name, key)
            case ChangeLease():
                self.schedule(self.radio.change_lease(self.context.now_us))
            case ResetConnection(sock):
                self.reset_connection(sock)
            case ResetMqtt():
                self.reset_mqtt()
            case _:
                assert_never(order)

    def _change_key(self, name: str, key: str | None) -> None:
        for point in self.radio.air.named(name):
            first = self._first_keys.setdefault(point.bssid, _as_written(point.security, point.key))
            new = first if key is None else key
            self.schedule(self.radio.change_key(point.bssid, new, self.context.now_us))

    def check_access_point(self, name: str, key: str | None = None) -> None:
        points = self.radio.air.named(name)
        if key is not None:
            try:
                for point in points:
                    point.check(Change(key=key))
            except ValueError as error:
                raise UserError(str(error)) from None

    @property
    def access_points(self) -> list[LiveAccessPoint]:
        return [point for point in self.radio.air.points if point.owner is None]

    @property
    def wakeup_us(self) -> int | None:
        return self.radio.air.wakeup_us

    def time_reached(self) -> None:
        self.schedule(self.radio.time_reached(self.context.now_us))

    def schedule(self, due: Due) -> None:
        """Report what the radio gave, each event after its delay, unless it is void by then."""
        now_us = self.context.now_us
        for delay_us, event in due:
            self.context.agenda.add(now_us + delay_us, partial(self._report, event), owner=self)
        self.context.on_change()

    def _report(self, event: ev.Event) -> None:
        if self.radio.claim(event):
            self.context.feed(event)

    def restarted(self) -> None:
        self.radio.reset(self.context.now_us)

    def room_changed(self) -> None:
        pass

    @property
    def rssi_dbm(self) -> int | None:
        radio = self.radio.radio
        return radio.signal_dbm() if radio.associated else None

    def ends(self, slot: Slot) -> tuple[Endpoint | None, Endpoint | None]:
        return None, None


def _as_written(security: str, key: bytes) -> str:
    """A key in a form that can be written in a world."""
    if security == "WEP" or len(key) == WPA_HEX_KEY_BYTES:
        return key.hex()
    return key.decode()
