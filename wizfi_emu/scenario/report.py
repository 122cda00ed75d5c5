"""How a scenario went, as text for people and as JUnit XML for build servers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wizfi_emu.properties.facts import Ending, Finding, Happened
from wizfi_emu.recording.redaction.masks import Masks
from wizfi_emu.recording.redaction.secrets import mask_lines
from wizfi_emu.scenario.model import Scenario
from wizfi_emu.scenario.play import Result
from wizfi_emu.streams import Stream

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

SHOWN_LINES = 8
SHOWN_BYTES = 600
OUTPUT_BYTES = 8192
"""What is kept of a host program's output to see how it ended: a long traceback."""

_MARKS = {"passed": "ok", "failed": "FAIL", "skipped": "-"}


@dataclass(frozen=True, slots=True)
class Report:
    """The results in order, and what happened last.

    ``journal``: what faults did, and when; ``faults``: those of them that had a consequence. ``ending``: how the host
    program ended. ``findings``: which of the properties that are checked do not hold.
    """

    scenario: Scenario
    seed: int
    results: list[Result]
    duration_us: int
    journal: Iterable[tuple[int, str]]
    program: bytes = b""
    others: Mapping[str, bytes] = field(default_factory=dict)
    """What the host programs of other modules have printed last."""
    faults: Sequence[Happened] = ()
    ending: Ending = field(default_factory=Ending)
    findings: Sequence[Finding] = ()
    excerpt: Sequence[str] = ()
    """What happened last: host, module, peers, faults and the board, line by line."""
    from_host: bytes = b""
    to_host: bytes = b""
    """What the host has said and got last."""

    @property
    def passed(self) -> bool:
        return not self.findings and all(result.outcome == "passed" for result in self.results)

    @property
    def passed_steps(self) -> int:
        """How many of the results are good."""
        return sum(result.outcome == "passed" for result in self.results)

    def lines(self, name: str) -> Iterator[str]:
        """The report; ``name`` is what the scenario is called."""
        yield f"{name}: firmware {self.scenario.module.firmware}, seed {self.seed}"
        for result in self.results:
            took = "" if result.outcome == "skipped" else f"{seconds(result.ended_us):>9}"
            yield f"{_MARKS[result.outcome]:<4} {took:>9}  {result.place}: {result.text}"
            if result.message:
                yield f"{'':16}{result.message}"
        for finding in self.findings:
            yield f"{_MARKS['failed']:<14}  {finding.property}: {finding.text}"
        for time_us, text in self.journal:
            yield f"     {seconds(time_us):>9}  fault {text}"
        if not self.passed:
            yield from self.last_words()
        verdict = "passed" if self.passed else "failed"
        yield f"{verdict}: {self.passed_steps} of {len(self.results)}, {seconds(self.duration_us)}"

    def last_words(self) -> Iterator[str]:
        """What happened last, and what the host programs have printed last."""
        yield "what happened last:"
        yield from (f"  {line}" for line in self.excerpt or ("nothing",))
        programs = {"the host program": self.program}
        programs |= {f"the host program of {name}": data for name, data in self.others.items()}
        for name, data in programs.items():
            if data:
                yield f"last lines of {name}:"
                yield from (f"    {line}" for line in last_lines(data))

    def junit(self, name: str) -> bytes:
        """The report as JUnit XML; each step is a test case."""
        return junit_of([(name, self)])

    def add_suite(self, root: Element, name: str) -> None:
        """The report as a suite of JUnit XML."""
        from xml.etree import ElementTree

        failures = len(self.findings) + sum(result.outcome == "failed" for result in self.results)
        skipped = sum(result.outcome == "skipped" for result in self.results)
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=name,
            tests=str(len(self.results) + len(self.findings)),
            failures=str(failures),
            errors="0",
            skipped=str(skipped),
            time=f"{self.duration_us / 1e6:.6f}",
        )
        properties = ElementTree.SubElement(suite, "properties")
        for key, value in (("seed", str(self.seed)), ("firmware", self.scenario.module.firmware)):
            ElementTree.SubElement(properties, "property", name=key, value=value)
        for result in self.results:
            case = ElementTree.SubElement(
                suite,
                "testcase",
                classname=name,
                name=_printable(f"{result.place}: {result.text}"),
                time=f"{(result.ended_us - result.started_us) / 1e6:.6f}",
            )
            if result.outcome == "skipped":
                ElementTree.SubElement(case, "skipped")
            elif result.outcome == "failed":
                failure = ElementTree.SubElement(case, "failure", message=_printable(result.message))
                failure.text = _printable("\n".join(self.last_words()))
        for finding in self.findings:
            case = ElementTree.SubElement(suite, "testcase", classname=name, name=f"property {finding.property}")
            ElementTree.SubElement(case, "failure", message=_printable(finding.text))


def junit_of(reports: Iterable[tuple[str, Report]]) -> bytes:
    """Reports with their names as JUnit XML, each a suite."""
    from xml.etree import ElementTree

    root = ElementTree.Element("testsuites")
    for name, report in reports:
        report.add_suite(root, name)
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def tail_of(stream: Stream) -> bytes:
    """What has passed last, without the keys and passwords in it."""
    return mask_lines(stream.part(0), Masks())[-SHOWN_BYTES:]


def last_lines(data: bytes) -> list[str]:
    """The last lines of bytes, what does not print as escapes."""
    lines = data.splitlines(keepends=True)[-SHOWN_LINES:]
    return [ascii(line.decode("latin-1"))[1:-1] for line in lines] or ["(nothing)"]


def seconds(time_us: int) -> str:
    """A time as a report shows it."""
    return f"{time_us / 1e6:.3f} s"


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() or character == "\n" else "?" for character in text)
