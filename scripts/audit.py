"""Looks for known weaknesses of the packages in a virtual environment; exit status 1 when there are any.

usage: audit.py VENV
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def main(venv: str) -> int:
    """Run pip-audit. Where its data cannot be reached, that is said and is no failure."""
    (packages,) = Path(venv).glob("lib/python*/site-packages")
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off", "--path", packages]
    done = subprocess.run(command, capture_output=True, text=True)
    try:
        report = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        report = []
    known = [entry for entry in report if "skip_reason" not in entry]
    if not known:
        print("pip-audit: its data cannot be reached; nothing was looked up")
        return 0
    weak = [entry for entry in known if entry["vulns"]]
    for entry in weak:
        print(f"{entry['name']} {entry['version']}:", ", ".join(weakness["id"] for weakness in entry["vulns"]))
    print(f"pip-audit: {len(known)} of {len(report)} packages looked up, {len(weak)} with known weaknesses")
    return bool(weak)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
