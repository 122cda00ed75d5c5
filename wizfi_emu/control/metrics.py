"""The state of a module as metrics for Prometheus: what ``GET /metrics`` gives.

The process has its own ones beside them (``process_resident_memory_bytes``, ``process_open_fds`` ...); of a fleet they
are the same for each module.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import get_args

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

import wizfi_emu
from wizfi_emu.control.state import Counters, LinkPhase, Mode, SocketPhase, State
from wizfi_emu.control.traffic import SUBSCRIBERS_MAX

MEDIA_TYPE = CONTENT_TYPE_LATEST
PREFIX = "wizfi_"

_COUNTERS = {
    "received_bytes": "Bytes of the host that the module's serial line has taken.",
    "sent_bytes": "Bytes of the module that the host has taken.",
    "dropped_bytes": "Bytes of the module that the host did not read.",
    "lost_bytes": "Bytes of the host for which the module had no room.",
    "boots": "Starts of the module since the program began.",
}


def metrics_of(state: State, followers: int) -> bytes:
    """The metrics in Prometheus' text format; ``followers`` are the clients of the live stream."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Module(state, followers))
    ProcessCollector(registry=registry)
    return generate_latest(registry)


class _Module(Collector):
    def __init__(self, state: State, followers: int) -> None:
        self._state = state
        self._followers = followers

    def collect(self) -> Iterator[Metric]:
        state = self._state
        about = {
            "device": state.serial.link or state.serial.device,
            "firmware": state.firmware.version,
            "mac": state.wifi.mac,
            "personality": state.firmware.personality,
            "program": wizfi_emu.__version__,
        }
        yield InfoMetricFamily(PREFIX + "module", "Which module this is.", about)
        yield _gauge("power", "1 with power, otherwise 0.", state.power)
        yield _gauge("time_seconds", "The module's own time.", state.time_us / 1e6)
        yield _phases("mode", "1 for the mode that the module is in.", get_args(Mode), [state.mode])
        yield _phases("link", "1 for what the radio does.", get_args(LinkPhase), [state.wifi.state])
        if state.wifi.rssi_dbm is not None:
            yield _gauge("rssi_dbm", "Strength of the access point, while there is a link.", state.wifi.rssi_dbm)
        phases = [socket.state for socket in state.sockets]
        yield _phases("sockets", "Sockets by what they do.", get_args(SocketPhase), phases)
        yield _gauge("data_mode", "1 in data mode, otherwise 0.", state.mode == "data")
        yield _gauge("busy", "1 while a command or background work is under way.", state.busy)
        yield _gauge("faults", "Faults that are set.", len(state.faults))
        yield _gauge("stream_clients", f"Clients of the live stream, {SUBSCRIBERS_MAX} at most.", self._followers)
        yield from _counters(state.counters)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(PREFIX + name, text, value=float(value))


def _phases(name: str, text: str, words: Iterable[str], found: Sequence[str]) -> Metric:
    """One sample for each word: how often it is there."""
    family = GaugeMetricFamily(PREFIX + name, text, labels=["state"])
    for word in words:
        family.add_metric([word], float(found.count(word)))
    return family


def _counters(counters: Counters) -> Iterator[Metric]:
    for name, text in _COUNTERS.items():
        place = "serial_" if name.endswith("bytes") else ""
        yield CounterMetricFamily(f"{PREFIX}{place}{name}", text, value=float(getattr(counters, name)))
