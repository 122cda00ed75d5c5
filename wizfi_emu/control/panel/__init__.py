"""The panel in a browser: a few files, sent as they are."""

from pathlib import Path

_SCRIPTS = ("air", "api", "board", "dom", "faults", "panel", "recording", "state", "tabs", "terminal")
FILES = {
    "/": "panel.html",
    "/panel.css": "panel.css",
    "/panel.svg": "panel.svg",
    **{f"/{name}.js": f"{name}.js" for name in _SCRIPTS},
}
_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


def read(name: str) -> tuple[bytes, str]:
    """Content and media type of one of the files."""
    path = Path(__file__).with_name(name)
    return path.read_bytes(), f"{_TYPES[path.suffix]}; charset=utf-8"
