"""A process that plays units: a unit a line on its input, the results a line on its output."""

import os
import signal
import sys
from contextlib import suppress

import msgspec

from wizfi_emu.campaign.model import Result, Unit


def encode_unit(unit: Unit) -> bytes:
    return msgspec.json.encode(unit) + b"\n"


def decode_results(line: bytes) -> list[Result]:
    return msgspec.json.decode(line, type=list[Result])


def main() -> None:
    """Play until the input ends."""
    from wizfi_emu.campaign.play import play_unit

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever hands the units out ends it
    # What a host program prints past its own output must not come between the results.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    decoder = msgspec.json.Decoder(Unit)
    with suppress(BrokenPipeError):  # whoever handed the units out is gone
        for line in sys.stdin.buffer:
            answers.write(msgspec.json.encode(play_unit(decoder.decode(line))) + b"\n")
            answers.flush()


if __name__ == "__main__":
    main()
