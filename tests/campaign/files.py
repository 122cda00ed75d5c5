"""Scenarios of campaigns for the tests."""

from __future__ import annotations

from pathlib import Path

FLAKY = """\
scenario: 1
faults:
  - fault: serial-flip
    direction: to-host
    probability: 0.03
steps:
  - line: AT
  - expect: "[OK]"
    within: 0.2
"""

HOST = """\
import serial, sys
with serial.Serial(sys.argv[1], 115200, timeout=1) as port:
    port.read_until(b"WIZnet Co.Ltd)\\r\\n")
    port.write(b"AT\\r")
    sys.exit(not port.read_until(b"[OK]\\r\\n").endswith(b"[OK]\\r\\n"))
"""


def flaky(folder: Path, name: str = "flaky.yaml") -> Path:
    """A scenario that fails with some seeds."""
    path = folder / name
    path.write_text(FLAKY)
    return path


def with_host(folder: Path) -> Path:
    """A scenario with a host program in Python."""
    (folder / "host.py").write_text(HOST)
    path = folder / "hosted.yaml"
    path.write_text('scenario: 1\nexec: "python3 host.py {port}"\n')
    return path
