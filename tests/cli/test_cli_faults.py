"""``wizfi-emu ctl fault``: what there is to choose from, tables and JSON, and what a shell completes."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from tests.wire.controlled import controlled, run_ctl
from wizfi_emu.cli.ctl import command
from wizfi_emu.cli.faults import kinds, start_fault
from wizfi_emu.faults.model import FAULT_WORDS


def ctl(*words: str) -> str:
    result = CliRunner().invoke(command, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def completed(*words: str) -> list[str]:
    """What a shell offers for the last word."""
    shell = ShellComplete(command, {}, "ctl", "_CTL_COMPLETE")
    return [item.value for item in shell.get_completions(list(words[:-1]), words[-1])]


def test_every_fault_is_listed_with_a_sentence() -> None:
    lines = ctl("fault", "kinds").splitlines()
    assert lines[0].split(maxsplit=1) == ["FAULT", "WHAT GOES WRONG"]
    assert [line.split()[0] for line in lines[1:]] == list(FAULT_WORDS)
    assert all(len(line.split(maxsplit=1)) == 2 for line in lines)


def test_every_fault_is_in_the_help_of_start() -> None:
    words = (start_fault.help or "").split()
    assert set(FAULT_WORDS) <= set(words)


def test_the_keys_of_one() -> None:
    lines = ctl("fault", "kinds", "tcp-cut").splitlines()
    assert lines[0].startswith("tcp-cut: A connection ends after so many bytes")
    rows = {line.split()[0]: line for line in lines[3:]}
    assert list(rows)[:5] == ["address", "port", "after_bytes", "count", "how"]
    assert rows["after_bytes"].split()[-1] == "required"
    assert "both, received, sent      both" in rows["count"]
    assert "0 to 65535                0" in rows["port"]
    assert {"name", "for", "when.pattern", "when.every"} < set(rows)


def test_what_is_over_at_once_does_not_last() -> None:
    by_word = {one.word: {key.name for key in one.keys} for one in kinds()}
    assert "for" not in by_word["tcp-reset"]
    assert "for" in by_word["tcp-refuse"]
    assert all("when" not in keys and "when.at" in keys for keys in by_word.values())


def test_all_of_it_as_json() -> None:
    found = {one["word"]: one for one in json.loads(ctl("fault", "kinds", "--json"))}
    assert set(found) == set(FAULT_WORDS)
    [how] = [key for key in found["dns-fail"]["keys"] if key["name"] == "how"]
    assert how == {
        "name": "how",
        "expected": "silent, unknown",
        "default": "silent",
        "meaning": "No server answers within the limit, or one says at once that there is no such name.",
        "values": ["silent", "unknown"],
    }


def test_what_a_shell_completes() -> None:
    assert completed("fault", "start", "tcp-r") == ["tcp-refuse", "tcp-reset"]
    assert completed("fault", "kinds", "udp-l") == ["udp-loss"]
    assert completed("fault", "start", "tcp-cut", "a") == ["address=", "after_bytes="]
    assert completed("fault", "start", "tcp-cut", "after_bytes=3", "how") == [
        "how=black-hole",
        "how=close",
        "how=reset",
    ]
    assert "when.from=host" in completed("fault", "start", "watchdog", "when.")
    assert completed("fault", "start", "no-such", "a") == []


def test_without_a_module_no_names_are_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert completed("fault", "heal", "") == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("tcp-rest",), "flash-fail, got 'tcp-rest'; did you mean tcp-reset?"),
        (("tcp-cut", "afterbytes=3"), "afterbytes: no such key; expected name, when, for, "),
        (("tcp-cut", "afterbytes=3"), "; did you mean after_bytes?"),
        (("tcp-cut",), "the key after_bytes is missing"),
        (("dns-fail", "how=silence"), "how: expected silent or unknown, got 'silence'; did you mean silent?"),
        (("watchdog", "when.frm=host"), "when.frm: no such key; "),
    ],
)
def test_mistakes_are_told_as_in_files_also_without_a_module(words: tuple[str, ...], said: str) -> None:
    result = CliRunner().invoke(command, ["fault", "start", *words])
    assert said in str(result.exception)
    assert str(result.exception).startswith(f"fault {words[0]}: ")


def test_a_fault_that_there_is_not_has_no_keys() -> None:
    result = CliRunner().invoke(command, ["fault", "kinds", "tcp-rest"])
    assert str(result.exception).endswith("did you mean tcp-reset?")


def test_key_and_value() -> None:
    for wrong in ("for", "=3"):
        with pytest.raises(click.UsageError, match="expected KEY=VALUE"):
            start_fault.main(["tcp-refuse", wrong], standalone_mode=False, obj=lambda: None)


@pytest.mark.slow
def test_tables_and_json_of_a_module(tmp_path: Path) -> None:
    with controlled(tmp_path) as module:
        assert module.ctl("fault", "list") == ""
        assert json.loads(module.ctl("fault", "start", "tcp-refuse", "for=60", "--json"))["faults"] == [
            {"name": "tcp-refuse", "fault": "tcp-refuse", "state": "active", "hits": 0}
        ]
        heading, line = module.ctl("fault", "list").splitlines()
        assert heading.split() == ["NAME", "FAULT", "STATE", "HITS"]
        assert line.split() == ["tcp-refuse", "tcp-refuse", "active", "0"]
        assert json.loads(module.ctl("fault", "list", "--json"))["faults"][0]["name"] == "tcp-refuse"
        assert completed("fault", "heal", "tcp") == ["tcp-refuse"]
        assert run_ctl("fault", "heal", "tcp-refus").returncode == 2
        assert json.loads(module.ctl("fault", "heal", "tcp-refuse", "--json")) == {"faults": []}
