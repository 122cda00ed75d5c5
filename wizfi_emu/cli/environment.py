"""Options by environment variables, as a container has them: ``WIZFI_EMU_HOST_ADDRESS`` for ``--host-address``."""

import logging
import os
from typing import Final

import click

PREFIX: Final = "WIZFI_EMU_"

_log = logging.getLogger("wizfi_emu")


def name_variables(command: click.Command) -> None:
    """Let each option of a command be set by the variable of its name. An empty variable sets nothing."""
    for param in command.params:
        word = next(name for name in param.opts if name.startswith("--"))
        param.envvar = PREFIX + word.removeprefix("--").replace("-", "_").upper()


def warn_of_slips(command: click.Command) -> None:
    """Log which variables seem to be meant for an option and are not.

    Others with the prefix are left alone: Kubernetes makes some for each service of that name.
    """
    known = {param.envvar for param in command.params if isinstance(param.envvar, str)}
    unknown = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    if not unknown:
        return
    from difflib import get_close_matches

    for name in unknown:
        for meant in get_close_matches(name, sorted(known), 1, cutoff=0.9):
            _log.warning("%s sets nothing; did you mean %s?", name, meant)
