"""Events, effects and bytes as text for people."""

from __future__ import annotations

import pytest

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.recording.show import show_bytes, show_item, show_line, show_part


def test_bytes_as_text() -> None:
    assert show_bytes(b'AT\r\n\t"\\\x00\xff') == '"AT\\r\\n\\t\\"\\\\\\x00\\xff"'
    assert show_part(b"x" * 100) == '"' + "x" * 100 + '"'
    assert show_part(b"x" * 500 + b"!" + b"x" * 500, around=500, limit=5) == '"xx!xx" (bytes 498 to 503 of 1001)'
    assert show_part(b"x" * 500, around=499, limit=5) == '"xxxxx" (bytes 495 to 500 of 500)'


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (ev.UartReceived(b"AT\r"), '> UartReceived data="AT\\r"'),
        (fx.UartSend(b"[OK]\r\n"), '< UartSend data="[OK]\\r\\n"'),
        (ev.JoinEnded(1, None), "> JoinEnded request=1 failure=none"),
        (ev.JoinEnded(1, ev.JoinFailure.TIMEOUT), "> JoinEnded request=1 failure=timeout"),
        (fx.WriteFlash(1, b"secret"), "< WriteFlash request=1 image=***"),
        (ev.TimeReached(), "> TimeReached"),
    ],
)
def test_events_and_effects_as_text(item: ev.Event | fx.Effect, text: str) -> None:
    assert show_item(item) == text
    assert show_line(1_234_567, item) == f"     1.234567 {text}"


def test_secrets_are_not_shown() -> None:
    shown = [
        show_item(fx.ConnectMqtt(1, "1.2.3.4", 1883, b"u", b"secret", b"c", 60)),
        show_item(fx.Join(1, b"net", "WPA2", b"secret", "00:08:DC:00:00:00")),
        show_item(fx.ListenTcp(1, 443, fx.TlsIdentity(b"cert", b"secret"))),
        show_item(ev.IdentityMade(1, b"cert", b"secret")),
    ]
    assert "secret" not in "".join(shown)
