"""Writes the generated pages of docs/ from the tables that the program itself uses.

With ``--check`` nothing is written; the exit status is 1 when a page is not up to date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from wizfi_emu.audit.situations import load_situations
from wizfi_emu.cli.firmware import print_value
from wizfi_emu.commands.table import BARE_TABLE, TABLE, Row, Status
from wizfi_emu.firmware import Firmware
from wizfi_emu.firmware.differences import load_differences
from wizfi_emu.firmware.load import DEFAULT, known_versions, load_firmware, switch_names
from wizfi_emu.lint.rules import RULES

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent))

import coverage_page as coverage
import how_we_know as knowledge
import reference_pages as reference

DOCS = Path(__file__).parent.parent / "docs"
GENERATED = "<!-- Written by scripts/docs; change the source instead. -->"


def commands_page() -> str:
    """Every command, by name."""
    partial = [row for row in TABLE if row.status is not Status.IMPLEMENTED]
    rows = [
        (f"`AT{row.word}`", row.meaning, row.since, row.source, _status(row))
        for row in sorted(TABLE + BARE_TABLE, key=lambda row: row.word)
    ]
    return f"""{GENERATED}

# Commands

{len(TABLE)} command words, {len(TABLE) - len(partial)} of them implemented in full. *Since* is the firmware version
that brought the command; a personality knows what its `command_level` knows. *Source* says where it is known from.

A word without `=` takes any continuation, as on the module: `AT+WSTATUS` is `AT+WSTAT`. Besides these there is `AT`
alone, and `A/`, which repeats the last line. What is in no row is answered as invalid input.

{_table(("command", "meaning", "since", "source", "status"), rows)}
"""


def differences_page() -> str:
    """The known differences between the guide and firmware 1.0.5.2, and what each personality does."""
    table = load_differences()
    personalities = [load_firmware(name) for name in (DEFAULT, "1.0.5.2")]
    rows = [
        (row.id, row.topic, row.decision, "<br>".join(_switch(name, personalities) for name in row.switches))
        for row in table.differences
    ]
    others = [(other.topic, _switch(other.switch, personalities)) for other in table.others]
    return f"""{GENERATED}

# Differences between the guide and firmware 1.0.5.2

Where the module's programmer's guide and its firmware 1.0.5.2 do not agree, and what this program does: a switch that
the personalities set ({", ".join(f"`{one.name}`" for one in personalities)}), or a decision for all of them. Where the
guide is silent or contradicts itself, firmware 1.0.5.2 decides. `--switch NAME=VALUE` sets one switch alone.

{_table(("row", "topic", "decision", "switch: " + " / ".join(one.name for one in personalities)), rows)}

## Other switches

{_table(("topic", "switch: " + " / ".join(one.name for one in personalities)), others)}
"""


def versions_page() -> str:
    """The firmware versions, what is said of each, and the switches that change with it."""
    rows = []
    before = None
    for known in known_versions():
        firmware = load_firmware(known.version)
        changed = [name for name in switch_names() if before and getattr(before, name) != getattr(firmware, name)]
        commands = [f"`AT{row.word}`" for row in TABLE if row.since == known.version and before]
        switches = [
            f"`{name}`: {print_value(getattr(firmware, name))}"
            for name in changed
            if name not in ("version", "command_level")
        ]
        rows.append((known.version, known.date, known.change, ", ".join(commands), "<br>".join(switches)))
        before = firmware
    return f"""{GENERATED}

# Firmware versions

`--firmware VERSION` takes each of these. *New commands* are unknown to all versions before. The switches are those that
change with the version; `wizfi-emu firmware diff A B` shows what a host notices between any two.

What 1.0.1.2 changed in how a TCP server listens again is not known, and 1.0.1.4 took it back: both behave as the
versions around them. Commands of single customers (FTP in 1.0.4.3, the radio test of 1.0.4.4) are not there.

{_table(("version", "date", "what is said of it", "new commands", "switches"), rows)}
"""


def coverage_page() -> str:
    """Every command word, option, result and event with what shows it."""
    places = coverage.read_places()
    parts = []
    for section in coverage.sections():
        rows = []
        for found in coverage.evidence(section, places):
            shown = [f"`{test}`" for test in found.tests[: coverage.SHOWN_TESTS]]
            more = len(found.tests) - len(shown)
            tests = "<br>".join([*shown, *([f"and {more} more"] if more > 0 else [])])
            rows.append((f"`{found.name}`", str(found.sessions), tests))
        parts.append(f"## {section.title}\n\n{_table(('row', 'recorded sessions', 'tests'), rows)}")
    return f"""{GENERATED}

# Coverage

What the tests show. The {len(places.sessions)} recorded sessions of firmware 1.0.5.2 all run, none is left out: in
virtual time with `tests/vectors`, and over a real pseudo-terminal. A row counts the sessions and names tests whose
bytes it occurs in; a row that no test shows fails the build.

