"""Every row of the table of differences between guide and firmware 1.0.5.2, from both sides."""

from __future__ import annotations

import pytest

from tests.desk import GUIDE, MEASURED, firmware_named
from tests.personality import guide_rows, interpreter_rows, link_rows, socket_rows
from wizfi_emu.firmware.differences import Difference, load_differences

FILES = (interpreter_rows, socket_rows, link_rows, guide_rows)
ROWS = {row: sides for rows in FILES for row, sides in rows.ROWS.items()}
TABLE = {row.id: row for row in load_differences().differences}


def is_decided_alike(row: Difference) -> bool:
    guide, measured = firmware_named(GUIDE), firmware_named(MEASURED)
    return all(getattr(guide, switch) == getattr(measured, switch) for switch in row.switches)


def test_every_row_of_the_table_has_a_test() -> None:
    assert sorted(ROWS) == sorted(TABLE)
    assert list(TABLE) == [f"D-{number:02}" for number in range(1, 83)]
    assert sum(len(rows.ROWS) for rows in FILES) == len(TABLE)


@pytest.mark.parametrize("row", ROWS)
def test_guide(row: str) -> None:
    assert ROWS[row].look(GUIDE) == ROWS[row].guide


@pytest.mark.parametrize("row", ROWS)
def test_measured_firmware(row: str) -> None:
    assert ROWS[row].look(MEASURED) == ROWS[row].measured


@pytest.mark.parametrize(("row", "switch"), [(row, switch) for row, sides in ROWS.items() for switch in sides.switched])
def test_switch_that_neither_of_them_sets(row: str, switch: str) -> None:
    sides = ROWS[row]
    assert sides.look(MEASURED, switch) == sides.switched[switch] != sides.measured


@pytest.mark.parametrize("row", TABLE)
def test_sides_differ_where_the_switches_do(row: str) -> None:
    sides, difference = ROWS[row], TABLE[row]
    if is_decided_alike(difference):
        # D-35 tells the version, which is another row's difference.
        assert sides.guide == sides.measured or row == "D-35"
        assert {switch.partition("=")[0] for switch in sides.switched} == set(difference.switches)
    else:
        assert sides.guide != sides.measured
