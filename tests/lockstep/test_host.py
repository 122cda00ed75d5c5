"""Python programs as hosts: in this process, with everything of their own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from wizfi_emu.errors import UserError
from wizfi_emu.lockstep import host
from wizfi_emu.lockstep.clock import LockstepError
from wizfi_emu.lockstep.host import PythonProgram
from wizfi_emu.testing.lockstep import lockstep


def run(path: Path, text: str, *arguments: str) -> tuple[int, str]:
    file = path / "program.py"
    file.write_text(text)
    with lockstep() as bench:
        return bench.run(file, *(argument.format(port=bench.port) for argument in arguments))


def test_talks_with_the_module(tmp_path: Path) -> None:
    text = """
import sys, time, serial
with serial.Serial(sys.argv[1], 115200, timeout=1) as port:
    port.write(b"AT\\r")
    print(port.read_until(b"]"), round(time.monotonic(), 2))
if __name__ == "__main__":
    sys.exit(3)
"""
    assert run(tmp_path, text, "{port}") == (3, "b'AT\\r\\n[OK]' 0.1\n")


@pytest.mark.parametrize(
    ("text", "status", "output"),
    [
        ("", 0, ""),
        ("import sys; sys.exit()", 0, ""),
        ("import sys; sys.exit('no answer')", 1, "no answer\n"),
        ("import sys; print(sys.argv[1:])", 0, "['a', 'b']\n"),
        ("import threading; threading.Timer(2, print, ['late']).start()", 0, "late\n"),
        ("import threading, time; threading.Thread(target=time.sleep, args=[9], daemon=True).start()", 0, ""),
    ],
)
def test_ends_as_a_process(text: str, status: int, output: str, tmp_path: Path) -> None:
    assert run(tmp_path, text, "a", "b") == (status, output)


def test_an_error_is_shown_with_its_place(tmp_path: Path) -> None:
    status, output = run(tmp_path, "def f():\n    raise ValueError('no')\nf()\n")
    assert status == 1
    assert output.startswith("Traceback (most recent call last):\n")
    assert f'{tmp_path}/program.py", line 2, in f' in output
    assert output.endswith("ValueError: no\n")
    assert "host.py" not in output


def test_each_run_has_modules_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "own_helper.py").write_text("count = 0\n")
    text = "import os, own_helper\nown_helper.count += 1\nos.environ['X'] = '1'\nprint(own_helper.count)\n"
    before = sys.argv, sys.path, sys.modules["__main__"], dict(os.environ)
    assert [run(tmp_path, text), run(tmp_path, text)] == [(0, "1\n")] * 2
    assert (sys.argv, sys.path, sys.modules["__main__"], dict(os.environ)) == before
    assert "own_helper" not in sys.modules


@pytest.mark.parametrize(
    ("command", "program"),
    [
        ("python3 a.py x", PythonProgram("a.py", ("x",))),
        ("env A=1 B= /usr/bin/python3.11 a.py", PythonProgram("a.py", (), {"A": "1", "B": ""})),
        ("python3 -c pass", None),
        ("python3", None),
        ("./host x", None),
        ("env A=1", None),
    ],
)
def test_commands(command: str, program: PythonProgram | None) -> None:
    assert PythonProgram.of(command.split()) == program


def test_there_is_no_such_file(tmp_path: Path) -> None:
    with lockstep() as bench, pytest.raises(UserError, match=r"none\.py"):
        bench.run(tmp_path / "none.py")


@pytest.mark.slow
@pytest.mark.parametrize("where", ["", "import threading\nthreading.Thread(target=spin).start()\n"])
def test_a_host_that_never_waits_is_told_where(where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "SPIN_LIMIT_S", 0.5)
    text = "def spin():\n    while True:\n        pass\n" + (where or "spin()\n")
    with pytest.raises(LockstepError, match=r"neither waits nor looks .*program\.py, line [23]"):
        run(tmp_path, text)
