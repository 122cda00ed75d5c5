"""Where threads and processes are. Processes that compute: also test_posix_shim.py."""

from __future__ import annotations

import _thread
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lockstep.chosts import compiled
from wizfi_emu.lockstep.whereabouts import where_a_process_is, where_a_thread_is


def inner() -> str:
    return where_a_thread_is(_thread.get_ident())


def test_a_thread_with_those_who_called_it() -> None:
    first, second = inner().split(", called from ")
    assert first.startswith(f"{__file__}, line ")
    assert second.startswith(f"{__file__}, line ")


def test_a_thread_that_is_not_there() -> None:
    assert where_a_thread_is(0) == "outside of the host program"


def test_a_process_that_is_not_there() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert where_a_process_is(process.pid) == ""


@pytest.mark.slow
@pytest.mark.parametrize("flags", [(), ("-no-pie",)])
def test_a_process_without_debugging_information(flags: tuple[str, ...], tmp_path: Path) -> None:
    source = tmp_path / "spin.c"
    source.write_text('#include <unistd.h>\nint main(void) { write(1, "x", 1); for (;;) ; }\n')
    program = compiled(tmp_path / "spin", source, *flags)
    with subprocess.Popen([program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        os.read(process.stdout.fileno(), 1)
        place = ""
        while not place.startswith(str(program)):  # the call that writes may not be over
            place = where_a_process_is(process.pid)
            process.send_signal(signal.SIGCONT)
        process.kill()
    assert place.startswith(f"{program}+0x")
