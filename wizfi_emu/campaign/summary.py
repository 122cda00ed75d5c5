"""What came of a campaign, as lines for a terminal and as a page."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import NamedTuple

from wizfi_emu.campaign.model import Result

SEEDS_SHOWN = 5

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Campaign</title>
<style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }}
body {{ max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #8886; }}
td.number {{ text-align: right; font-variant-numeric: tabular-nums; }}
code {{ overflow-wrap: anywhere; }}
</style>
<h1>Campaign</h1>
<p>{verdict}</p>
<table>
<tr><th>Scenario<th>Seeds<th>Passed<th>Failed<th>Broken<th>Ways taken
{scenarios}
</table>
{failures}
"""


class Failure(NamedTuple):
    """Failures that are equal."""

    key: str
    fingerprint: str
    why: str
    seeds: list[int]


class Counts(NamedTuple):
    """What came of one scenario. ``ways``: how many different ways its runs took."""

    seeds: int
    passed: int
    failed: int
    broken: int
    ways: int


def counts_of(results: Sequence[Result]) -> Counts:
    verdicts = [result.verdict for result in results]
    ways = len({result.coverage for result in results if result.coverage})
    return Counts(len(results), verdicts.count("passed"), verdicts.count("failed"), verdicts.count("broken"), ways)


def failures_of(results: Iterable[Result]) -> list[Failure]:
    """The different failures, those of most seeds first."""
    found: dict[tuple[str, str], Failure] = {}
    for result in results:
        if result.verdict != "passed":
            failure = Failure(result.key, result.fingerprint, result.why, [])
            found.setdefault((result.key, result.fingerprint), failure).seeds.append(result.seed)
    return sorted(found.values(), key=lambda failure: (-len(failure.seeds), failure))


def lines(results: Sequence[Result], names: Mapping[str, str]) -> Iterator[str]:
    """A line for each scenario and each failure; ``names`` by keys."""
    for key, own in _by_key(results).items():
        counts = counts_of(own)
        yield (
            f"{names.get(key, key)}: {counts.seeds} seeds, {counts.passed} passed, {counts.failed} failed, "
            f"{counts.broken} broken, {counts.ways} different ways"
        )
    for failure in failures_of(results):
        yield f"  {failure.fingerprint}  {len(failure.seeds)} x  {failure.why}"
        yield f"  {'':8}  seeds {_seeds(failure)}"


def page(results: Sequence[Result], names: Mapping[str, str]) -> str:
    """The same as a page."""
    scenarios = "\n".join(
        f"<tr><td>{escape(names.get(key, key))}" + "".join(f'<td class="number">{number}' for number in counts_of(own))
        for key, own in _by_key(results).items()
    )
    failures = failures_of(results)
    rows = "\n".join(
        f'<tr><td><code>{escape(failure.fingerprint)}</code><td class="number">{len(failure.seeds)}'
        f"<td>{escape(names.get(failure.key, failure.key))}<td><code>{escape(failure.why)}</code><td>{_seeds(failure)}"
        for failure in failures
    )
    table = (
        f"<h2>Failures</h2>\n<table>\n<tr><th>Fingerprint<th>Runs<th>Scenario<th>First words<th>Seeds\n{rows}\n</table>"
    )
    verdict = f"{len(failures)} different failures" if failures else "Nothing failed"
    return _PAGE.format(
        verdict=f"{verdict} in {len(results)} runs.", scenarios=scenarios, failures=table if failures else ""
    )


def _by_key(results: Iterable[Result]) -> dict[str, list[Result]]:
    by_key: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        by_key[result.key].append(result)
    return by_key


def _seeds(failure: Failure) -> str:
    shown = ", ".join(str(seed) for seed in sorted(failure.seeds)[:SEEDS_SHOWN])
    return shown + (" ..." if len(failure.seeds) > SEEDS_SHOWN else "")
