"""The one exception that is meant for the person who runs the program."""


class UserError(Exception):
    """A mistake in the user's words or files: one line that names it; exit status 2."""
