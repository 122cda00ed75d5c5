"""Scenario files as tests: pytest collects ``*.scenario.yaml``, and each is a test.

Without a host program a scenario is played in virtual time, with one for real at a host address of its own. A failure
shows the report; the recording is kept where those of other failed tests are.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from wizfi_emu.errors import UserError

if TYPE_CHECKING:
    from wizfi_emu.scenario.model import Scenario
    from wizfi_emu.scenario.report import Report

SUFFIX = ".scenario.yaml"
LOOPBACK = "127.0.0.1"


class ScenarioFailedError(Exception):
    """What came was not what was expected."""

    def __init__(self, report: Report) -> None:
        super().__init__("the scenario failed")
        self.report = report


class ScenarioFile(pytest.File):
    """A scenario file, with its one test."""

    def collect(self) -> Iterator[pytest.Item]:
        """The test that plays it."""
        yield ScenarioItem.from_parent(self, name=self.path.name.removesuffix(SUFFIX))


class ScenarioItem(pytest.Item):
    """Plays a scenario."""

    record: Path | None = None
    """Where this run is recorded."""

    def runtest(self) -> None:
        """Play it. Raises UserError for a file that is wrong."""
        from wizfi_emu.scenario.check import check_scenario
        from wizfi_emu.scenario.model import read_scenario

        scenario = read_scenario(self.path)
        check_scenario(scenario, self.path.parent)
        directory = self.config._tmp_path_factory.mktemp("scenario")  # type: ignore[attr-defined]  # pytest's own
        self.record = directory / "run.jsonl"
        report = _play(scenario, self.path.parent, self.record)
        if not report.passed:
            raise ScenarioFailedError(report)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        """What went wrong, for people."""
        error = excinfo.value
        if isinstance(error, ScenarioFailedError):
            return "\n".join(error.report.lines(str(self.path)))
        if isinstance(error, UserError):
            return str(error)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it is, and what it is called."""
        return self.path, None, f"scenario {self.name}"


def _play(scenario: Scenario, directory: Path, record: Path) -> Report:
    if scenario.host is None:
        from wizfi_emu.scenario.virtual import run_virtually

        return run_virtually(scenario, scenario.seed, record=record)
    import trio
    from msgspec import structs

    from wizfi_emu.scenario.live import run_live
    from wizfi_emu.scenario.model import Exec
    from wizfi_emu.testing.running import own_host_address

    if scenario.module.host_address == LOOPBACK:
        module = structs.replace(scenario.module, host_address=own_host_address())
        scenario = structs.replace(scenario, module=module)
    if isinstance(scenario.host, Exec) and scenario.host.directory:
        directory = Path(scenario.host.directory)
    return trio.run(run_live, scenario, scenario.seed, directory, record)
