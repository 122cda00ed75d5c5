"""Runs a Python program as a host: in this process, in virtual time, with everything of its own each time."""

from __future__ import annotations

import _thread
import ctypes
import io
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import CodeType, ModuleType

from wizfi_emu.errors import UserError
from wizfi_emu.lockstep.clock import Lockstep, LockstepError, StoppedError
from wizfi_emu.lockstep.patch import is_under_test, modules_under_test
from wizfi_emu.lockstep.threads import turns
from wizfi_emu.lockstep.whereabouts import where_a_thread_is

SPIN_LIMIT_S = 5.0
"""How long, in real time, a host may compute without looking at the time or at its port."""


@dataclass(frozen=True, slots=True)
class PythonProgram:
    """A file with its arguments, and what its environment has beside that of this process."""

    file: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, command: Sequence[str]) -> PythonProgram | None:
        """The program of a command like ``env NAME=VALUE python3 FILE ...``; None for one of another kind.

        With a library of LD_PRELOAD it is of another kind: that is loaded where a process begins.
        """
        words = list(command)
        environment: dict[str, str] = {}
        if words[0] == "env":
            del words[0]
            while words and "=" in words[0]:
                name, _, environment[name] = words.pop(0).partition("=")
        if (
            "LD_PRELOAD" in environment
            or len(words) < 2
            or not Path(words[0]).name.startswith("python")
            or words[1].startswith("-")
        ):
            return None
        return cls(words[1], tuple(words[2:]), environment)


def run_python(program: PythonProgram, lockstep: Lockstep, output: Callable[[bytes], None]) -> int:
    """Run it to its end, with its threads, and give its exit status. Raises UserError for a file that is not there.

    The lockstep is there already. The file is looked for in the present directory, as by ``python``.
    """
    path = Path(program.file)
    try:
        code = _compiled(str(path), path.stat().st_mtime_ns)
    except (OSError, SyntaxError, ValueError) as error:
        raise UserError(f"{program.file}: {error}") from None
    main = ModuleType("__main__")
    main.__dict__.update(__file__=program.file, __builtins__=__builtins__)
    with ExitStack() as stack:
        stack.enter_context(_own_surroundings(program, main))
        writer = _Output(output)
        stack.enter_context(redirect_stdout(writer))
        stack.enter_context(redirect_stderr(writer))
        stack.enter_context(_watched(lockstep))
        try:
            exec(code, main.__dict__)  # noqa: S102 - the host program, which the user has named
            status = 0
        except SystemExit as end:
            status = _status(end.code)
        except LockstepError:
            raise
        except Exception as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next  # without this file
            traceback.print_exception(error)
            status = 1
        lockstep.wait(None, _threads_are_over)
    return status


@lru_cache(maxsize=64)
def _compiled(path: str, _changed_ns: int) -> CodeType:
    return compile(Path(path).read_bytes(), path, "exec")


def _status(code: object) -> int:
    if code is None or isinstance(code, int):
        return int(code or 0)
    print(code, file=sys.stderr)
    return 1


def _threads_are_over() -> bool:
    return all(turn.done or thread.daemon for thread, turn in list(turns.items()))


class _Output(io.TextIOBase):
    """Takes what is printed."""

    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take

    def write(self, text: str) -> int:
        self._take(text.encode("utf-8", "backslashreplace"))
        return len(text)


@contextmanager
def _own_surroundings(program: PythonProgram, main: ModuleType) -> Iterator[None]:
    """Arguments, environment, import path and modules of a process of its own, and those of before at the end."""
    before = sys.argv, sys.path, os.environ.copy()
    hidden = modules_under_test()
    sys.argv = [program.file, *program.arguments]
    python_path = program.environment.get("PYTHONPATH", "")
    directories = [str(Path(program.file).parent), *filter(None, python_path.split(os.pathsep))]
    sys.path = [*(os.path.abspath(directory) for directory in directories), *sys.path]
    os.environ.update(program.environment)
    for name in hidden:
        del sys.modules[name]
    python_main = sys.modules.get("__main__")
    known = set(sys.modules)
    sys.modules["__main__"] = main
    try:
        yield
    finally:
        sys.argv, sys.path, environment = before
        os.environ.clear()
        os.environ.update(environment)
        for name in set(sys.modules) - known:
            if is_under_test(name, sys.modules[name]):
                del sys.modules[name]
        sys.modules.pop("__main__", None)
        if python_main is not None:
            sys.modules["__main__"] = python_main
        sys.modules.update(hidden)


@contextmanager
def _watched(lockstep: Lockstep) -> Iterator[None]:
    """End the host when it computes for ever: no time passes in which it could be ended otherwise."""
    over, gone = _thread.allocate_lock(), _thread.allocate_lock()
    over.acquire()
    gone.acquire()

    def watch() -> None:
        calls, thread = -1, None
        while calls != lockstep.calls or thread is None:
            calls = lockstep.calls
            if over.acquire(timeout=SPIN_LIMIT_S):
                gone.release()
                return
            thread = lockstep.thread
        text = f"the host neither waits nor looks at the time for {SPIN_LIMIT_S:g} s: {where_a_thread_is(thread)}"
        lockstep.fail(LockstepError(text))
        gone.release()
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(StoppedError))

    _thread.start_new_thread(watch, ())
    try:
        yield
    except StoppedError:
        lockstep.raise_failure()
        raise
    finally:
        over.release()
        gone.acquire()
