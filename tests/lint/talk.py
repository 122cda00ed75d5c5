"""What host and module say to each other, written down by hand."""

from __future__ import annotations

from wizfi_emu.lint.conversation import Item
from wizfi_emu.lint.search import find_mistakes
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.profile import FlashImage, Profile, encode_image

MS = 1000


class Talk:
    """A session. Each turn comes 100 ms behind the last one, unless told otherwise."""

    def __init__(self, profile: Profile | None = None) -> None:
        self.now_us = 0
        self.items: list[tuple[int, Item]] = []
        image = b"" if profile is None else encode_image(FlashImage(profile=profile))
        self.add(ev.PoweredOn(image))
        self.module(b"WizFi250 Version 1.0.5.2 (WIZnet Co.Ltd)\r\n")

    def add(self, item: Item, *, us: int = 0) -> Talk:
        self.now_us += us
        self.items.append((self.now_us, item))
        return self

    def host(self, data: bytes, *, us: int = 100 * MS) -> Talk:
        return self.add(ev.UartReceived(data), us=us)

    def module(self, data: bytes, *, us: int = 100 * MS) -> Talk:
        return self.add(fx.UartSend(data), us=us)

    def host_on_spi(self, data: bytes, miso: bytes = b"", *, us: int = 100 * MS) -> Talk:
        """A burst that the host clocks, and what comes back in it: NULLs without anything else."""
        self.add(ev.SpiTransferred(data), us=us)
        return self.add(fx.SpiSend(miso or b"\xf0" * len(data)))

    def module_on_spi(self, data: bytes, *, us: int = 100 * MS) -> Talk:
        """What the host reads by clocking NULLs."""
        return self.host_on_spi(b"\xf0" * (len(data) + 1), data + b"\xf0", us=us)

    def command(self, line: bytes, answer: bytes = b"[OK]\r\n") -> Talk:
        return self.host(line + b"\r").module(answer)

    def connect(self, scid: int = 0, *, data_mode: bool = False, remote: bytes = b"10.0.0.1,80") -> Talk:
        self.command(b"AT+SCON=O,TCN,%s,,%d" % (remote, data_mode))
        return self.module(b"\r\n[CONNECT %x]\r\n" % scid)

    def found(self, *, paced: bool = False) -> list[str]:
        """The names of the rules that are broken."""
        return [finding.rule for finding in find_mistakes(self.items, paced=paced)]
