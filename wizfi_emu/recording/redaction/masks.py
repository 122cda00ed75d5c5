"""What a key or password is replaced by.

A mask has the length of the secret and is accepted wherever the secret is, and equal secrets get equal masks: the
machine compares passwords, and writes the flash only when a setting has changed. So a machine that knows only the masks
does what one that knows the secrets does.

==========================================  ==========================================================================
a secret                                    becomes
==========================================  ==========================================================================
of hexadecimal digits                       a number in hexadecimal digits, the lowest one first
of other printable characters               the same with ``x`` for each zero
of other bytes                              the same with the highest bit of each byte set
with commas, quotes, backslashes            these stay, as they end parameters; each piece has its own mask
``12345678`` as a key, ``admin`` as a       itself: the factory's values, which everybody knows
password, or its beginning
==========================================  ==========================================================================
"""

import itertools
import re

from wizfi_emu.profile.security import hex_bytes

PUBLIC_KEY = b"12345678"
PUBLIC_PASSWORD = b"admin"
WEP_HEX_DIGITS = (10, 26)
WPA_HEX_DIGITS = 128
WPA_KEY_BYTES = 64
SHORTEST_WITHIN = 4
"""Bytes of a secret that is looked for anywhere; shorter ones stand in every other text."""

_HEX = re.compile(rb"[0-9A-Fa-f]+")
_PRINTABLE = re.compile(rb"[ -~]+")
_PIECE = re.compile(rb'[^",\\\0]+')


class Masks:
    """Gives masks, always the same for the same secret."""

    def __init__(self) -> None:
        self._masks: dict[bytes, bytes] = {}
        self._taken: set[bytes] = set()
        self.used = False
        """Whether there was a secret."""

    def password(self, text: bytes) -> bytes:
        """The mask of a password or user name. That of the beginning of a known one is the beginning of its mask."""
        return _PIECE.sub(lambda piece: self._password(piece[0]), text)

    def key(self, stored: bytes) -> bytes:
        """The mask of a Wi-Fi key as it is stored: text, or bytes that were given in hexadecimal digits."""
        if len(stored) == WPA_KEY_BYTES and b"\0" in stored:
            text, zero, rest = stored.partition(b"\0")  # firmware 1.0.5.2 stores the text alone
            return self.key(text) + zero + self._word(rest)
        if len(stored) in WEP_HEX_DIGITS and (given := hex_bytes(stored)):
            return self._hex_key(stored, given)
        if len(stored) != WPA_KEY_BYTES and _PRINTABLE.fullmatch(stored):
            return _PIECE.sub(lambda piece: self._word(piece[0]), stored)
        return self._word(stored)

    def typed_key(self, text: bytes) -> bytes:
        """The mask of a Wi-Fi key as it is given to AT+WSEC."""
        given = hex_bytes(text) if len(text) == WPA_HEX_DIGITS else None
        return self._hex_key(text, given) if given else self.key(text)

    def private_key(self, text: bytes) -> bytes:
        """The mask of a private key or a part of it. Nobody compares them, so all are alike."""
        self.used = self.used or bool(text)
        return b"x" * len(text)

    def within(self, text: bytes) -> bytes:
        """A text with the mask in the place of each secret that is known by now; the shortest ones are too common."""
        for secret in sorted(self._masks, key=len, reverse=True):
            if len(secret) >= SHORTEST_WITHIN:
                text = text.replace(secret, self._masks[secret])
        return text

    def _hex_key(self, digits: bytes, given: bytes) -> bytes:
        mask = self.key(given)
        if mask == given:
            return digits
        return (mask.hex().upper() if digits.isupper() else mask.hex()).encode()

    def _password(self, word: bytes) -> bytes:
        if PUBLIC_PASSWORD.startswith(word):
            return word
        longer = (mask for known, mask in self._masks.items() if known.startswith(word))
        return next(longer, b"")[: len(word)] or self._word(word)

    def _word(self, secret: bytes) -> bytes:
        if not secret.strip() or secret == PUBLIC_KEY:
            return secret
        self.used = True
        if secret not in self._masks:
            self._masks[secret] = self._new_mask(secret)
        return self._masks[secret]

    def _new_mask(self, secret: bytes) -> bytes:
        size = len(secret)
        for number in itertools.count(len(self._taken) + 1):
            # The lowest digit comes first, so that already the beginnings of two masks are different.
            digits = f"{number:0{size}x}"[::-1][:size].encode()
            if not _PRINTABLE.fullmatch(secret):
                mask = bytes(byte | 0x80 for byte in digits)
            elif _HEX.fullmatch(secret):
                mask = digits
            else:
                mask = digits.replace(b"0", b"x")
            usable = mask not in self._taken and mask != secret and not _is_public(mask)
            # More secrets of a length than there are masks: some must share one.
            if usable or number > len(self._taken) + 16**size:
                self._taken.add(mask)
                return mask
        raise AssertionError("numbers never end")


def _is_public(secret: bytes) -> bool:
    return secret == PUBLIC_KEY or PUBLIC_PASSWORD.startswith(secret)
