"""Where a host is in its own code, for the person whose host does not go on."""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from types import FrameType, TracebackType

FRAMES = 5
"""How many calls are shown."""

STOP_LIMIT_S = 0.5
"""How long, in real time, a process may take to stop so that it can be looked at."""

_INSTALLED = tuple({sysconfig.get_paths()[key] for key in ("stdlib", "platstdlib", "purelib", "platlib")})
_GLANCE_S = 0.005
_LOOKUP_LIMIT_S = 5.0
_ELF_TYPE = slice(16, 18)
_ELF_FIXED = (2).to_bytes(2, sys.byteorder)
_NOT_THE_HOST = {"wizfi_emu", "serial", "threading", "queue", "contextlib", "concurrent"}


def is_installed(file: str) -> bool:
    """Whether a file belongs to Python, or to what is installed for it."""
    return file.startswith(_INSTALLED)


def where_a_thread_is(thread: int) -> str:
    """The line of the host program that a thread of this process is at, and who has called it."""
    frame: FrameType | None = sys._current_frames().get(thread)
    while frame is not None and not _is_the_hosts(frame):
        frame = frame.f_back
    places: list[str] = []
    while frame is not None and len(places) < FRAMES:
        file = frame.f_code.co_filename
        if not _is_the_hosts(frame) or (places and is_installed(file)):
            break
        places.append(f"{file}, line {frame.f_lineno}")
        frame = frame.f_back
    return ", called from ".join(places) or "outside of the host program"


def where_it_stopped(trace: TracebackType | None) -> str:
    """Where a host of this process was ended: its line, and the functions from there on; "" for one of its own."""
    places = []
    while trace is not None:
        if _is_the_hosts(trace.tb_frame):
            places.append((trace.tb_frame.f_code, trace.tb_lineno))
        trace = trace.tb_next
    if not places:
        return ""
    (code, line), *others = places
    functions = ", ".join(other.co_name for other, _ in others)
    return f"{Path(code.co_filename).name}, line {line}" + (f" ({functions})" if functions else "")


def _is_the_hosts(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] not in _NOT_THE_HOST


def where_a_process_is(process: int) -> str:
    """The place in its program that a process computes at, which it is stopped for; empty where that cannot be known.

    With addr2line (binutils) and debugging information (``cc -g``) it is a function and a line.
    """
    try:
        os.kill(process, signal.SIGSTOP)
        _wait_until_stopped(process)
        # Beside what a process waits for, the kernel shows where it is: its last word.
        address = int(Path(f"/proc/{process}/syscall").read_text().split()[-1], 16)
        file, offset = _file_at(process, address)
    except (OSError, ValueError):
        return ""
    place = f"{file}+{offset:#x}"
    named = _named(file, offset)
    return f"{place}, {named}" if named else place


def _wait_until_stopped(process: int) -> None:
    for _ in range(round(STOP_LIMIT_S / _GLANCE_S)):
        if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "T":
            return
        time.sleep(_GLANCE_S)


def _file_at(process: int, address: int) -> tuple[str, int]:
    """The file that is mapped there, and where in it. Raises ValueError when none is."""
    for line in Path(f"/proc/{process}/maps").read_text().splitlines():
        span, _, offset, _, _, *path = line.split(maxsplit=5)
        start, end = (int(word, 16) for word in span.split("-"))
        if start <= address < end and path:
            is_fixed = Path(path[0]).read_bytes()[_ELF_TYPE] == _ELF_FIXED
            return path[0], address if is_fixed else address - start + int(offset, 16)
    raise ValueError("there is no file")


def _named(file: str, offset: int) -> str:
    """Function and line; empty where they are not known."""
    program = shutil.which("addr2line")
    if program is None:
        return ""
    command = [program, "-e", file, "-f", "-s", "-p", hex(offset)]
    try:
        done = subprocess.run(  # noqa: S603 - addr2line, which was found on the path
            command, capture_output=True, text=True, timeout=_LOOKUP_LIMIT_S, check=False
        )
        text = done.stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return "" if "??" in text else text.partition(" (discriminator")[0].strip()
