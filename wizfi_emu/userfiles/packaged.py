"""Where the files are that come with the program: worlds, timings, firmware versions."""

from pathlib import Path


def packaged(kind: str) -> Path:
    """The directory of one kind of files, such as ``worlds`` or ``firmware``.

    An installed package has them in its ``data`` directory; a checkout, also one that is installed in place, in
    ``profiles``, where they are edited.
    """
    package = Path(__file__).parent.parent
    installed = package / "data"
    root = installed if installed.is_dir() else package.parent / "profiles"
    return root / kind
