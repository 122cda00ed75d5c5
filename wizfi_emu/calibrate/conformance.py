"""Two devices beside each other, probe by probe: as text, as a page, as JUnit XML. Pure."""

import html
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from wizfi_emu.calibrate.plan import Probe
from wizfi_emu.calibrate.play import Played, sent_by

SHOWN_CHARACTERS = 20_000
"""What a page or a test case shows of one answer."""
LINE_CHARACTERS = 300
"""What a line of text shows of it, around the first difference."""


class Row(NamedTuple):
    """A probe, and what each of the two answered, as it is compared."""

    probe: Probe
    one: str
    other: str

    @property
    def equal(self) -> bool:
        return self.one == self.other


class Conformance(NamedTuple):
    """How far two devices answer alike. The second one is what the first is compared with."""

    one: str
    other: str
    rows: tuple[Row, ...]
    left_out: tuple[str, ...] = ()
    """Probes that only one of them was asked, because of the other's settings."""

    @property
    def equal(self) -> int:
        return sum(row.equal for row in self.rows)

    @property
    def percent(self) -> float:
        return 100 * self.equal / len(self.rows) if self.rows else 100.0

    @property
    def summary(self) -> str:
        """One line."""
        return f"{self.one} and {self.other}: {self.equal} of {len(self.rows)} probes equal, {self.percent:.1f} %"

    def lines(self) -> Iterator[str]:
        """The report as text: the differences with the bytes of both, then the summary."""
        for row in self.rows:
            yield f"{'equal' if row.equal else 'DIFFERENT':<10} {row.probe.name}: {row.probe.asks}"
            if not row.equal:
                yield f"{'':11}sent: {' | '.join(sent_by(row.probe))}"
                width = max(len(self.one), len(self.other))
                start = _first_difference(row.one, row.other)
                yield f"{'':11}{self.one:<{width}}  {_part(row.one, start)}"
                yield f"{'':11}{self.other:<{width}}  {_part(row.other, start)}"
        if self.left_out:
            yield f"left out, because of what is set: {', '.join(self.left_out)}"
        yield self.summary

    def page(self) -> str:
        """The report as one HTML file that needs nothing else."""
        rows = "".join(
            f'<tr class="{"equal" if row.equal else "different"}"><td>{html.escape(row.probe.name)}</td>'
            f"<td>{html.escape(row.probe.asks)}</td><td><pre>{html.escape(chr(10).join(sent_by(row.probe)))}</pre></td>"
            f"<td>{'equal' if row.equal else 'different'}</td>"
            f"<td><pre>{html.escape(_shown(row.one))}</pre></td><td><pre>{html.escape(_shown(row.other))}</pre></td></tr>\n"
            for row in self.rows
        )
        return _PAGE.format(
            title=html.escape(f"{self.one} and {self.other}"),
            summary=html.escape(self.summary),
            one=html.escape(self.one),
            other=html.escape(self.other),
            rows=rows,
        )

    def junit(self) -> bytes:
        """The report as JUnit XML, a test case for each probe."""
        from xml.etree import ElementTree

        root = ElementTree.Element("testsuites")
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=f"{self.one} and {self.other}",
            tests=str(len(self.rows)),
            failures=str(len(self.rows) - self.equal),
            errors="0",
            skipped="0",
        )
        properties = ElementTree.SubElement(suite, "properties")
        ElementTree.SubElement(properties, "property", name="percent", value=f"{self.percent:.1f}")
        for row in self.rows:
            case = ElementTree.SubElement(suite, "testcase", classname=row.probe.stage, name=row.probe.name)
            if not row.equal:
                failure = ElementTree.SubElement(case, "failure", message=f"{row.probe.asks}: the answers differ")
                failure.text = "\n".join(
                    (*sent_by(row.probe), f"{self.one}: {_shown(row.one)}", f"{self.other}: {_shown(row.other)}")
                )
        ElementTree.indent(root)
        text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
        return text + b"\n"


def compare(one: str, plays: Sequence[Played], other: str, others: Sequence[Played]) -> Conformance:
    """Two devices by what they have answered. A probe that only one of them was asked is left out and named."""
    texts = {played.probe.name: played.text for played in plays}
    other_texts = {played.probe.name: played.text for played in others}
    probes = [played.probe for played in plays if played.probe.name in other_texts]
    rows = tuple(Row(probe, texts[probe.name], other_texts[probe.name]) for probe in probes)
    return Conformance(one, other, rows, tuple(sorted(texts.keys() ^ other_texts.keys())))


def _first_difference(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))


def _part(text: str, start: int) -> str:
    """What is around a place of a long answer."""
    if len(text) <= LINE_CHARACTERS:
        return _shown(text)
    first = max(0, start - LINE_CHARACTERS // 4)
    end = first + LINE_CHARACTERS
    return ("..." if first else "") + _shown(text[first:end]) + ("..." if end < len(text) else "")


def _shown(text: str) -> str:
    shown = text.encode("unicode_escape").decode("ascii")
    return (shown if len(shown) <= SHOWN_CHARACTERS else shown[:SHOWN_CHARACTERS] + "...") or "(nothing)"


_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
body {{ font: 14px sans-serif; margin: 2em; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ border: 1px solid #bbb; padding: 4px 8px; text-align: left; vertical-align: top; }}
pre {{ margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }}
.different {{ background: #fde3e3; }}
</style>
<h1>{title}</h1>
<p>{summary}</p>
<table>
<tr><th>probe</th><th>asks</th><th>sent</th><th></th><th>{one}</th><th>{other}</th></tr>
{rows}</table>
</html>
"""