{chr(10).join(part + chr(10) for part in parts).rstrip()}
"""


def lint_page() -> str:
    """The rules of lint."""
    rows = [(f"`{rule.name}`", rule.sentence, rule.source) for rule in RULES]
    bugs = "../examples/field-bugs"
    situations = [
        (f"`{one.name}`", one.story, f"[{one.bug}]({bugs}/{one.bug})" if one.bug else "") for one in load_situations()
    ]
    return f"""{GENERATED}

# Rules of lint

What `wizfi-emu lint` and `wizfi-emu audit` look for in what passes between a host and the module; [lint.md](lint.md)
says how. *Source* is who says so.

{_table(("rule", "what is wrong", "source"), rows)}

## Situations of audit

What `wizfi-emu audit` lets happen. *Story*: the field bug that it is taken from.

{_table(("situation", "what happens", "story"), situations)}
"""


def how_we_know_page() -> str:
    """Where the behaviour is known from: the guide's statements with their checks, and what else the tests hold."""
    chapters = knowledge.all_chapters()
    rows = []
    for chapter in chapters:
        states = knowledge.count_states(chapter)
        checks = sum(knowledge.count_checks(one) for one in chapter.statements)
        counts = (len(chapter.statements), *(states[one] for one in knowledge.STATES), checks)
        rows.append((chapter.chapter, *map(str, counts)))
    rows.append(("**all**", *(str(sum(int(row[column]) for row in rows)) for column in range(1, 6))))
    sources = [(source.what, str(source.count), source.where) for source in knowledge.sources()]
    header = ("statement", "in our words", "the module", "checks")
    parts = [f"## {chapter.chapter}\n\n{_table(header, knowledge.statement_rows(chapter))}\n" for chapter in chapters]
    return f"""{GENERATED}

# How we know

The default personality is the module of the programmer's guide. What the guide says is written down as statements in
`tests/guide/statements`, in our words, each with what shows it: bytes that are sent and bytes that have to come, played
against the module in virtual time and for a sample over the serial device, or tests by their names, for what a browser,
a pin or a radio shows. A statement without a check is not counted.

- *holds*: with the default personality and with firmware 1.0.5.2.
- *by a switch*: with the default personality; firmware 1.0.5.2 does otherwise, and a test shows that the switches that
  the statement names are what decides.
- *otherwise*: with neither, for the reason that a row of [the differences](differences.md) gives. The check shows what
  the module does.

{_table(("chapter", "statements", "hold", "by a switch", "otherwise", "checks"), rows)}

## Besides the guide

{_table(("what", "how many", "where"), sources)}

The firmware decides where the guide is silent. The page on [coverage](coverage.md) has the command words, options,
results and events with the tests and recorded sessions that show each.

{chr(10).join(parts).rstrip()}
"""


def options_page() -> str:
    """Every command of the program with its options."""
    parts = []
    for command in reference.commands():
        heading = f"## {command.words}" if command.words.count(" ") < 2 else f"### {command.words}"
        usage = f"`{command.words} {command.arguments}`" if command.arguments else ""
        table = _table(reference.OPTION_HEADER, command.options) if command.options else ""
        parts.append("\n\n".join(filter(None, (heading, usage, command.summary, table))))
    body = "\n\n".join(parts)
    return f"""{GENERATED}

# Options

Every command of the program; `--help` of each says the same, with an example.

{body}
"""


def files_page() -> str:
    """Every file that people write, with its keys."""
    parts = []
    shown: set[str] = set()
    for file in reference.FILES:
        parts.append(f"## {file.title}\n\n{file.about}")
        for name, about, rows in reference.sections(file):
            # A part that several files have stands where it comes first.
            if name not in shown:
                shown.add(name)
                parts.append(f"### {name}\n\n{about}\n\n{_table(reference.KEY_HEADER, rows)}")
    body = "\n\n".join(parts)
    return f"""{GENERATED}

# Files

The keys of the files that people write, all in YAML; what has no default must be there. `wizfi-emu world schema`,
`wizfi-emu timing schema` and `wizfi-emu scenario schema` print the same as JSON Schema, for editors.

{body}
"""


def _status(row: Row) -> str:
    return f"{row.status.value}: {row.note}" if row.note else row.status.value


def _switch(name: str, personalities: list[Firmware]) -> str:
    values = [print_value(getattr(one, name)) for one in personalities]
    # What all of them do alike need not be repeated.
    shown = values if len(set(values)) > 1 else values[:1]
    return f"`{name}`: " + " / ".join(f"`{value}`" for value in shown)


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


PAGES = {
    "commands.md": commands_page,
    "differences.md": differences_page,
    "versions.md": versions_page,
    "coverage.md": coverage_page,
    "lint-rules.md": lint_page,
    "how-we-know.md": how_we_know_page,
    "options.md": options_page,
    "files.md": files_page,
}


def main(arguments: list[str]) -> int:
    """Write or check the pages; the number is the exit status."""
    check = arguments == ["--check"]
    stale = 0
    for name, make in PAGES.items():
        path, text = DOCS / name, make()
        if path.exists() and path.read_text() == text:
            continue
        stale += 1
        if check:
            print(f"docs/{name} is not up to date; run scripts/docs", file=sys.stderr)
        else:
            path.write_text(text)
            print(f"docs/{name}")
    return int(check and stale > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
