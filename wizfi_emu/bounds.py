r"""What numbers and texts in files may be, as types, for msgspec to enforce and for schemas and error messages to show.

A description says what is expected where the numbers alone do not. Patterns end in ``$(?!\n)``, since ``$`` alone would
pass a line end behind it, and editors do not know ``\Z``.
"""

from typing import Annotated, Final

from msgspec import Meta

DAY_S: Final = 86_400
DAY_MS: Final = DAY_S * 1000
WORD_MAX: Final = 0xFFFFFFFF

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
ADDRESS: Final = rf"(?:{_OCTET}(?:\.(?=[0-9])|$)){{4}}"
"""Pattern of a dotted decimal address without leading zeros."""

HOST_NAME: Final = r"(?:[A-Za-z0-9_][A-Za-z0-9_-]{0,62}\.){0,20}[A-Za-z_][A-Za-z0-9_-]{0,62}"
"""Pattern of the name of a host; what ends in a number is no name."""

MAC: Final = "(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}"


def form(pattern: str, description: str | None = None) -> Meta:
    """A text that this regular expression matches as a whole."""
    return Meta(pattern=rf"^(?:{pattern})$(?!\n)", description=description)


Bit = Annotated[int, Meta(ge=0, le=1)]
Byte = Annotated[int, Meta(ge=0, le=0xFF)]
Half = Annotated[int, Meta(ge=0, le=0xFFFF)]
Word = Annotated[int, Meta(ge=0, le=WORD_MAX)]
Count = Annotated[int, Meta(ge=1)]
Percent = Annotated[int, Meta(ge=0, le=100)]
Probability = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(ge=0, le=DAY_S)]
Millis = Annotated[int, Meta(ge=0, le=DAY_MS)]
Baud = Annotated[int, Meta(ge=1, le=100_000_000)]

Port = Annotated[int, Meta(ge=0, le=65535)]
Address = Annotated[str, form(ADDRESS, "an address such as 192.168.12.1")]
AddressOrNone = Annotated[str, form(f"(?:{ADDRESS})?", "an address such as 192.168.12.1")]
HostOrNone = Annotated[str, form(f"(?:{ADDRESS}|{HOST_NAME})?", "an address such as 192.168.12.1, or a host name")]
Mac = Annotated[str, form(MAC, "a MAC address such as 00:08:DC:AA:BB:01")]
MacOrNone = Annotated[str, form(f"(?:{MAC})?", "a MAC address such as 00:08:DC:AA:BB:01")]
VersionText = Annotated[str, form(r"[0-9]{1,5}(?:\.[0-9]{1,5}){3}", "a version like 1.0.5.2")]
Text = Annotated[str, Meta(min_length=1, description="a text")]
