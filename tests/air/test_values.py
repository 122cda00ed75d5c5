import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizfi_emu.air import values


@pytest.mark.parametrize(
    ("text", "number"), [("0.0.0.0", 0), ("192.168.12.1", 0xC0A80C01), ("255.255.255.255", 2**32 - 1)]
)
def test_address_is_a_number_and_back(text: str, number: int) -> None:
    assert values.address_number(text) == number
    assert values.address_text(number) == text


@pytest.mark.parametrize(
    "text",
    ["", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.", "1.2.3.-1", "1.2.3.0004", "1.2.3.04", "a.b.c.d", "1.2.3.²"],
)
def test_other_text_is_no_address(text: str) -> None:
    assert values.address_number(text) is None


@given(st.text())
def test_no_text_makes_the_readers_raise(text: str) -> None:
    values.address_number(text)
    values.network(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10.0.0.0/8", (0x0A000000, 0xFF000000)),
        ("10.1.2.3", (0x0A010203, 0xFFFFFFFF)),
        ("0.0.0.0/0", (0, 0)),
        ("10.0.0.1/8", None),
        ("10.0.0.0/33", None),
        ("10.0.0.0/", None),
        ("10/8", None),
    ],
)
def test_network(text: str, found: tuple[int, int] | None) -> None:
    assert values.network(text) == found


def test_netmask_has_its_ones_in_front() -> None:
    assert [values.is_netmask(mask) for mask in (0xFFFFFF00, 0xFFFFFFFF, 0, 0x80000000)] == [True] * 4
    assert [values.is_netmask(mask) for mask in (0xFF00FF00, 1, 0x7FFFFFFF)] == [False] * 3


@pytest.mark.parametrize(
    ("security", "text", "key"),
    [
        ("OPEN", "", b""),
        ("WEP", "abcde", b"abcde"),
        ("WEP", "1234567890", b"\x12\x34\x56\x78\x90"),
        ("WEP", "0102030405060708090A0B0C0D", bytes(range(1, 14))),
        ("WPA2", "12345678", b"12345678"),
        ("WPA2", "0" * 64 + "1" * 64, bytes(32) + b"\x11" * 32),
        ("WPA", "ünïcödë", "ünïcödë".encode()),
    ],
)
def test_key_is_compared_without_its_hex_form(security: values.SecurityWord, text: str, key: bytes) -> None:
    assert values.check_key("key", security, text) == key
    assert values.plain_key(security, key) == key


@pytest.mark.parametrize(
    ("security", "text"),
    [
        ("OPEN", "secret-secret"),
        ("WEP", ""),
        ("WEP", "secret"),
        ("WEP", "secretsecr"),
        ("WPA2", "secrets"),
        ("WPA2", "secret" * 11),
        ("WPAAES", "secret!!" * 16),
    ],
)
def test_wrong_key_is_named_but_not_repeated(security: values.SecurityWord, text: str) -> None:
    with pytest.raises(ValueError, match=r"^key: expected ") as caught:
        values.check_key("key", security, text)
    assert "secret" not in str(caught.value)


@given(st.sampled_from(["OPEN", "WEP", "WPA", "WPA2", "", "?"]), st.binary(max_size=140))
def test_no_key_makes_the_comparison_raise(security: str, key: bytes) -> None:
    assert isinstance(values.plain_key(security, key), bytes)
