"""What the arguments say before anything is imported for them."""

from collections.abc import Sequence

EXIT_INTERRUPTED = 130  # as a shell reports a program that ended by SIGINT


def with_default_command(args: Sequence[str]) -> list[str]:
    """The arguments with ``run`` put in front when they name no command."""
    if not args or (args[0].startswith("-") and args[0] not in ("-h", "--help", "--version")):
        return ["run", *args]
    return list(args)


def interrupted_status(args: Sequence[str]) -> int:
    """The exit status of a command that SIGINT ends: it is the end that ``run`` is meant to have."""
    return 0 if args[0] == "run" else EXIT_INTERRUPTED
