"""Who may come in: the token, and what keeps other web pages out of a browser that has it.

The token comes with each request, in the header ``Authorization`` or in the address. It is in no cookie: cookies know
no ports, so a browser would send it to everything else on this machine too, the module's own web pages first. The panel
keeps it where only pages of this origin find it. Its files hold nothing secret, and come without the token.

A page of some other site in the same browser can send requests here. It cannot read answers, and it does not know the
token; but a name that its owner points at this machine (DNS rebinding) would make the answers readable. So a TCP
request needs one ``Host`` that is an address or ``localhost``, or the name that was given with ``--control``; and it
must not come from another origin.
"""

import hmac
import ipaddress
import re
from urllib.parse import parse_qs

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wizfi_emu.control import panel

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
HEALTH = "/healthz"
"""Says only that the server answers, so it needs no token."""
_OPEN_FILES = frozenset((*panel.FILES, HEALTH))
_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[^\[\]:]+)(?::\d{1,5})?")


class TokenAuth:
    """Lets requests through to ``app`` that may come in. Without a token (Unix socket) that is all of them."""

    def __init__(self, app: ASGIApp, *, token: str, host: str) -> None:
        """``host`` is where the server listens; empty for a Unix socket."""
        self._app = app
        self._token = token
        self._host = host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]
            await send(message)

        refusal = self._refuse(scope) if self._token else None
        if refusal is not None:
            await _answer_error(send_with_headers, *refusal)
            return
        await self._app(scope, receive, send_with_headers)

    def _refuse(self, scope: Scope) -> tuple[int, str] | None:
        """Status and reason, or None."""
        hosts, origins, given = (_values(scope, name) for name in (b"host", b"origin", b"authorization"))
        if len(hosts) != 1 or not self._is_ours(hosts[0]):
            return 403, "the Host header does not name this server"
        if any(origin != f"http://{hosts[0]}" for origin in origins):
            return 403, "requests from another origin are refused"
        is_open = scope["method"] in ("GET", "HEAD") and scope["path"] in _OPEN_FILES
        in_header = len(given) == 1 and given[0].startswith("Bearer ") and self._is_token(given[0][len("Bearer ") :])
        if not (is_open or in_header or self._in_query(scope)):
            return (
                401,
                "the token is missing or wrong; the log and 'wizfi-emu ctl list' have the address with its token",
            )
        return None

    def _is_ours(self, host: str) -> bool:
        found = _HOST.fullmatch(host)
        if found is None:
            return False
        name = found["name"].strip("[]").lower()
        if name in ("localhost", self._host.lower()):
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _in_query(self, scope: Scope) -> bool:
        values = parse_qs(scope["query_string"].decode("latin-1"))
        return "token" in values and self._is_token(values["token"][0])

    def _is_token(self, text: str) -> bool:
        return hmac.compare_digest(text.encode(), self._token.encode())


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


async def _answer_error(send: Send, status: int, reason: str) -> None:
    body = msgspec.json.encode({"error": reason})
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
