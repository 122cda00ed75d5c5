"""Orders in words."""

from __future__ import annotations

import pytest

from wizfi_emu.stages.orders import (
    ChangeKey,
    ChangeLease,
    ResetConnection,
    ResetMqtt,
    SwitchAccessPoint,
    WorldOrder,
    told,
)


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (SwitchAccessPoint("a", on=True), "access point a on"),
        (SwitchAccessPoint("a", on=False), "access point a off"),
        (ChangeKey("a", "secret99"), "access point a has another key"),
        (ChangeKey("a", None), "access point a has its first key"),
        (ChangeLease(), "the lease is of another address"),
        (ResetConnection(3), "connection of socket 3 reset at the peer"),
        (ResetMqtt(), "connection to the broker reset"),
    ],
)
def test_words(order: WorldOrder, words: str) -> None:
    assert told(order) == words
