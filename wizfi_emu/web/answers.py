"""Answers: HTTP headers, escaped text, and the pieces of HTML that the page script puts into its page."""

import re

REDIRECT = b"HTTP/1.0 301\r\nLocation: /\r\n\r\n"
"""The answer to every path that the module does not know."""
GENERATED_HEAD = (
    b"HTTP/1.0 200 OK\r\n"
    b"Content-Type: text/html\r\n"
    b"Expires: Mon, 26 Jul 1997 05:00:00 GMT\r\n"
    b"Cache-Control: no-store, no-cache, must-revalidate, max-age=0, post-check=0, pre-check=0\r\n"
    b"Pragma: no-cache\r\n"
    b"\r\n"
)

WRONG_SETTING = "Fail:Setting value is wrong"
RESTART = '<script>fire("/s2w_reset?");</script>'
SETTING_BUTTON = '<button type="submit">Setting</button>'
AP_BUTTON = '<button type="submit">Set AP</button>'
SERIAL_BUTTON = '<button type="submit">Set Serial Config</button>'
GPIO_BUTTON = '<button type="submit">Save settings</button>'

_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
_UNSAFE_IN_SCRIPT = re.compile(r"[^ !#-%(-;=?-\[\]-~]")


def static_head(content_type: str) -> bytes:
    return f"HTTP/1.0 200 OK\r\nContent-Type: {content_type}\r\n\r\n".encode("ascii")


def html_text(data: bytes) -> str:
    """Any bytes as text of an HTML page."""
    return data.decode("utf-8", "replace").translate(_HTML)


def script_string(data: bytes) -> str:
    """Any bytes as a string literal of a script inside an HTML page.

    What is not UTF-8 becomes the surrogates U+DC80 to U+DCFF, from which the page script makes the same bytes again.
    """
    return '"' + _UNSAFE_IN_SCRIPT.sub(_script_escape, data.decode("utf-8", "surrogateescape")) + '"'


def _script_escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


def result(text: str) -> str:
    """A line in red."""
    return f'<p class="result">{text}</p>'


def fragment(*parts: str) -> bytes:
    """An answer for the page script. The parts are escaped already."""
    return "\n".join(parts).encode() + b"\n"


def setting_done(next_page: str) -> bytes:
    """A step of the wizard worked; on to the next one."""
    next_button = f'<button type="button" onclick="go(\'{next_page}\')">Next_Step</button>'
    return fragment(SETTING_BUTTON, next_button, "<p>Setting Result</p>", result("Success"))


def setting_failed() -> bytes:
    """A step did not work; the button is there again."""
    return fragment(SETTING_BUTTON, "<p>Result</p>", result(WRONG_SETTING))


def refused(button: str, text: str = WRONG_SETTING) -> bytes:
    """Something was not taken; the button is there again."""
    return fragment(button, result(text))


def logged_in(user: bytes, password: bytes) -> bytes:
    """What makes the browser remember the login, which no page ever asks the module about."""
    return fragment(
        "<script>",
        f'sessionStorage.setItem("userid", {script_string(user)});',
        f'sessionStorage.setItem("password", {script_string(password)});',
        'go("/s2web/s2w_main.html");',
        "</script>",
    )


def product(logo: str, name: str) -> bytes:
    """What makes the browser show logo and name in every header."""
    return fragment(
        "<script>",
        f'sessionStorage.setItem("logo_path", "../images/{logo}");',
        f'sessionStorage.setItem("dev_name", "{name}");',
        "show_product();",
        "</script>",
    )
