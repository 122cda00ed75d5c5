"""What a UART hears of bytes that are sent at another baud rate.

The receiver waits for a falling edge, looks at the line in the middle of what it takes for the start bit, the eight
data bits and the stop bit, and gives the byte also when the stop bit is wrong. Rates that differ by less than about 5 %
give the right bytes. Each byte is heard alone, between idle times (8N1), so that the same bytes give the same garbage
however they are cut into pieces; back to back on a real line they would run into each other.
"""

from functools import lru_cache

FRAME_BITS = 10


def hear(data: bytes, sent_baud: int, read_baud: int) -> bytes:
    """What a receiver at ``read_baud`` makes of bytes at ``sent_baud``: fewer, as many, or more bytes."""
    if sent_baud == read_baud:
        return data
    table = _table(sent_baud, read_baud)
    return b"".join([table[byte] for byte in data])


@lru_cache(maxsize=16)
def _table(sent_baud: int, read_baud: int) -> tuple[bytes, ...]:
    return tuple(_hear_byte(byte, sent_baud, read_baud) for byte in range(256))


def _hear_byte(byte: int, sent_baud: int, read_baud: int) -> bytes:
    frame = (0, *(byte >> bit & 1 for bit in range(8)), 1)
    # Times are whole numbers: one bit of the sender takes ``bit``, half a bit of the receiver takes ``half``.
    bit, half = 2 * read_baud, sent_baud

    def level(time: int) -> int:
        return frame[time // bit] if time < FRAME_BITS * bit else 1

    heard = bytearray()
    time = 0
    while (edge := _falling_edge(frame, -(-time // bit))) is not None:
        start = edge * bit
        if level(start + half):
            time = start + half  # too short for a start bit
            continue
        bits = [level(start + (2 * number + 1) * half) for number in range(1, 9)]
        heard.append(sum(value << number for number, value in enumerate(bits)))
        time = start + 19 * half
    return bytes(heard)


def _falling_edge(frame: tuple[int, ...], first: int) -> int | None:
    """The first bit from ``first`` on at which the line goes low."""
    for number in range(first, FRAME_BITS):
        if not frame[number] and (number == 0 or frame[number - 1]):
            return number
    return None
