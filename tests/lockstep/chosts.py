"""Hosts in C for tests: compiles them, and runs them in lockstep with a module."""

from __future__ import annotations

import subprocess
from functools import lru_cache
from pathlib import Path

from tests.programs import need
from wizfi_emu.lockstep.server import run_program
from wizfi_emu.streams import Stream
from wizfi_emu.testing.lockstep import BOOT_US, LockstepBench

LIMIT_S = 10_000
CLIENTS = Path(__file__).parents[2] / "examples" / "clients"


@lru_cache(maxsize=1)
def shim() -> Path:
    """The library for LD_PRELOAD."""
    need("make", "gcc")
    subprocess.run(["make", "-s", "-C", CLIENTS, "build/wizfi_posix.so"], check=True)
    return CLIENTS / "build" / "wizfi_posix.so"


def compiled(program: Path, source: Path, *flags: str) -> Path:
    """Compile a C file; gives the program."""
    need("gcc")
    subprocess.run(["gcc", "-O1", "-w", *flags, "-o", program, source, "-lpthread"], check=True)
    return program


def arduino(program: Path, sketch: Path, *flags: str) -> Path:
    """Compile a sketch with the Arduino API in lockstep; gives the program."""
    need("gcc", "g++")
    core = CLIENTS / "arduino"
    command = ["g++", "-std=c++11", "-O0", "-Wall", "-Wextra", "-Werror", *flags, f"-I{core}", "-include", "Arduino.h"]
    client = program.with_suffix(".o")
    subprocess.run(["gcc", "-std=c99", "-c", "-o", client, CLIENTS / "wizfi_lockstep.c"], check=True)
    command += ["-o", str(program), "-x", "c++", str(sketch), *map(str, sorted(core.glob("*.cpp")))]
    subprocess.run([*command, "-x", "none", client], check=True)
    return program


def run_in_lockstep(*command: str, directory: Path = Path()) -> tuple[int, str]:
    """Run a program as the host of a module with power; its exit status, and what it has printed."""
    bench, output = LockstepBench(limit_s=LIMIT_S), Stream()
    port = bench.add_module()
    with bench.lockstep.taking_part():
        bench.lockstep.wait(BOOT_US, lambda: False)
        status = run_program(command, directory, bench.lockstep, bench.ends[port], output.add)
    return status, output.part(0).decode()
