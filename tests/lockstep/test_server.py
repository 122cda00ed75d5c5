"""The four verbs, as a program speaks them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.programs import need
from wizfi_emu.errors import UserError
from wizfi_emu.lockstep import server
from wizfi_emu.lockstep.clock import Lockstep, LockstepError
from wizfi_emu.lockstep.server import run_program
from wizfi_emu.streams import Stream
from wizfi_emu.testing.lockstep import LockstepBench

CLIENT = Path(__file__).parent.parent.parent / "examples" / "clients"

HOST = """
import os, socket, sys
run = socket.socket(socket.AF_UNIX)
run.connect(os.environ["WIZFI_LOCKSTEP"])
stream = run.makefile("rwb")
def ask(request):
    stream.write(request)
    stream.flush()
    line = stream.readline()
    now, count, quiet = line.split()
    return int(now), stream.read(int(count))
"""

C_HOST = """
#include "wizfi_lockstep.h"
#include <stdio.h>
#include <string.h>

int main(void)
{
    char data[11] = "";
    size_t length = 0;

    if (wizfi_open() < 0 || wizfi_write("AT\\r", 3) != 3)
        return 1;
    while (length < 10)
        length += (size_t)wizfi_read(data + length, 10 - length, wizfi_now() + 1000000);
    long none = wizfi_read(data, 1, wizfi_now() + 1000000);
    int64_t late = wizfi_sleep(60000000);
    printf("%zu %d %ld %ld\\n", length, strcmp(data, "AT\\r\\n[OK]\\r\\n"), none, (long)(late / 1000));
    wizfi_close();
    return 7;
}
"""


def run(*command: str, directory: Path = Path()) -> tuple[int, str]:
    bench, output = LockstepBench(), Stream()
    port = bench.add_module()
    with bench.lockstep.taking_part():
        bench.lockstep.wait(100_000, lambda: False)
        status = run_program(command, directory, bench.lockstep, bench.ends[port], output.add)
    return status, output.part(0).decode()


def run_python(text: str) -> tuple[int, str]:
    return run(sys.executable, "-c", HOST + text)


def test_each_verb() -> None:
    status, output = run_python("""
assert ask(b"now\\n") == (100010, b"")
assert ask(b"write 3\\nAT\\r") == (100020, b"")
now, data = ask(b"read 5 300000\\n")
assert now < 102000, now
while len(data) < 10:
    now, more = ask(b"read 5 300000\\n")
    data += more
assert data == b"AT\\r\\n[OK]\\r\\n", data
assert ask(b"read 100 300000\\n") == (300000, b"")
assert ask(b"sleep 9000000\\n") == (9000000, b"")
print("done")
sys.exit(5)
""")
    assert (status, output) == (5, "done\n")


@pytest.mark.parametrize("request_line", ["stop", "write 99999999", "read 1", "sleep -1", "x" * 200])
def test_a_request_that_is_none(request_line: str) -> None:
    with pytest.raises(LockstepError, match="the host has asked for"):
        run_python(f"ask({request_line!r}.encode() + b'\\n')")


def test_a_program_that_does_not_take_part() -> None:
    assert run(sys.executable, "-c", "print('no'); raise SystemExit(3)") == (3, "no\n")


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(UserError, match="/none: No such file"):
        run("/none")


def test_a_program_that_leaves_in_the_middle() -> None:
    assert run_python("stream.write(b'write 100\\nabc'); stream.flush(); os._exit(4)")[0] == 4


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HOST + "ask(b'now\\n')\nwhile True: pass", "has asked for nothing"),
        ("import time; time.sleep(60)", "has not connected"),
        (HOST + "stream.close(); run.close()\nimport time; time.sleep(60)", "does not end"),
    ],
)
def test_a_program_that_never_waits(text: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "PATIENCE_S", 0.5)
    with pytest.raises(LockstepError, match=message):
        run(sys.executable, "-c", text)


def test_nothing_is_left_of_it() -> None:
    run_python("")
    assert Lockstep.current is None


@pytest.mark.slow
def test_the_client_in_c(tmp_path: Path) -> None:
    need("gcc")
    (tmp_path / "host.c").write_text(C_HOST)
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", f"-I{CLIENT}"]
    command = ["cc", *flags, "-o", "host", "host.c", str(CLIENT / "wizfi_lockstep.c")]
    subprocess.run(command, cwd=tmp_path, check=True)
    assert run("./host", directory=tmp_path) == (7, "10 0 0 60000\n")
    lines = sum(len((CLIENT / f"wizfi_lockstep.{end}").read_text().splitlines()) for end in "ch")
    assert lines <= 150
