"""What can go wrong, with what values: the table that `draw` draws from and `torture` goes through.

Everything that lasts ends by itself, so that a host can recover; only what costs a right host nothing may go on.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from wizfi_emu.faults.model import Fault, When

Values = Mapping[str, object]


class Choice(NamedTuple):
    """One fault.

    ``needs``: it can only meet a run in which one of these happens. ``values``: its keys, the first ones for torture.
    ``lasts``: seconds; None for the whole run. ``anywhen``: it can begin at any moment, and not only at the beginning.
    """

    word: str
    needs: tuple[str, ...]
    values: tuple[Values, ...] = ({},)
    lasts: tuple[float | None, ...] = ()
    anywhen: bool = True


_TCP = ("ConnectTcp", "ListenTcp")
_UDP = ("OpenUdp",)
_LINE = ("UartSend",)
_SPI = ("SpiTransferred",)

CHOICES = (
    Choice("ap-off", ("Join",), lasts=(5, 1, 30)),
    Choice("key-changed", ("Join",), ({"key": "another key"},), lasts=(30, 5)),
    Choice("dhcp-refuse", ("RequestAddress",), lasts=(5, 30)),
    Choice("dhcp-late", ("RequestAddress",), ({"delay_ms": 2000}, {"delay_ms": 500}), lasts=(30,)),
    Choice("lease-change", ("RequestAddress",)),
    Choice("dns-fail", ("Resolve",), ({"how": "silent"}, {"how": "unknown"}), lasts=(5, 30)),
    Choice("tcp-refuse", ("ConnectTcp", "ConnectMqtt"), lasts=(5, 0.5, 30)),
    Choice("tcp-reset", (*_TCP, "ConnectMqtt")),
    Choice("tcp-half-close", _TCP),
    Choice("tcp-black-hole", (*_TCP, "ConnectMqtt"), lasts=(5, 0.5, 30)),
    Choice("tcp-slow-read", _TCP, ({"bytes_per_s": 100}, {"bytes_per_s": 1000}), lasts=(5, 30)),
    Choice(
        "tcp-cut",
        _TCP,
        (
            {"after_bytes": 3, "count": "sent"},
            {"after_bytes": 3, "count": "received", "how": "close"},
            {"after_bytes": 1, "count": "received"},
            {"after_bytes": 100, "count": "both", "how": "close"},
        ),
        lasts=(30,),
    ),
    Choice("bandwidth", (*_TCP, *_UDP), ({"bytes_per_s": 100}, {"bytes_per_s": 2000}), lasts=(5, 30)),
    Choice("latency", (*_TCP, *_UDP), ({"delay_ms": 300}, {"delay_ms": 20}, {"jitter_ms": 100}), lasts=(None, 5)),
    Choice("udp-loss", _UDP, ({}, {"direction": "sent"}, {"direction": "received"}), lasts=(0.5, 5)),
    Choice("udp-duplicate", _UDP, lasts=(5,)),
    Choice("udp-reorder", _UDP, lasts=(5,)),
    Choice(
        "serial-loss", _LINE, ({"probability": 0.2}, {"direction": "to-host"}, {"direction": "to-module"}), (0.01, 1)
    ),
    Choice(
        "serial-flip", _LINE, ({"probability": 0.1}, {"direction": "to-host"}, {"direction": "to-module"}), (0.01, 1)
    ),
    Choice(
        "serial-delay",
        _LINE,
        (
            {"delay_ms": 100, "direction": "to-host"},
            {"jitter_ms": 300, "direction": "to-host"},
            {"delay_ms": 20},
            {"delay_ms": 300, "direction": "to-module"},
        ),
        (0.5, 0.05, 5),
    ),
    Choice(
        "serial-pieces",
        _LINE,
        (
            {"bytes": 1, "gap_ms": 5, "direction": "to-host"},
            {"bytes": 7, "gap_ms": 40, "direction": "to-host"},
            {"bytes": 3, "gap_ms": 20, "direction": "to-module"},
        ),
        (0.05, 0.5),
    ),
    Choice("wrong-baud", _LINE, ({"baud": 9600}, {"baud": 230400}), lasts=(0.05, 1)),
    Choice("strict-baud", _LINE, lasts=(None,), anywhen=False),
    Choice("spi-loss", _SPI, ({"probability": 0.2}, {"direction": "miso"}, {"direction": "mosi"}), (0.01, 1)),
    Choice("spi-flip", _SPI, ({"probability": 0.1}, {"direction": "miso"}, {"direction": "mosi"}), (0.01, 1)),
    Choice("data-ready-stuck", _SPI, ({"level": 0}, {"level": 1}), (0.5, 5)),
    Choice("brown-out", _LINE, ({"off_ms": 100}, {"off_ms": 2000})),
    Choice("watchdog", _LINE),
    Choice("flash-fail", ("WriteFlash",), lasts=(5, 0.5)),
)


def fitting(kinds: Iterable[str], faults: Iterable[str], but: Iterable[str]) -> list[Choice]:
    """The faults that can meet a run in which these events and orders happen, of these words; all without any."""
    names = set(kinds)
    wanted = set(faults) or {choice.word for choice in CHOICES}
    return [choice for choice in CHOICES if choice.word in wanted - set(but) and names.intersection(choice.needs)]


def make_fault(choice: Choice, values: Values, lasts: float | None, when: When | None, access_point: str) -> Fault:
    """One of them at a moment."""
    keys: dict[str, object] = {"fault": choice.word, **values}
    if choice.word in ("ap-off", "key-changed"):
        keys["access_point"] = access_point
    if lasts is not None:
        keys["for"] = lasts
    if when is not None and choice.anywhen:
        keys["when"] = msgspec.to_builtins(when)
    fault: Fault = msgspec.convert(keys, Fault)
    return fault
