"""The air that the modules of one program share: a world as it is now, and the modules' own networks in it. Pure."""

from bisect import insort
from typing import Protocol

from wizfi_emu.air.accesspoint import LiveAccessPoint
from wizfi_emu.air.answers import Answers
from wizfi_emu.air.chance import Chance
from wizfi_emu.air.listener import Listener
from wizfi_emu.air.schedule import Schedule
from wizfi_emu.air.segment import Servers
from wizfi_emu.air.values import RSSI_MAX_DBM, RSSI_MIN_DBM
from wizfi_emu.air.world import Change, World
from wizfi_emu.errors import UserError

SECOND_US = 1_000_000


class RadioObserver(Protocol):
    """A radio that hears what becomes of access points."""

    listener: Listener

    def notice(self, point: LiveAccessPoint) -> None:
        """This access point is new, gone, or different."""

    def renew(self) -> None:
        """The time that was given to ``Air.renew_at`` has come."""


class Air:
    """A world in time, with the modules' SoftAPs.

    Time goes in by ``settle``; between two calls nothing changes by itself. ``wakeup_us`` says when it has to be called
    next, None for never.
    """

    def __init__(self, world: World, seed: int = 0) -> None:
        """``seed`` decides everything that is left to chance."""
        self.world = world
        self.chance = Chance(seed)
        self.answers = Answers(world, self.chance)
        self.servers = Servers()
        self.now_us = 0
        self.wakeup_us: int | None = None
        self.points: list[LiveAccessPoint] = []
        """In the order in which a scan finds them."""
        self._schedules: list[tuple[LiveAccessPoint, Schedule]] = []
        self._renewals: dict[RadioObserver, int] = {}
        self._observers: list[RadioObserver] = []
        for config in world.access_points:
            point = LiveAccessPoint.of(config, self.servers)
            self.points.append(point)
            if config.schedule:
                self._schedules.append((point, Schedule(config)))
        self.points.sort(key=_place)
        self._plan()

    def enter(self, observer: RadioObserver) -> int:
        """A radio is there from now on; gives its number."""
        self._observers.append(observer)
        return len(self._observers) - 1

    def level_dbm(self, point: LiveAccessPoint) -> int:
        """How strong an access point is heard now."""
        jitter_db = point.config.rssi_jitter_db
        if not jitter_db:
            return point.rssi_dbm
        off_db = self.chance.below(2 * jitter_db + 1, "level", point.bssid, self.now_us // SECOND_US)
        return max(RSSI_MIN_DBM, min(point.rssi_dbm + off_db - jitter_db, RSSI_MAX_DBM))

    def settle(self, now_us: int) -> None:
        """Do what is due up to now. An earlier time than the last one counts as the last one."""
        self.now_us = max(self.now_us, now_us)
        while self.wakeup_us is not None and self.wakeup_us <= self.now_us:
            changed = []
            for point, schedule in self._schedules:
                for step in schedule.take(self.wakeup_us):
                    point.change(step, self.servers)
                    changed.append(point)
            self._announce(*changed)
            for observer in [observer for observer, at_us in self._renewals.items() if at_us <= self.now_us]:
                del self._renewals[observer]
                observer.renew()
            self._plan()

    def renew_at(self, observer: RadioObserver, at_us: int | None) -> None:
        """Call this radio's ``renew`` at this time, None for not at all; one that was asked for before is off."""
        self._renewals.pop(observer, None)
        if at_us is not None:
            self._renewals[observer] = at_us
        self._plan()

    def _plan(self) -> None:
        times = [schedule.next_us for _, schedule in self._schedules]
        self.wakeup_us = min((at_us for at_us in [*times, *self._renewals.values()] if at_us is not None), default=None)

    def change_access_points(self, name: str, change: Change) -> None:
        """Change the world's access points of this SSID or BSSID.

        Raises UserError if there is none, or for a key that fits one of them not; then nothing has changed.
        """
        points = self.named(name)
        try:
            for point in points:
                point.check(change)
        except ValueError as error:
            raise UserError(str(error)) from None
        for point in points:
            point.change(change, self.servers)
        self._announce(*points)

    def press_wps_button(self, name: str, now_us: int) -> None:
        """Press the WPS button of the access points of this SSID or BSSID. Raises UserError if none has one."""
        points = [point for point in self.named(name) if point.config.wps is not None]
        if not points:
            raise UserError(f"the access point {name!r} has no WPS")
        self.settle(now_us)
        for point in points:
            point.pressed_us = self.now_us
        for observer in self._observers:
            observer.listener.button_pressed()

    def named(self, name: str) -> list[LiveAccessPoint]:
        """The world's access points of this SSID or BSSID. Raises UserError if there is none."""
        points = [point for point in self.points if point.owner is None and point.is_called(name)]
        if not points:
            raise UserError(f"the world has no access point {name!r}")
        return points

    def start(self, point: LiveAccessPoint) -> None:
        insort(self.points, point, key=_place)
        self._announce(point)

    def stop(self, point: LiveAccessPoint) -> None:
        point.on = False
        self.points.remove(point)
        self._announce(point)

    def _announce(self, *points: LiveAccessPoint) -> None:
        for observer in self._observers:
            for point in points:
                observer.notice(point)


def _place(point: LiveAccessPoint) -> tuple[int, str]:
    return point.channel, point.bssid
