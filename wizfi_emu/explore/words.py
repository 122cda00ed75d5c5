"""Faults and moments in the words of a story."""

from wizfi_emu.explore.schedule import Schedule
from wizfi_emu.faults.model import BaseFault, When

WORDS = {
    "ap-off": "the access point goes off",
    "key-changed": "the access point has another key",
    "dhcp-refuse": "the DHCP server gives no address",
    "dhcp-late": "the DHCP server is late",
    "lease-change": "the DHCP server gives another address",
    "dns-fail": "names are not found",
    "tcp-refuse": "connects are refused",
    "tcp-reset": "connections are reset",
    "tcp-half-close": "the peer closes its side of the connection",
    "tcp-black-hole": "nothing comes through the network",
    "tcp-slow-read": "the peer reads slowly",
    "tcp-cut": "the connection is cut after some bytes",
    "bandwidth": "the network is slow",
    "latency": "the network is late",
    "udp-loss": "datagrams are lost",
    "udp-duplicate": "datagrams come twice",
    "udp-reorder": "datagrams change places",
    "serial-loss": "bytes on the serial line are lost",
    "serial-flip": "bytes on the serial line are damaged",
    "serial-delay": "bytes on the serial line are late",
    "serial-pieces": "bytes on the serial line come in pieces",
    "wrong-baud": "the host has the wrong baud rate",
    "strict-baud": "both ends of the serial line need the same baud rate",
    "spi-loss": "bytes over SPI are lost",
    "spi-flip": "bytes over SPI are damaged",
    "data-ready-stuck": "DATA_READY stays at a level",
    "brown-out": "the supply fails",
    "watchdog": "the watchdog resets the module",
    "flash-fail": "the flash cannot be written",
}
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


def what_happens(schedule: Schedule) -> str:
    """What goes wrong, as the middle of a sentence."""
    parts = [f"the module has the firmware {schedule.firmware}"] if schedule.firmware else []
    parts += map(_fault_in_words, schedule.faults)
    for block in schedule.blocks:
        [said] = block.steps
        parts.append(f"{said.peers[0]} sends {said.texts[0]!a} {_when(block.when)}")
    return " and ".join(parts) or "nothing goes wrong"


def _fault_in_words(fault: BaseFault) -> str:
    words = WORDS.get(fault.word, fault.word)
    lasts = "" if fault.duration is None else f" for {fault.duration:g} s"
    return f"{words}{lasts} {_when(fault.when)}".rstrip()


def _when(when: When | None) -> str:
    if when is None:
        return "from the beginning"
    after = f"{when.after:g} s after" if when.after else "right behind"
    if when.at is not None:
        return f"{when.at + when.after:g} s after the beginning"
    ending = "th" if when.nth % 100 in (11, 12, 13) else _ENDINGS.get(when.nth % 10, "th")
    nth = f"the {when.nth}{ending} " if when.nth > 1 else "the first "
    if when.event is not None:
        return f"{'at' if not when.after else after} {nth}{when.event}"
    text = when.pattern if when.pattern is not None else when.regex
    return f"{after} {nth}{text!a} of the {when.source}"
