"""What a host does on its way: how often it asks again, and what it sends twice."""

import re
from collections import Counter, deque
from collections.abc import Sequence

from wizfi_emu.lint.search import find_mistakes
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.properties.consequences import cost_of
from wizfi_emu.properties.facts import Facts, Finding, Item
from wizfi_emu.properties.model import Properties

STORM_US = 10_000_000
"""Refusals are counted within this time."""

STALE_US = 2_000_000
"""An address of the module may be told for so long after it has another one: it was right when the host asked."""

_PROMPT = re.compile(rb"\[\d,[\d.]*,\d*,\d+\]\r\n\Z")
_BAD_NEWS = re.compile(rb"\[ERROR|\[TCP Send Error|\[DISCONNECT|WizFi250 Version")


def find_storm(facts: Facts, limits: Properties) -> Finding | None:
    """Connects or joins are refused again and again, and the host does not wait between them."""
    refused: dict[str, deque[int]] = {"connect": deque(), "join": deque()}
    connecting: set[int] = set()
    for time_us, item in facts.items:
        match item:
            case fx.ConnectTcp():
                connecting.add(item.sock)
                continue
            case ev.SocketFailed() if item.sock in connecting:
                what = "connect"
            case ev.JoinEnded() if item.failure is not None:
                what = "join"
            case _:
                continue
        times = refused[what]
        times.append(time_us)
        while times[0] < time_us - STORM_US:
            times.popleft()
        if len(times) > limits.attempts:
            text = (
                f"the host tries to {what} again and again: {len(times)} refusals "
                f"within {max(0.1, (time_us - times[0]) / 1e6):.1f} s"
            )
            return Finding("storm", what, text)
    return None


def find_broken_rules(facts: Facts, _limits: Properties) -> list[Finding]:
    """What `wizfi_emu.lint` finds, once for each rule. What a host cannot have understood it cannot have broken."""
    if cost_of(facts.faults) == "corrupts":
        return []
    found: dict[str, Finding] = {}
    for mistake in find_mistakes(facts.items, paced=facts.paced):
        found.setdefault(mistake.rule, Finding("protocol", mistake.rule, f"at {mistake.line()}"))
    return list(found.values())


def find_duplicates(facts: Facts, limits: Properties) -> Finding | None:
    """The same data goes over one connection too often, and no bad news had come in between."""
    if cost_of(facts.faults) == "corrupts" or not limits.copies:
        return None
    for data, count in copies(facts.items):
        if count > limits.copies:
            shown = ascii(data[:40].decode("latin-1"))
            times = {2: "twice", 3: "three times"}.get(count, f"{count} times")
            return Finding("duplicates", "data", f"the host sends {shown} {times} over one connection")
    return None


def find_stale_address(facts: Facts, _limits: Properties) -> Finding | None:
    """Data names an address that the module has had, and has not any more."""
    if cost_of(facts.faults) == "corrupts":
        return None
    address, former = "", dict[str, int]()
    for time_us, item in facts.items:
        match item:
            case ev.AddressOffered(address=new) | ev.AddressRenewed(address=new) if new:
                if new != address and address:
                    former[address] = time_us
                former.pop(new, None)
                address = new
            case fx.SendData(data=data) | fx.PublishMqtt(payload=data):
                for old, since_us in former.items():
                    if time_us - since_us >= STALE_US and _names(data, old):
                        late_s = (time_us - since_us) / 1e6
                        text = f"the host tells the address {old}; the module has had {address} for {late_s:.1f} s"
                        return Finding("stale-address", "address", text)
            case _:
                pass
    return None


def _names(data: bytes, address: str) -> bool:
    """Whether an address is there as a word of its own, and not as a part of another one."""
    return re.search(rb"(?<![\d.])" + re.escape(address.encode()) + rb"(?!\d)", data) is not None


def most_copies(items: Sequence[tuple[int, Item]]) -> int:
    """How often the same data goes over one connection at most."""
    return max((count for _, count in copies(items)), default=1)


def copies(items: Sequence[tuple[int, Item]]) -> list[tuple[bytes, int]]:
    """The data of AT+SSEND, each with how often it has gone over one connection, counted from the last bad news."""
    counts: Counter[tuple[int, bytes]] = Counter()
    found = []
    said = b""
    for _, item in items:
        match item:
            case fx.UartSend():
                said = (said + item.data)[-64:]
                if _BAD_NEWS.search(item.data):
                    counts.clear()
            case ev.PoweredOn():
                counts.clear()
            case fx.SendData() if _PROMPT.search(said):
                counts[item.sock, item.data] += 1
                found.append((item.data, counts[item.sock, item.data]))
            case _:
                pass
    return found
