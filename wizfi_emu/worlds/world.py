"""A world: everything around a machine but its serial line, as a written contract.

It carries out effects and reports events, some of them later. There are worlds of host sockets, in memory, and recorded
ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wizfi_emu.agenda import Agenda
    from wizfi_emu.air.accesspoint import LiveAccessPoint
    from wizfi_emu.module.effects import Effect
    from wizfi_emu.module.events import Event, ResetCause
    from wizfi_emu.module.slots import Slot
    from wizfi_emu.net.addresses import Endpoint
    from wizfi_emu.stages.orders import WorldOrder
    from wizfi_emu.stages.stage import Stage


class WorldContext(Protocol):
    """What a world has of the run that it belongs to."""

    @property
    def agenda(self) -> Agenda:
        """Takes what is done later. What the world owns of it is dropped when the module restarts."""

    @property
    def now_us(self) -> int:
        """The module's time."""

    @property
    def network_room(self) -> bool:
        """Whether events with data from the network are taken now."""

    @property
    def on_change(self) -> Callable[[], None]:
        """To call when something was put on the agenda from outside of the run."""

    def add(self, stage: Stage) -> None:
        """Put a stage into the chain."""

    def feed(self, *events: Event) -> None:
        """Report events. May be called from within ``execute``; they are told when its effect is carried out."""


class World(Protocol):
    """Everything around one machine. Nothing here waits or raises, except where it says so."""

    def attach(self, context: WorldContext) -> None:
        """Belong to a run; called once, before anything else."""

    def power_on(self, cause: ResetCause) -> None:
        """Let ``PoweredOn`` come, with what the flash holds."""

    def restarted(self) -> None:
        """The module restarts or has lost its power: drop everything that it had. No event follows."""

    def execute(self, effect: Effect) -> None:
        """Carry out an effect of the radio, the network, a service or the flash."""

    def carry_out(self, order: WorldOrder) -> None:
        """Carry out what a stage orders."""

    def check_access_point(self, name: str, key: str | None = None) -> None:
        """Raises UserError when there is no access point of this SSID or BSSID, or when it cannot have this key."""

    @property
    def access_points(self) -> Sequence[LiveAccessPoint]:
        """The access points of the world, those that are off too."""

    @property
    def wakeup_us(self) -> int | None:
        """When to call ``time_reached``: something changes by itself."""

    def time_reached(self) -> None:
        """The time has come."""

    def room_changed(self) -> None:
        """``network_room`` may have changed."""

    @property
    def host_address(self) -> str:
        """Where on the host the module listens and reaches its peers; empty where there is no host."""

    @property
    def rssi_dbm(self) -> int | None:
        """The strength of the associated network; None without one."""

    def ends(self, slot: Slot) -> tuple[Endpoint | None, Endpoint | None]:
        """The host's side of a socket, local and remote."""
