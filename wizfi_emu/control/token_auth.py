"""Who may come in: the token, and what keeps other web pages out of a browser that has it.

A page of some other site in the same browser can send requests here. It cannot read answers, and it does not know the
token; but the browser would add the cookie, and a name that its owner points at this machine (DNS rebinding) would make
the answers readable. So a TCP request needs a ``Host`` that is an address or ``localhost``, or the name that was given
with ``--control``; and one that changes something must not come from another origin.
"""

from __future__ import annotations

import hmac
import ipaddress
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class TokenAuth:
    """Lets requests through to ``app`` that may come in. Without a token (Unix socket) that is all of them."""

    def __init__(self, app: ASGIApp, *, token: str, host: str = "", port: int = 0) -> None:
        """``host`` and ``port`` are where the server listens."""
        self._app = app
        self._token = token
        self._host = host
        # Cookies do not know ports: without it in the name, modules of one machine would take each other's cookie.
        self._cookie = f"wizfi_emu_{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return

        set_cookie: list[tuple[bytes, bytes]] = []

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS, *set_cookie]
            await send(message)

        refusal = self._refuse(scope) if self._token else None
        if refusal is not None:
            await _answer_error(send_with_headers, *refusal)
            return
        if self._token and self._in_query(scope):
            cookie = f"{self._cookie}={self._token}; Path=/; HttpOnly; SameSite=Strict"
            set_cookie.append((b"set-cookie", cookie.encode()))
        await self._app(scope, receive, send_with_headers)

    def _refuse(self, scope: Scope) -> tuple[int, str] | None:
        """Status and reason, or None."""
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get(b"host", "")
        if not self._is_ours(_without_port(host)):
            return 403, "the name in the Host header is not one of this server"
        origin = headers.get(b"origin")
        if scope["method"] not in SAFE_METHODS and origin not in (None, f"http://{host}"):
            return 403, "a page of another origin must not do this"
        given = headers.get(b"authorization", "").removeprefix("Bearer ")
        if not (self._is_token(given) or self._in_cookie(headers.get(b"cookie", "")) or self._in_query(scope)):
            return (
                401,
                "the token is missing or wrong; the log and 'wizfi-emu ctl list' have the address with its token",
            )
        return None

    def _is_ours(self, name: str) -> bool:
        if name in ("localhost", self._host):
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _in_cookie(self, header: str) -> bool:
        try:
            morsel = SimpleCookie(header).get(self._cookie)
        except CookieError:
            return False
        return morsel is not None and self._is_token(morsel.value)

    def _in_query(self, scope: Scope) -> bool:
        values = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])
        return self._is_token(values[0])

    def _is_token(self, text: str) -> bool:
        return hmac.compare_digest(text.encode(), self._token.encode())


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


async def _answer_error(send: Send, status: int, reason: str) -> None:
    body = msgspec.json.encode({"error": reason})
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
