"""What a person is told is one line."""

from __future__ import annotations

import pickle

import pytest

from wizfi_emu.errors import MESSAGE_CHARACTERS, UserError


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("world.yaml:3: ssid: expected text", "world.yaml:3: ssid: expected text"),
        ("expected µs, got 'é€'", "expected µs, got 'é€'"),
        ("got 'a\nb\x1b[31m\udcff\0'", "got 'a?b?[31m??'"),
        ("x" * (MESSAGE_CHARACTERS + 1), "x" * MESSAGE_CHARACTERS + "..."),
    ],
)
def test_it_is_one_line_that_a_terminal_can_show(message: str, shown: str) -> None:
    assert str(UserError(message)) == shown
    assert str(pickle.loads(pickle.dumps(UserError(message)))) == shown  # noqa: S301  # its own


def test_a_kind_of_it_too() -> None:
    class SpecialError(UserError):
        """As those of lockstep."""

    assert str(SpecialError("a\nb")) == "a?b"
