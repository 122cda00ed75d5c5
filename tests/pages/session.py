"""A page as a session: its blocks, one after the other, as a person would type them in a fresh checkout.

A block of ``sh`` is a script that ends at the first failure. A command that runs a module is left running for what
comes behind it, and ended as with Ctrl-C when the next one starts or the page ends. The environment has a home, a state
and a runtime directory of its own, and a loopback address of its own, so that pages can be tested beside each other.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Self

import pexpect

from tests.pages.blocks import ROOT, Block
from wizfi_emu.testing.running import own_host_address

LIMIT_S = 600
"""A busy machine is no failure."""
ANSWER_LIMIT_S = 30
NOT_COPIED = (".git", ".venv*", "build", "dist", "site", "__pycache__", ".*_cache", ".hypothesis", "failures")
RUNS_A_MODULE = re.compile(r"^(?:wizfi-emu run|scripts/run)\b.*$", re.MULTILINE)
WRAPPER = """#!/bin/sh
case "{name} $*" in pip*|*"-m pip"*) echo "a page installs into the environment of the tests" >&2; exit 1 ;; esac
exec "{program}" "$@"
"""


def fresh_checkout(folder: Path) -> Path:
    """A copy of the project whose ``.venv`` is there and leads to that of the tests; making one takes a minute."""
    root = folder / "wizfi-emu"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns(*NOT_COPIED))
    programs = root / ".venv" / "bin"
    programs.mkdir(parents=True)
    for program in Path(sys.executable).parent.iterdir():
        if os.access(program, os.X_OK) and program.is_file():
            wrapper = programs / program.name
            wrapper.write_text(WRAPPER.format(name=program.name, program=program))
            wrapper.chmod(0o755)
    inputs = f"# {root}\n" + (root / "pyproject.toml").read_text() + (root / "constraints.txt").read_text()
    for kind in ("run", "dev"):
        (root / ".venv" / f".installed-{kind}").write_text(inputs)
    return root


class Session:
    """Plays the blocks of one page in a fresh checkout. Use as a context."""

    def __init__(self, folder: Path, *, programs: Path | None = None) -> None:
        """``programs`` is a folder of programs that come before those of the checkout."""
        self.root = fresh_checkout(folder)
        # Short: programs put Unix sockets there, whose paths have 107 bytes at most.
        self.temporary = Path(tempfile.mkdtemp(prefix="page-"))
        self._module: subprocess.Popen[str] | None = None
        own = {name: folder / name for name in ("home", "state", "runtime")}
        for path in own.values():
            path.mkdir(mode=0o700)
        # The outer pytest's own settings stay here.
        outer = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "WIZFI_EMU_"))}
        self._environment = outer | {
            "PATH": os.pathsep.join(
                (*([str(programs)] if programs else []), str(self.root / ".venv" / "bin"), os.environ["PATH"])
            ),
            "HOME": str(own["home"]),
            "XDG_STATE_HOME": str(own["state"]),
            "XDG_RUNTIME_DIR": str(own["runtime"]),
            "TMPDIR": str(self.temporary),
            "WIZFI_EMU_HOST_ADDRESS": own_host_address(),
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            self._end_module(check=kind is None)
        finally:
            shutil.rmtree(self.temporary, ignore_errors=True)

    def play(self, block: Block) -> None:
        """Run a block. Raises AssertionError with its output when it fails."""
        if block.mark.startswith("file: "):
            (self.root / block.mark.removeprefix("file: ")).write_text(block.text)
        elif block.mark == "typed":
            self._type(block)
        elif block.language in ("python", "py"):
            self._play_python(block)
        else:
            self._play_shell(block)

    def _play_shell(self, block: Block) -> None:
        text = self._moved(block.text).replace("\\\n", "")
        done = 0
        for found in RUNS_A_MODULE.finditer(text):
            self._run(["bash", "-euc", text[done : found.start()]], block)
            self._start_module(found[0], block)
            done = found.end()
        self._run(["bash", "-euc", text[done:]], block)

    def _play_python(self, block: Block) -> None:
        if "def test_" in block.text:
            file = self.root / "test_of_the_page.py"
            file.write_text(block.text)
            self._run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)], block)
        else:
            self._run([sys.executable, "-W", "error", "-c", self._moved(block.text)], block)

    def _type(self, block: Block) -> None:
        """Type the commands of a shown session into the terminal program, and compare what it shows."""
        command, _, shown = block.text.partition("\n")
        terminal = pexpect.spawn(
            self._moved(command), cwd=self.root, env=self._environment, timeout=ANSWER_LIMIT_S, encoding="latin-1"
        )
        try:
            terminal.expect("--- Quit: .*\r\n")
            for line in filter(None, shown.splitlines()):
                if line.startswith("AT"):
                    terminal.send(f"{line}\r")
                try:
                    terminal.expect_exact(line)
                except pexpect.ExceptionPexpect:
                    raise AssertionError(f"{block.place}: {line!r} is not what comes: {terminal.before!r}") from None
                assert not str(terminal.before).strip(), (
                    f"{block.place}: this comes before {line!r}: {terminal.before!r}"
                )
        finally:
            terminal.close(force=True)

    def _run(self, command: list[str], block: Block) -> None:
        result = subprocess.run(
            command,
            cwd=self.root,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        assert result.returncode == 0, f"{block.place}: status {result.returncode}\n{command[-1]}\n{result.stdout}"

    def _start_module(self, command: str, block: Block) -> None:
        self._end_module()
        bare = command.partition(" #")[0].rstrip().removesuffix("&")
        self._module = subprocess.Popen(
            ["bash", "-c", f"exec {bare}"],
            cwd=self.root,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._module.stdout is not None
        assert select.select([self._module.stdout], [], [], LIMIT_S)[0], f"{block.place}: {command} says nothing"
        assert self._module.stdout.readline(), f"{block.place}: {command} says no device"

    def _end_module(self, *, check: bool = True) -> None:
        module, self._module = self._module, None
        if module is None:
            return
        module.send_signal(signal.SIGINT)
        try:
            status = module.wait(LIMIT_S)
        finally:
            module.kill()
            assert module.stdout is not None
            module.stdout.close()
        assert not check or status == 0, f"a module ended with status {status}"

    def _moved(self, text: str) -> str:
        """The text with the directory for temporary files that this session has for itself."""
        return re.sub(r"(?<![\w/])/tmp/", f"{self.temporary}/", text)
