"""What a fresh clone promises: two commands, one version, the shipped files, the documented options."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
import tomllib
from importlib.metadata import version
from itertools import chain
from pathlib import Path

import pytest

import wizfi_emu
from wizfi_emu.cli.app import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def code_blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_readme_begins_with_exactly_two_commands() -> None:
    commands = [line.split()[0] for block in code_blocks("sh")[:2] for line in block.splitlines()]
    assert commands == ["scripts/run", "scripts/test"]


def test_the_first_test_of_the_pages_is_that_of_the_example() -> None:
    example = (ROOT / "examples" / "pytest" / "test_module.py").read_text()
    assert example in code_blocks("python")
    assert example in (ROOT / "docs" / "first-hour.md").read_text()
    assert len([line for line in example.splitlines() if line]) <= 10


def test_the_readme_counts_what_the_page_on_how_we_know_counts() -> None:
    """The numbers are those of the generated page."""
    page = (ROOT / "docs" / "how-we-know.md").read_text()
    [(statements, checks)] = re.findall(r"^\| \*\*all\*\* \| (\d+) \|.*\| (\d+) \|$", page, re.MULTILINE)
    [sessions] = re.findall(r"^\| sessions recorded from firmware 1\.0\.5\.2 \| (\d+) \|", page, re.MULTILINE)
    for count in (statements, checks, sessions):
        assert f"{int(count):,}" in README
    assert len(re.findall(r"^\| tests of what the driver family", page, re.MULTILINE)) == 5


@pytest.mark.parametrize(
    "script", ["scripts/run", "scripts/test", "scripts/setup", "scripts/docs", "scripts/site", ".ci/run"]
)
def test_a_script_can_be_executed(script: str) -> None:
    path = ROOT / script
    assert os.access(path, os.X_OK)
    shell = path.read_text().splitlines()[0].removeprefix("#!")
    assert shell in ("/bin/sh", "/bin/bash")
    subprocess.run([shell, "-n", path], check=True)


def test_ci_runs_the_tests_as_the_readme_does() -> None:
    assert (ROOT / ".ci" / "run").read_text().splitlines()[-1] == "scripts/test"


def test_the_version_is_the_same_everywhere() -> None:
    assert version("wizfi-emu") == wizfi_emu.__version__
    changes = (ROOT / "CHANGELOG.md").read_text()
    assert f"## [{wizfi_emu.__version__}]" in changes
    assert "## [Unreleased]" in changes


def test_what_is_shipped() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert (ROOT / "wizfi_emu" / "py.typed").exists()
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"] == {"profiles": "wizfi_emu/data"}
    assert {path.name for path in (ROOT / "profiles").iterdir()} == {
        "audit",
        "calibrate",
        "firmware",
        "refusals",
        "timing",
        "worlds",
    }
    assert "Apache License" in (ROOT / "LICENSE").read_text()


def test_the_readme_lists_every_option_of_run(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    options = set(re.findall(r"--[a-z][a-z-]+", capsys.readouterr().out.partition("Options:")[2]))
    table = README.partition("## Options")[2].partition("## Addresses")[0]
    rows = set(
        re.findall(
            r"--[a-z][a-z-]+", " ".join(line.split("|")[1] for line in table.splitlines() if line.startswith("|"))
        )
    )
    assert rows == options - {"--help", "--verbose", "--quiet"}


def test_links_to_files_of_the_repository_lead_somewhere() -> None:
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"):
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_page_has_its_place_in_the_site() -> None:
    """Without one the build of the site fails (scripts/site)."""
    navigation = (ROOT / "mkdocs.yml").read_text()
    assert [path.name for path in (ROOT / "docs").glob("*.md") if f": docs/{path.name}\n" not in navigation] == []


def test_the_generated_pages_are_up_to_date() -> None:
    assert runpy.run_path(str(ROOT / "scripts" / "make_docs.py"))["main"](["--check"]) == 0


def test_who_silences_a_checker_says_why() -> None:
    silenced = re.compile(r"# (?:type: ignore\[[\w, -]+\]|noqa: [A-Z0-9, ]+)(?P<reason>.*)")
    for folder in ("wizfi_emu", "tests", "scripts", "examples"):
        for path in (ROOT / folder).rglob("*.py"):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                for found in silenced.finditer(line):
                    assert re.search(r"\w", found["reason"]), (
                        f"{path.relative_to(ROOT)}:{number} has no reason beside it"
                    )


HEAVY = ("cryptography", "re2", "starlette", "hypercorn", "pytest", "_pytest", "hypothesis", "difflib", "http", "email")


@pytest.mark.slow
def test_the_way_to_the_first_line_imports_nothing_that_it_does_not_need() -> None:
    """Start-up time is budgeted; what a plain run does not use is imported when it is used."""
    probe = (
        "import sys, wizfi_emu.cli.run, wizfi_emu.device.start, wizfi_emu.firmware.load, wizfi_emu.air.load\n"
        f"print(*sorted({{name.split('.')[0] for name in sys.modules}} & {set(HEAVY)!r}))"
    )
    result = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert result.stdout.split() == []


def test_what_the_tests_run_with_is_locked() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    locked = {_normal(line.partition("==")[0]) for line in lines}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *chain.from_iterable(project["optional-dependencies"].values())]
    names = [re.match(r"[A-Za-z0-9_.-]+", requirement) for requirement in wanted]
    assert {_normal(name[0]) for name in names if name} <= locked, "scripts/lock writes it again"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
