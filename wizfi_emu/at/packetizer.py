"""Cuts the serial bytes of data mode into transmissions (firmware 1.0.5.2).

A transmission leaves when 1461 bytes are collected or when the flush timer ends. The flush timer restarts when the
collected length becomes 1 and at every multiple of 100, and by nothing else: it is not an idle timer.
"""

PACKET_BYTES = 1461
_RESTART_EVERY_BYTES = 100


class Packetizer:
    """Collects bytes until they are to be sent. The owner keeps the flush timer."""

    __slots__ = ("_collected",)

    def __init__(self) -> None:
        self._collected = b""

    def receive(self, data: bytes) -> tuple[bytes, bool]:
        """Collect data. Gives what is to be sent now, a multiple of `PACKET_BYTES` (often nothing), and whether the
        flush timer restarts.

        Packet borders are visible to UDP peers only; `split_packets` finds them again.
        """
        before = len(self._collected)
        total = before + len(data)
        if total < PACKET_BYTES:
            self._collected += data
            restart = before == 0 < total or before // _RESTART_EVERY_BYTES != total // _RESTART_EVERY_BYTES
            return b"", restart
        ready = total - total % PACKET_BYTES
        joined = self._collected + data if before else data
        self._collected = joined[ready:]
        return joined[:ready], ready < total

    def flush(self) -> bytes:
        """Everything that is collected, to be sent as one transmission."""
        collected, self._collected = self._collected, b""
        return collected

    def discard(self) -> None:
        self._collected = b""


def split_packets(data: bytes) -> list[bytes]:
    """The transmissions of `PACKET_BYTES` that ``data`` consists of."""
    return [data[start : start + PACKET_BYTES] for start in range(0, len(data), PACKET_BYTES)]
