"""The situations, as a file that comes with the program."""

from functools import cache

from msgspec import Struct, structs

from wizfi_emu import userfiles
from wizfi_emu.air.world import AccessPoint, Step, World
from wizfi_emu.bounds import Seconds
from wizfi_emu.faults.model import ApOff, Fault
from wizfi_emu.userfiles.packaged import packaged

KIND = "audit"
JOINED = "JOINED"
"""Stands for the access point that the host joins."""
LEASE_S = 2
"""How long a lease lasts in a network whose addresses change: the module asks again after half of it."""


class Situation(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that happens around a host.

    ``bug``: the folder of examples/field-bugs with its story. ``switches`` come over those of the scenario, ``timing``,
    a file beside the situations, in the place of its own. ``other_lease_at_s``: when every access point gives other
    addresses. ``breaks``: what is expected need not come.
    """

    name: str
    story: str
    bug: str = ""
    faults: tuple[Fault, ...] = ()
    switches: tuple[str, ...] = ()
    timing: str = ""
    other_lease_at_s: Seconds | None = None
    breaks: bool = False


def faults_for(situation: Situation, access_point: str) -> tuple[Fault, ...]:
    """The faults of a situation for a host that joins this access point; empty for none."""
    return tuple(
        structs.replace(fault, access_point=access_point)
        if isinstance(fault, ApOff) and fault.access_point == JOINED
        else fault
        for fault in situation.faults
    )


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    situations: tuple[Situation, ...]


@cache
def load_situations() -> tuple[Situation, ...]:
    """All of them, in the order of the score card; the first one is the run in which nothing goes wrong."""
    return userfiles.read(userfiles.find(KIND, "situations"), _File).situations


def timing_of(situation: Situation) -> str:
    """The path of the timing of a situation; empty for that of the scenario."""
    return str(packaged(KIND) / f"{situation.timing}{userfiles.SUFFIX}") if situation.timing else ""


def with_other_leases(world: World, at_s: float) -> World:
    """The world with short leases, and other addresses of the same networks from that time on."""
    return structs.replace(world, access_points=tuple(_with_other_leases(one, at_s) for one in world.access_points))


def _with_other_leases(point: AccessPoint, at_s: float) -> AccessPoint:
    dhcp = structs.replace(point.dhcp, lease_s=LEASE_S)
    network, _, last = dhcp.start.rpartition(".")
    first = 200 if int(last) < 200 else 100
    other = structs.replace(dhcp, start=f"{network}.{first}", end=f"{network}.{first + 20}")
    schedule = sorted((*point.schedule, Step(at_s=at_s, dhcp=other)), key=lambda step: step.at_s)
    return structs.replace(point, dhcp=dhcp, schedule=tuple(schedule))
