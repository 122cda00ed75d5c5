"""What name servers and hosts beyond the router answer."""

from typing import Literal

from wizfi_emu.air.chance import Chance
from wizfi_emu.air.values import address_number, network
from wizfi_emu.air.world import OTHERS, TIMEOUT, Name, PingReply, World
from wizfi_emu.module.events import PingResult

Reply = int | Literal["timeout", "error"] | PingReply


class Answers:
    """The names and pings of a world, and what somebody changes of them while it runs.

    ``question`` makes a question another one than those before, so that it has a chance of its own.
    """

    def __init__(self, world: World, chance: Chance) -> None:
        self._chance = chance
        self.names: dict[str, str | Name] = dict(world.names)
        """In lower case."""
        self.pings: dict[str, Reply] = dict(world.pings)

    def resolve(self, name: str, *question: object) -> tuple[int, str | None]:
        """``(delay_us, address)`` of a name in lower case; empty if it has none, None if no server answers."""
        found = self.names.get(name, self.names.get(OTHERS, ""))
        known = found if isinstance(found, Name) else Name(found)
        if known.address == TIMEOUT or self._chance.happens(known.loss_percent, "name", name, *question):
            return 0, None
        return known.delay_ms * 1000, known.address

    def ping(self, address: str, *question: object) -> tuple[int, PingResult] | None:
        """``(delay_us, result)`` of one echo request by the narrowest entry; None without an entry."""
        reply = self._narrowest(address)
        match reply:
            case None:
                return None
            case int():
                return reply * 1000, PingResult.REPLY
            case str():
                return 0, PingResult(reply)
        if self._chance.happens(reply.loss_percent, "ping", address, *question):
            return 0, PingResult.TIMEOUT
        jitter_ms = self._chance.below(reply.jitter_ms + 1, "delay", address, *question)
        return (reply.delay_ms + jitter_ms) * 1000, PingResult.REPLY

    def _narrowest(self, address: str) -> Reply | None:
        number = address_number(address)
        best: tuple[int, Reply] | None = None
        for target, reply in self.pings.items():
            found = network(target)
            fits = found is not None and number is not None and number & found[1] == found[0]
            if found is not None and fits and (best is None or found[1] > best[0]):
                best = found[1], reply
        return best[1] if best is not None else None
