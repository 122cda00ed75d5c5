"""One target under atheris, in a process of its own: ``python -m fuzz.child TARGET END FOUND FAILED``.

END is a time of the system's monotonic clock, so that a slow start takes nothing from the others.
"""

import logging
import sys
import time

import atheris

from fuzz.judge import PROCESS_MB, judge
from fuzz.targets import CORPUS, load

INPUT_BYTES = 8192
STUCK_S = 60
"""When even the clock of `fuzz.judge` does not interrupt it."""


def main() -> None:
    target, end_s, found, failed = sys.argv[1:]
    logging.disable(logging.CRITICAL)  # what it says of thousands of inputs nobody reads
    seeds = CORPUS / target
    # What is imported late counts as well; so every seed is played once before the search begins.
    with atheris.instrument_imports(include=["wizfi_emu", "fuzz.targets.planted"]):
        play = load(target)
        for seed in sorted(seeds.iterdir()):
            play(seed.read_bytes())
    options = {
        "max_total_time": max(1, round(float(end_s) - time.monotonic())),
        "max_len": INPUT_BYTES,
        "timeout": STUCK_S,
        "rss_limit_mb": PROCESS_MB,
        "artifact_prefix": f"{failed}/{target}-",
        "print_final_stats": 1,
    }
    flags = [f"-{name}={value}" for name, value in options.items()]
    atheris.Setup([sys.argv[0], *flags, found, str(seeds)], lambda data: judge(play, data))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
