"""The parameter encodings of the pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizfi_emu.web.parameters import read_fields, read_list, read_tags
from wizfi_emu.web.request import Request

REST = b"\nHTTP/1.1\r"


@pytest.mark.parametrize(
    ("query", "values"),
    [
        (b"UN:admin/PW:secret^", {"UN": b"admin", "PW": b"secret"}),
        (b"UN:a//PW:b///^", {"UN": b"a", "PW": b"b"}),
        (b"/UN:a/^/PW:b", {"UN": b"a"}),
        (b"PK:^", {"PK": b""}),
        (b"PK:a:b^", {"PK": b"a:b"}),
        (b"un:a/U:b/UNO:c/XX:d/plain/UN^", {"XX": b"d"}),
        (b"UN:a/UN:b^", {"UN": b"b"}),
        (b"SD:a\nb&c#%+ d^", {"SD": b"a\nb&c#%+ d"}),
        (b"UN:admin/PW:admin", {"UN": b"admin", "PW": b"admin\nHTTP"}),
        (b"DH:DHCP/", {"DH": b"DHCP"}),
        (b"", {}),
        (b"^", {}),
    ],
)
def test_tags(query: bytes, values: dict[str, bytes]) -> None:
    assert read_tags(Request(b"/", query, REST)) == values


def test_tags_that_come_too_early_do_not_count() -> None:
    after = {"MD": ("CM",), "NP": ("CI", "CP")}
    assert read_tags(Request(b"/", b"MD:AP/CM:x^"), after=after) == {"CM": b"x"}
    assert read_tags(Request(b"/", b"CM:x/MD:AP^"), after=after) == {"CM": b"x", "MD": b"AP"}
    assert read_tags(Request(b"/", b"CI:a/NP:b/CP:c^"), after=after) == {"CI": b"a", "CP": b"c"}
    assert read_tags(Request(b"/", b"CI:a/CP:c/NP:b^"), after=after) == {"CI": b"a", "CP": b"c", "NP": b"b"}


@pytest.mark.parametrize(("length", "fits"), [(1023, True), (1024, False), (10_240, False)])
def test_more_parameters_than_there_is_room_for(length: int, fits: bool) -> None:
    request = Request(b"/", b"PK:" + b"x" * (length - 4) + b"^")
    assert bool(read_tags(request)) == fits
    assert (read_list(request) is not None) == fits
    assert not read_fields(Request(b"/", b"as0=" + b"x" * 1020))


def test_a_page_may_have_less_room() -> None:
    query = b"CI:" + b"x" * 252 + b"^"
    assert read_tags(Request(b"/", query), limit_bytes=256)
    assert not read_tags(Request(b"/", query), limit_bytes=255)


@pytest.mark.parametrize(
    ("query", "values"),
    [
        (b"as0=My Net+^&at0=4194310+^&ap0=12345678", {"s": b"My Net", "t": b"4194310", "p": b"12345678"}),
        (b"as0=a/b^c&d=e+^&at0=0+^&ap0=", {"s": b"a/b^c&d=e", "t": b"0", "p": b""}),
        (b"as0=a+^&ap0=k+^&at0=1", {"s": b"a", "t": b"1"}),
        (b"as1=a+^&at4=1+^&at0=0+^&ap0=k", {"t": b"0", "p": b"k"}),
        (b"bs0=a+^&ax0=b+^&as=c+^&as00=d+^&as0", {}),
        (b"", {}),
    ],
)
def test_fields_of_connect(query: bytes, values: dict[str, bytes]) -> None:
    assert read_fields(Request(b"/connect", query, REST)) == values


@given(st.binary(max_size=1100), st.binary(max_size=40))
def test_no_query_breaks_it(query: bytes, rest: bytes) -> None:
    request = Request(b"/", query, rest)
    assert all(b"/" not in value and b"^" not in value for value in read_tags(request).values())
    assert all(b"+^&" not in value for value in read_fields(request).values())
