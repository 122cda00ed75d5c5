"""The page: template, style, script and data in one file that needs no other one and no network."""

import html
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import msgspec

from wizfi_emu.recording.files import read_recording, write_file
from wizfi_emu.recording.format import Recording
from wizfi_emu.recording.report.timeline import make_timeline

_FILES = Path(__file__).parent / "page"
_SCRIPTS = ("session.js", "filter.js", "rows.js", "canvas.js", "axis.js", "sequence.js", "details.js", "hands.js")
"""They are one script: each uses what those before it define."""


def write_report(recording: Path, output: Path, name: str) -> None:
    """Draw the recording in a file. Raises UserError for what cannot be read or written."""
    write_file(output, make_report(read_recording(recording), name).encode())


def make_report(recording: Recording, name: str) -> str:
    style, script = _read("page.css"), "".join(map(_read, _SCRIPTS))
    # Nothing but this style and this script, whatever the recording holds; only they may set styles.
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; "
        "form-action 'none'"
    )
    values = {
        "POLICY": html.escape(policy),
        "TITLE": html.escape(f"Session {name}"),
        "STYLE": style,
        "SCRIPT": script,
        # Inside of a script element only "<" could begin something.
        "DATA": msgspec.json.encode(make_timeline(recording, name)).decode().replace("<", "\\u003c"),
    }
    before, *parts = _read("page.html").split("%")
    # Names and texts alternate, since the template has no other percent signs.
    return before + "".join(values.get(part, part) for part in parts)


def _read(name: str) -> str:
    return (_FILES / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode("ascii")
