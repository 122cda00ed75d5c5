"""What a finding looks like."""

from __future__ import annotations

from wizfi_emu.lint.findings import Finding


def test_a_finding_is_one_line() -> None:
    finding = Finding(1_216_894, "early-data", "data before the prompt of AT+SSEND", b"hello\r\n")
    assert finding.line() == '1.216894 early-data: data before the prompt of AT+SSEND: "hello\\r\\n"'


def test_many_bytes_are_shortened() -> None:
    assert Finding(0, "early-data", "data", b"x" * 5000).line().endswith('x" (bytes 0 to 100 of 5000)')
