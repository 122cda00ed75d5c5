"""The module's web configuration server: one request at a time, one request per connection.

Whether it runs is the business of `Services`; here is what happens on its connections. What the URLs do to the module
is in `webactions`, what they show in `webpages` and `wizfi_emu.web`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.tasks import Steps
from wizfi_emu.web.answers import GENERATED_HEAD
from wizfi_emu.web.request import Request, parse_request

if TYPE_CHECKING:
    from wizfi_emu.module.machine import Module

WebFiles = Callable[[str], bytes]
"""Gives a packaged file of the pages by its name. They are constants of the program, so the machine stays pure."""


def no_web_files(_name: str) -> bytes:
    """For a machine without the packaged pages: all are empty."""
    return b""


class Exchange:
    """One request and its answer. The answer of a server that was stopped meanwhile goes nowhere."""

    __slots__ = ("_begun", "_client", "_module", "over", "request")

    def __init__(self, module: Module, client: int, request: Request) -> None:
        self.request = request
        self.over = False
        self._module = module
        self._client = client
        self._begun = False

    def send(self, body: bytes, *, last: bool = False) -> None:
        """Send a part of a generated answer; the first one brings the header, the last one closes."""
        if self.over:
            return
        self.over = last
        head = b"" if self._begun else GENERATED_HEAD
        self._begun = True
        self._module.emit(fx.AnswerWebClient(self._client, head + body, last))


Action = Callable[["Module", Exchange], "bytes | Steps[bytes]"]
"""What a URL does. It gives the answer, or the rest of it after what it has sent itself."""


class WebServer:
    """The connections to port 80 while the server runs."""

    def __init__(self, module: Module, files: WebFiles) -> None:
        self.files = files
        self.endpoint: tuple[str, int] | None = None
        """Address and port of the host at which the server is reached; None while it is not."""
        self._module = module
        self._client = 0
        self._exchange: Exchange | None = None

    def stopped(self) -> None:
        """The server has stopped: what is still being worked on has nobody to answer to."""
        self.endpoint = None
        if self._exchange is not None:
            self._exchange.over = True

    def receive(self, event: ev.WebEvent) -> None:
        """Handle what the body reports."""
        if not self._module.services.web_running:
            return
        if isinstance(event, ev.WebServerOpened):
            self.endpoint = (event.address, event.port) if event.port else None
        elif event.client != self._client:  # of a connection only the first segment counts
            self._client = event.client
            self._serve(event)

    def _serve(self, event: ev.WebDataReceived) -> None:
        # Imported with the first request: most modules never get one, and start-up time is budgeted.
        from wizfi_emu.module.webactions import ACTIONS
        from wizfi_emu.module.webpages import static_answer

        request = parse_request(event.data)
        action = ACTIONS.get(request.path) if request is not None else None
        if request is None or action is None:
            answer = static_answer(self._module, request.path) if request is not None else b""
            self._module.emit(fx.AnswerWebClient(event.client, answer))
            return
        exchange = self._exchange = Exchange(self._module, event.client, request)
        result = action(self._module, exchange)
        if isinstance(result, bytes):
            exchange.send(result, last=True)
        else:
            self._module.start_task(self._finish(exchange, result))

    @staticmethod
    def _finish(exchange: Exchange, steps: Steps[bytes]) -> Steps[None]:
        exchange.send((yield from steps), last=True)
