"""The packaged pages, scripts and images. The one file of this room that touches the disk."""

from __future__ import annotations

from pathlib import Path

_ROOT = Path(__file__).parent


def read_web_file(name: str) -> bytes:
    """A file by its name in `wizfi_emu.web.pages`: ``pages/login.html``, ``static/buttons.css``.

    Read each time: these are a few kB, and a module whose web server nobody looks at holds none of them.
    """
    return (_ROOT / name).read_bytes()
