"""The one exception that is meant for the person who runs the program."""

MESSAGE_CHARACTERS = 1000
"""Of an error. The longest list of what is expected has 400."""


class UserError(Exception):
    """A mistake in the user's words or files: one line that names it; exit status 2.

    A file may be quoted in it, and may hold anything: what is not printable becomes ``?``, and a text that nobody reads
    to its end is cut.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(_one_line(message))


def _one_line(message: str) -> str:
    shown = message if len(message) <= MESSAGE_CHARACTERS else message[:MESSAGE_CHARACTERS] + "..."
    return "".join(character if character.isprintable() else "?" for character in shown)
