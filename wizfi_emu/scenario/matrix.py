"""One scenario with several personalities: which of them, and a row for each."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec import structs

from wizfi_emu.errors import UserError
from wizfi_emu.firmware.load import DEFAULT, known_versions, load_firmware
from wizfi_emu.scenario.model import Scenario
from wizfi_emu.scenario.report import Report, seconds

ALL = "all"


class Row(NamedTuple):
    """What came of one personality."""

    firmware: str
    report: Report

    def line(self, width: int) -> str:
        """The row as text; ``width`` of the longest name."""
        report = self.report
        mark = "ok" if report.passed else "FAIL"
        steps = f"{report.passed_steps} of {len(report.results)}"
        line = f"{self.firmware:<{width}}  {mark:<4}  {steps:>8}  {seconds(report.duration_us):>10}"
        return f"{line}  {self.problem}".rstrip()

    @property
    def problem(self) -> str:
        """The first thing that was not as expected."""
        failed = next((result for result in self.report.results if result.outcome == "failed"), None)
        return f"{failed.place}: {failed.message}" if failed else ""

    def as_json(self) -> dict[str, object]:
        report = self.report
        return {
            "firmware": self.firmware,
            "passed": report.passed,
            "steps": len(report.results),
            "steps_passed": report.passed_steps,
            "duration_us": report.duration_us,
            "problem": self.problem,
        }


def names_of(text: str) -> list[str]:
    """The personalities that ``all`` or a list with commas names: the default first, then versions, oldest first.

    Raises UserError for one that is not there.
    """
    if text.strip() == ALL:
        return [DEFAULT, *(known.version for known in known_versions())]
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names:
        raise UserError(f"--firmware: expected {ALL} or names with commas between them")
    for name in names:
        load_firmware(name)
    return names


def with_firmware(scenario: Scenario, name: str) -> Scenario:
    """The scenario with another personality."""
    return structs.replace(scenario, module=structs.replace(scenario.module, firmware=name))


def summary(rows: Sequence[Row]) -> Iterator[str]:
    """What the rows say together."""
    passed = [row.firmware for row in rows if row.report.passed]
    yield f"{'passed' if len(passed) == len(rows) else 'failed'}: {len(passed)} of {len(rows)} personalities"
