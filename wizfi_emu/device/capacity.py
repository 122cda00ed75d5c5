"""Whether this machine has room for so many modules: pseudo-terminals and open files, before the first one starts."""

from collections.abc import Sequence
from pathlib import Path

from wizfi_emu.device.options import RunOptions
from wizfi_emu.errors import UserError
from wizfi_emu.profile.flashfile import MEMORY

TERMINALS = Path("/proc/sys/kernel/pty")
"""Of Linux: ``max``, how many pseudo-terminals there may be, and ``nr``, how many there are."""

PROGRAM_FILES = 64
"""Open files of the program itself, with what loading and logging open for a moment."""

SOCKETS_OF_ONE = 1
"""Open sockets of the firmware that each module has room for; it may open eight, and then some answer with an error."""


def check_capacity(modules: Sequence[RunOptions], terminals: Path = TERMINALS) -> None:
    """Raise UserError, one line that names the limit, when not all of them can start.

    The soft limit of open files, which is a matter of this program, is raised as far as they need.
    """
    _check_terminals(sum(one.serial == "pty" for one in modules), terminals)
    _check_files(len(modules), PROGRAM_FILES + sum(map(files_of, modules)))


def files_of(options: RunOptions) -> int:
    """How many open files a module has, with its hosts and panel connected."""
    return (
        2  # the line and its host; a terminal has two as well
        + 3 * bool(options.control)  # port, panel, entry of `wizfi-emu ctl list`
        + 4 * bool(options.spi)
        + (options.boot != "now")
        + (options.flash != MEMORY)
        + (options.record is not None)
        + SOCKETS_OF_ONE
    )


def _check_terminals(needed: int, terminals: Path) -> None:
    try:
        most, used = (int((terminals / name).read_text()) for name in ("max", "nr"))
    except (OSError, ValueError):
        return  # Not Linux, or hidden: the terminals themselves will tell.
    if needed > most - used:
        raise UserError(
            f"{needed} modules need {needed} pseudo-terminals, {max(0, most - used)} are free: "
            f"raise the limit (sysctl -w kernel.pty.max={used + needed}) or use --serial unix:PATH"
        )


def _check_files(modules: int, needed: int) -> None:
    try:
        import resource
    except ImportError:
        return  # Windows has no such limit
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or needed <= soft:
        return
    if hard != resource.RLIM_INFINITY and needed > hard:
        raise UserError(
            f"{modules} modules need {needed} open files, the limit is {hard}: "
            f"raise it (ulimit -n {needed}, or LimitNOFILE={needed} of a systemd service)"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
