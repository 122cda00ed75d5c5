"""scripts/soak in short: its table, and that it sees what it is there to see."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import soaking
from soaking import DESCRIPTORS, GROWTH_KB, Tally, halves


@pytest.mark.slow
def test_a_short_soak() -> None:
    tallies = soaking.soak(kills=2, seconds=600, modules=3, jobs=1, seed=1)
    assert [tally.failures for tally in tallies] == [[], [], []]
    kills, flapping, fleet = tallies
    assert (kills.done["kill -9"], kills.done["replays"]) == (2, 2)
    assert fleet.done["modules"] == 3
    assert flapping.memory_kb
    rows = [row for tally in tallies for row in tally.rows()]
    assert [name for name, _ in rows if name] == [tally.name for tally in tallies]
    assert sum(text == "0 failures" for _, text in rows) == 3


@pytest.mark.slow
def test_it_sees_what_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that says OK and saves nothing."""
    tally = Tally("kill -9")
    monkeypatch.setattr(soaking, "KILL_S", (1.0, 1.0))
    monkeypatch.setattr(soaking, "decode_image", lambda data: None)
    soaking.kill_again_and_again(tally, tmp_path, random.Random(1), lambda: bool(tally.done.get("kill -9")))
    assert any(text.startswith("the flash holds 0, ") for text in tally.failures)


@pytest.mark.slow
def test_a_module_that_does_not_start_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "flash.bin").write_text("no flash")
    tally = Tally("kill -9")
    soaking.kill_again_and_again(tally, tmp_path, random.Random(1), lambda: bool(tally.failures))
    assert tally.failures == ["it does not start"]


def test_growth() -> None:
    tally = Tally("x", memory_kb=[50_000] * 10, descriptors=[10] * 10)
    tally.judge_growth()
    assert tally.failures == []
    tally.memory_kb[9] += GROWTH_KB + 5000
    tally.descriptors[9] += DESCRIPTORS + 1
    tally.judge_growth()
    assert tally.failures == ["63192 kB of memory after 50000", "27 descriptors after 10"]


@pytest.mark.parametrize(
    ("values", "most"), [([], (0, 0)), ([5], (5, 0)), ([1, 2], (1, 2)), ([99, *range(1, 20)], (9, 19))]
)
def test_halves(values: list[int], most: tuple[int, int]) -> None:
    assert halves(values) == most


@pytest.mark.parametrize("option", ["--kills", "--minutes", "--modules", "--jobs"])
def test_mistakes(option: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["soak", option, "0"])
    with pytest.raises(SystemExit) as ended:
        soaking.main()
    assert ended.value.code == 2
    assert f"{option}: expected more than 0" in capsys.readouterr().err
