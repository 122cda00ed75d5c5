#!/usr/bin/env python3
"""Does `calibrate` recover random modules? Plays them in virtual time and prints a table; two seconds for each.

Usage: .venv/bin/python scripts/calibrate_modules.py [COUNT [FIRST_SEED]]
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.calibrate.modules import calibrate

COUNT = 200


def main(count: int, first: int) -> int:
    undecided: Counter[str] = Counter()
    decided = []
    bad = 0
    print(f"{'seed':>5}  {'version':8}  {'nearest':8}  {'decided':>7}  {'equal':>5}  wrong")
    for seed in range(first, first + count):
        case = calibrate(seed)
        learned = case.learned
        decided.append(len(learned.inference.decided))
        undecided.update(list(learned.inference.open))
        bad += bool(case.wrong)
        equal = f"{learned.nearest.percent:.0f} %"
        row = f"{seed:>5}  {case.truth.version:8}  {learned.nearest.firmware.version:8}  {decided[-1]:>7}  {equal:>5}"
        print(f"{row}  {'; '.join(case.wrong) or '-'}", flush=True)
    print(f"\n{count} modules, {bad} with something wrong; decided {min(decided)} to {max(decided)} switches of each")
    print("not decided because the module answers alike with several values, and in how many modules:")
    for switch, times in undecided.most_common():
        print(f"  {times:>4}  {switch}")
    return 1 if bad else 0


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:]]
    sys.exit(main(numbers[0] if numbers else COUNT, numbers[1] if len(numbers) > 1 else 0))
