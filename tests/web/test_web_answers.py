"""Escaping and the pieces of pages."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizfi_emu.web import answers


@given(st.binary(max_size=64))
def test_text_can_never_be_markup(data: bytes) -> None:
    text = answers.html_text(data)
    assert not set("<>\"'") & set(text)
    assert text.encode().decode() == text  # no surrogates, so that the page can be sent


@given(st.binary(max_size=64))
def test_a_string_in_a_script_is_those_bytes_and_cannot_end_the_script(data: bytes) -> None:
    literal = answers.script_string(data)
    assert literal.isascii()
    assert not set("<>&'\r\n") & set(literal)
    assert json.loads(literal).encode("utf-8", "surrogateescape") == data


@pytest.mark.parametrize(
    ("data", "literal"),
    [
        (b"My Net-1_a.b", '"My Net-1_a.b"'),
        (b'</script>"\\', '"\\u003c/script\\u003e\\u0022\\u005c"'),
        ("é🙂".encode(), '"\\u00e9\\ud83d\\ude42"'),
        (b"\xff\n", '"\\udcff\\u000a"'),
    ],
)
def test_string_in_a_script(data: bytes, literal: str) -> None:
    assert answers.script_string(data) == literal


def test_heads() -> None:
    assert answers.static_head("text/css") == b"HTTP/1.0 200 OK\r\nContent-Type: text/css\r\n\r\n"
    assert answers.GENERATED_HEAD == (
        b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\nExpires: Mon, 26 Jul 1997 05:00:00 GMT\r\n"
        b"Cache-Control: no-store, no-cache, must-revalidate, max-age=0, post-check=0, pre-check=0\r\n"
        b"Pragma: no-cache\r\n\r\n"
    )
    assert answers.REDIRECT == b"HTTP/1.0 301\r\nLocation: /\r\n\r\n"


def test_wizard_steps() -> None:
    done = answers.setting_done("/next.html")
    assert done.index(b">Setting</button>") < done.index(b">Next_Step</button>") < done.index(b"Setting Result")
    assert b"go('/next.html')" in done
    assert b"Success" in done
    failed = answers.setting_failed()
    assert b">Setting</button>" in failed
    assert b"<p>Result</p>" in failed
    assert b"Fail:Setting value is wrong" in failed


def test_refusal() -> None:
    assert answers.refused(answers.AP_BUTTON) == (
        b'<button type="submit">Set AP</button>\n<p class="result">Fail:Setting value is wrong</p>\n'
    )


def test_login_and_product() -> None:
    login = answers.logged_in(b'a"b', b"<p>")
    assert b'sessionStorage.setItem("userid", "a\\u0022b");' in login
    assert b'sessionStorage.setItem("password", "\\u003cp\\u003e");' in login
    assert b'go("/s2web/s2w_main.html")' in login
    product = answers.product("wiznet_logo.png", "WizFi250")
    assert b'sessionStorage.setItem("logo_path", "../images/wiznet_logo.png");' in product
    assert b'sessionStorage.setItem("dev_name", "WizFi250");' in product
