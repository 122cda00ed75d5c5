"""Bytes of the host that come by SPI: what of them is data, and the same with masks in its place."""

from wizfi_emu.module.spi import DATA_F0, ESCAPE, NULL, Mosi


class SpiBurst:
    """One burst. ``data`` is what the module makes of it; it may be changed, but not in its length."""

    def __init__(self, mosi: bytes, reader: Mosi | None) -> None:
        """``reader`` is in the state in which the bytes before have left it; None: nobody listens."""
        self.data = bytearray()
        self._mosi = mosi
        self._places: list[int] = []
        self._escaped: set[int] = set()
        start = 0
        while reader is not None and start < len(mosi):
            piece = reader.read(mosi, start, len(mosi))
            self.data += piece.data
            if piece.data and piece.code is not None:
                self._escaped.add(piece.end - 1)
                self._places.append(piece.end - 1)
            elif piece.data:
                places = range(start, piece.end)
                whole = len(piece.data) == len(places)
                self._places.extend(places if whole else (place for place in places if mosi[place] != NULL))
            start = piece.end
        self._before = bytes(self.data)

    def masked(self) -> bytes:
        """The burst with what has become of its data. A byte that was escaped stays so, and is F0 in a mask."""
        if self.data == self._before:
            return self._mosi
        mosi = bytearray(self._mosi)
        for place, before, after in zip(self._places, self._before, self.data, strict=True):
            if before != after:
                assert after not in (NULL, ESCAPE), "masks are text"
                mosi[place] = DATA_F0 if place in self._escaped else after
        return bytes(mosi)
