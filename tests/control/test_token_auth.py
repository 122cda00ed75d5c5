"""Who may come in, request by request, without a server."""

from __future__ import annotations

import msgspec
import pytest
from starlette.types import Message, Receive, Scope, Send

from wizfi_emu.control.token_auth import TokenAuth

TOKEN = "0123456789abcdef"
GOOD = {"host": "127.0.0.1:4000", "authorization": f"Bearer {TOKEN}"}


class Inside:
    """The application behind the gate."""

    def __init__(self) -> None:
        self.calls = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.calls += 1
        assert scope["type"] == "http"
        with pytest.raises(AssertionError, match="the gate does not read"):
            await receive()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": b"inside"})


async def ask(
    headers: dict[str, str] | list[tuple[str, str]],
    *,
    method: str = "GET",
    path: str = "/api/state",
    query: str = "",
    token: str = TOKEN,
    host: str = "127.0.0.1",
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of a request to a gate."""
    inside = Inside()
    pairs = headers.items() if isinstance(headers, dict) else headers
    gate = TokenAuth(inside, token=token, host=host)
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError("the gate does not read")

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in pairs],
    }
    await gate(scope, receive, send)
    start, body = sent
    assert (start["type"], body["type"]) == ("http.response.start", "http.response.body")
    assert inside.calls == (start["status"] == 200)
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, body["body"]


async def status(
    headers: dict[str, str], *, method: str = "GET", query: str = "", token: str = TOKEN, host: str = "127.0.0.1"
) -> int:
    return (await ask(headers, method=method, query=query, token=token, host=host))[0]


async def test_two_ways_to_bring_the_token() -> None:
    assert await status(GOOD) == 200
    assert await status({"host": "127.0.0.1:4000"}, query=f"token={TOKEN}") == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer wrong"},
        {"authorization": "Bearer "},
        {"authorization": f"Bearer {TOKEN}x"},
        {"authorization": "Bearer caf\xe9"},
        {"authorization": TOKEN},
        {"authorization": f"Basic {TOKEN}"},
        {"cookie": f"token={TOKEN}"},
        {"cookie": f"wizfi_emu_4000={TOKEN}"},
        {"cookie": "a/b=1"},  # no name of a cookie
    ],
)
async def test_without_the_token_nobody_comes_in(headers: dict[str, str]) -> None:
    code, answer, body = await ask({"host": "127.0.0.1:4000", **headers})
    assert code == 401
    assert (answer["content-type"], answer["content-length"]) == ("application/json", str(len(body)))
    assert "token" in msgspec.json.decode(body)["error"]
    assert answer["content-security-policy"]
    assert await status({"host": "127.0.0.1:4000"}, query="token=wrong") == 401
    assert await status({"host": "127.0.0.1:4000"}, query="token=") == 401


async def test_the_token_is_in_no_cookie() -> None:
    """A browser would send it to every other server of the same address too."""
    for headers, query in (({"host": "127.0.0.1:4000"}, f"token={TOKEN}"), (GOOD, "")):
        _, answer, _ = await ask(headers, query=query, path="/")
        assert "set-cookie" not in answer


@pytest.mark.parametrize("path", ["/", "/panel.js", "/panel.css", "/panel.svg"])
async def test_the_files_of_the_panel_come_without_the_token(path: str) -> None:
    code, _, body = await ask({"host": "127.0.0.1:4000"}, path=path)
    assert (code, body) == (200, b"inside")
    code, _, _ = await ask({"host": "127.0.0.1:4000"}, path=path, method="HEAD")
    assert code == 200
    code, _, _ = await ask({"host": "127.0.0.1:4000"}, path=path, method="POST")
    assert code == 401
    code, _, _ = await ask({"host": "evil.example:4000"}, path=path)
    assert code == 403


@pytest.mark.parametrize("path", ["/api/state", "/panel.js/", "//panel.js", "/api/../panel.js", "/panel"])
async def test_everything_else_needs_it(path: str) -> None:
    code, _, _ = await ask({"host": "127.0.0.1:4000"}, path=path)
    assert code == 401


@pytest.mark.parametrize(
    "headers",
    [
        [("host", "127.0.0.1:4000"), ("host", "127.0.0.1:4000")],
        [("host", "127.0.0.1:4000"), ("origin", "http://127.0.0.1:4000"), ("origin", "http://evil.example")],
    ],
)
async def test_headers_that_say_two_things(headers: list[tuple[str, str]]) -> None:
    code, _, _ = await ask([*headers, ("authorization", f"Bearer {TOKEN}")])
    assert code == 403


@pytest.mark.parametrize("host", ["127.0.0.1:4000", "localhost:4000", "localhost", "[::1]:4000", "192.168.1.5:4000"])
async def test_addresses_cannot_be_rebound(host: str) -> None:
    assert await status({**GOOD, "host": host}) == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:4000",
        "evil.example",
        "",
        "localhost.evil.example",
        "127.0.0.1.evil",
        "127.0.0.1:evil",
        "127.0.0.1:4000:1",
        "[::1",
        "[::1]evil",
        "127.0.0.1]:1",
    ],
)
async def test_a_name_that_is_not_ours(host: str) -> None:
    code, _, body = await ask({**GOOD, "host": host})
    assert code == 403
    assert "Host" in msgspec.json.decode(body)["error"]
    without = {name: value for name, value in GOOD.items() if name != "host"}
    assert await status(without) == 403


async def test_the_name_that_was_given_is_ours() -> None:
    assert await status({**GOOD, "host": "bench.example:4000"}, host="bench.example") == 200


@pytest.mark.parametrize(
    ("origin", "code"),
    [
        (None, 200),
        ("http://127.0.0.1:4000", 200),
        ("http://127.0.0.1:4001", 403),
        ("http://127.0.0.1:4000.evil.example", 403),
        ("http://127.0.0.1:40001", 403),
        ("http://127.0.0.1:400", 403),
        ("http://127.0.0.1", 403),
        ("http://evil.example/http://127.0.0.1:4000", 403),
        ("https://127.0.0.1:4000", 403),
        ("127.0.0.1:4000", 403),
        ("", 403),
        ("http://localhost:4000", 403),
        ("https://evil.example", 403),
        ("null", 403),
    ],
)
async def test_orders_from_pages_of_others(origin: str | None, code: int) -> None:
    """Another port of this machine is another origin, and one that only reads has no business here either."""
    headers = {**GOOD, **({"origin": origin} if origin is not None else {})}
    given, _, body = await ask(headers, method="POST")
    assert given == code
    assert code == 200 or "origin" in msgspec.json.decode(body)["error"]
    assert await status(headers, method="GET") == code


async def test_every_answer_has_the_headers_that_keep_a_browser_in_line() -> None:
    for headers in (GOOD, {}):
        _, answer, _ = await ask(headers)
        assert answer["content-security-policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in answer["content-security-policy"]
        assert "frame-ancestors 'none'" in answer["content-security-policy"]
        assert answer["x-content-type-options"] == "nosniff"
        assert answer["referrer-policy"] == "no-referrer"
        assert answer["cache-control"] == "no-store"


async def test_a_unix_socket_needs_nothing_of_it() -> None:
    assert await status({"host": "whatever"}, method="POST", token="") == 200


async def test_websockets_are_turned_away() -> None:
    inside = Inside()
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    await TokenAuth(inside, token=TOKEN, host="127.0.0.1")({"type": "websocket"}, receive, send)
    assert sent == [{"type": "websocket.close", "code": 1008}]  # a policy is violated, RFC 6455
    assert inside.calls == 0
