"""The benchmark itself works. What it measures is not tested here: so little of it says nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.bench.against import Comparison, Figure, figures, line, run_against
from tests.bench.drawing import Line, draw
from tests.programs import need

TINY = (
    "--megabytes=1",
    "--rounds=1",
    "--sends=50",
    "--trips=50",
    "--starts=1",
    "--modules=10",
    "--terminals=2",
    "--seconds=0.3",
    "--runs=1",
    "--part=0.002",
)

RUN = Path(__file__).with_name("run.py")


@pytest.mark.slow
def test_the_benchmark_prints_its_table() -> None:
    need("socat")
    result = subprocess.run([sys.executable, RUN, *TINY], capture_output=True, text=True, timeout=120)
    lines = result.stdout.splitlines()
    rows = [line for line in lines if line.startswith("| ")]
    assert result.stderr == ""
    assert len(rows) == 36
    assert {row.count("|") for row in rows} == {6}
    assert result.returncode == int(any("**missed**" in row for row in rows))
    assert lines[-1].startswith(f"Python {sys.version.split()[0]}")


OTHER = """
import sys
if sys.argv[1] != "start":
    sys.exit(2)
print("|  | wizfi-emu | beside it |  | budget |", "| --- | --- | --- | --- | --- |", sep="\\n")
print("| start to the first line | 100 ms | trio: 50 ms | 2 × | at most 2.5 × |")
print("| something else | 7 kB |  |  |  |")
"""


@pytest.mark.slow
def test_another_checkout_is_measured_in_turns(tmp_path: Path) -> None:
    (tmp_path / "tests" / "bench").mkdir(parents=True)
    (tmp_path / "tests" / "bench" / "run.py").write_text(OTHER)
    (tmp_path / ".venv").symlink_to(Path(sys.prefix))
    command = [sys.executable, str(RUN), "start", "pacing", *TINY, "--against", str(tmp_path), "--turns=2"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    rows = [line for line in result.stdout.splitlines() if line.startswith("| ")]
    assert len(rows) == 3, "what only one of them measures is left out"
    what, here, there, ratio = (cell.strip() for cell in rows[2].strip("|").split("|"))
    assert what == "start to the first line"
    assert there == "100 ms"
    assert here.endswith(" ms")
    assert float(ratio.split()[0]) == pytest.approx(float(here.split()[0]) / 100, abs=0.0101)  # both are rounded
    assert result.returncode == 0


def test_what_is_no_checkout(tmp_path: Path) -> None:
    assert run_against(tmp_path, ["start"], [], 1) == 2


def test_the_median_of_the_turns_and_their_ratios() -> None:
    here, there = ([Figure(number, "ms") for number in numbers] for numbers in ((2.0, 3.0, 9.0), (4.0, 3.0, 6.0)))
    assert line(Comparison("start", here, there)) == "| start | 3 ms | 4 ms | 1.00 (0.50-1.50) |"


def test_nothing_there_is_no_ratio() -> None:
    assert line(Comparison("load", [Figure(0.5, "%")], [Figure(0.0, "%")])) == "| load | 0.5% | 0% |  |"


def test_a_drawing() -> None:
    drawn = ElementTree.fromstring(draw("a & b", (1, 10, 100), [Line("median", "#123456", (0.05, 0.06, 2))], "ms"))
    texts = [element.text for element in drawn.findall("{*}text")]
    assert texts == ["a & b", "1", "10", "100", "modules", "0.01 ms", "0.1 ms", "1 ms", "10 ms", "median: 2"]
    places = [(float(one.attrib["cx"]), float(one.attrib["cy"])) for one in drawn.findall("{*}circle")]
    assert places == sorted(places)
    assert [down for _, down in places] == sorted((down for _, down in places), reverse=True)


def test_the_figures_of_a_table() -> None:
    table = ["| a, 3 × 4 MB | 75 MB/s | socat: 78 MB/s | 1.02 × | at least 1 × |", "| b | 0.33% |  |  |  |", "", "x."]
    header = ["|  | wizfi-emu | beside it |  | budget |", "| --- | --- | --- | --- | --- |"]
    assert list(figures([*header, *table])) == [("a, 3 × 4 MB", Figure(75, "MB/s")), ("b", Figure(0.33, "%"))]
