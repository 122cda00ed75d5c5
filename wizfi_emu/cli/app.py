"""The commands by name, and how an error becomes one line and an exit status."""

import importlib
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

import wizfi_emu
from wizfi_emu.cli.arguments import interrupted_status, with_default_command
from wizfi_emu.errors import UserError

# In the order of the help page. Each is a file of this package with a ``command``, imported when it is called.
COMMANDS = (
    "run",
    "with",
    "ctl",
    "firmware",
    "world",
    "timing",
    "flash",
    "image",
    "replay",
    "record",
    "report",
    "lint",
    "audit",
    "calibrate",
    "compare",
    "scenario",
    "explore",
    "campaign",
)

FILES = {"with": "with_module"}
"""Where a command is that cannot have its file's name: a word of Python."""

OTHER_NAMES = {"bench": "fleet"}
"""Words that are accepted in the place of the one that is documented."""

EXIT_USAGE = 2


class LazyCommands(click.Group):
    """A group that imports the file of a command when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"wizfi_emu.cli.{FILES.get(cmd_name, cmd_name)}").command
        assert isinstance(command, click.Command)
        return command


@click.command(
    cls=LazyCommands,
    no_args_is_help=False,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
        "token_normalize_func": lambda name: OTHER_NAMES.get(name, name),
    },
    epilog="'wizfi-emu' alone, or with options only, is 'wizfi-emu run'.",
)
@click.version_option(wizfi_emu.__version__, message="%(prog)s %(version)s")
def app() -> None:
    """A virtual WizFi250: the serial Wi-Fi module behind a pseudo-terminal.

    \b
    Example: a module on /tmp/wizfi, and a terminal on it
        wizfi-emu run --link /tmp/wizfi &
        pyserial-miniterm /tmp/wizfi 115200
    """


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command line. Whatever the person got wrong is one line on standard error and exit status 2."""
    args = with_default_command(sys.argv[1:] if args is None else args)
    try:
        status = app.main(args, prog_name="wizfi-emu", standalone_mode=False)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "wizfi-emu"
        _fail(f"{error.format_message().rstrip('.')} (see {command} --help)")
    except click.ClickException as error:
        _fail(error.format_message())
    except UserError as error:
        _fail(str(error))
    except BaseExceptionGroup as group:
        if group.split(KeyboardInterrupt)[1] is None:
            sys.exit(interrupted_status(args))
        _fail(str(_only_user_error(group)))
    except (KeyboardInterrupt, click.Abort):
        sys.exit(interrupted_status(args))
    sys.exit(status if isinstance(status, int) else 0)


def _only_user_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The user error out of a nursery's group; when there is anything else in the group, that is ours and goes on."""
    mine, rest = group.split(UserError)
    if mine is None or rest is not None:
        raise group
    error: BaseException = mine
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _fail(message: str) -> NoReturn:
    print("wizfi-emu:", " ".join(message.split()), file=sys.stderr)
    sys.exit(EXIT_USAGE)
