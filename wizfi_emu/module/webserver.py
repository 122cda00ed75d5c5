"""The module's web configuration server: one request at a time, one request per connection.

What the URLs do to the module is in `webactions`, what they show in `webpages` and `wizfi_emu.web`.
"""

from collections.abc import Callable

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.kernel import Kernel
from wizfi_emu.module.link import Link
from wizfi_emu.module.part import Core, Part
from wizfi_emu.module.tasks import Sleep, Steps
from wizfi_emu.web.answers import GENERATED_HEAD
from wizfi_emu.web.request import Request, parse_request

STOP_PAUSE_US = 1_000_000


class Exchange:
    """One request and its answer. The answer of a server that was stopped meanwhile goes nowhere."""

    __slots__ = ("_begun", "_client", "_kernel", "over", "request")

    def __init__(self, kernel: Kernel, client: int, request: Request) -> None:
        self.request = request
        self.over = False
        self._kernel = kernel
        self._client = client
        self._begun = False

    def send(self, body: bytes, *, last: bool = False) -> None:
        """Send a part of a generated answer; the first one brings the header, the last one closes."""
        if self.over:
            return
        self.over = last
        head = b"" if self._begun else GENERATED_HEAD
        self._begun = True
        self._kernel.emit(fx.AnswerWebClient(self._client, head + body, last))

    def send_whole(self, answer: bytes) -> None:
        """Send an answer that has its own header."""
        self.over = True
        self._kernel.emit(fx.AnswerWebClient(self._client, answer))


Serve = Callable[[Exchange], "bytes | Steps[bytes]"]
"""Does what a URL says. It gives the answer, or the rest of it after what it has sent itself."""


class WebServer(Part):
    """The server, and the connections to port 80 while it runs."""

    def __init__(self, core: Core, link: Link, serve: Serve) -> None:
        super().__init__(core)
        self._link = link
        self._serve = serve
        self._client = 0
        self._exchange: Exchange | None = None
        self.running = False
        self.endpoint: tuple[str, int] | None = None
        """Address and port of the host at which the server is reached; None while it is not."""

    def start(self) -> None:
        if not self.running:
            self.running = True
            self._output.debug(f"Start Web Server : {'STA' if self._link.is_station else 'AP'} Mode")
            self._kernel.emit(fx.StartWebServer(self._link.address))

    def stop(self) -> None:
        """Stop if it runs: what is still being worked on has nobody to answer to."""
        if not self.running:
            return
        self.running = False
        self.endpoint = None
        if self._exchange is not None:
            self._exchange.over = True
        self._output.debug("Stop Web Server")
        self._kernel.emit(fx.StopWebServer())

    def stop_in_order(self) -> Steps[None]:
        """Stop with the pause that AT+WLEAVE and resets make after it."""
        if self.running:
            self.stop()
            yield Sleep(STOP_PAUSE_US)

    def receive(self, event: ev.WebEvent) -> None:
        if not self.running:
            return
        if isinstance(event, ev.WebServerOpened):
            self.endpoint = (event.address, event.port) if event.port else None
        elif event.client != self._client:  # of a connection only the first segment counts
            self._client = event.client
            self._receive_request(event)

    def _receive_request(self, event: ev.WebDataReceived) -> None:
        request = parse_request(event.data)
        if request is None:
            self._kernel.emit(fx.AnswerWebClient(event.client, b""))
            return
        exchange = Exchange(self._kernel, event.client, request)
        result = self._serve(exchange)
        if not exchange.over:
            self._exchange = exchange
        if isinstance(result, bytes):
            exchange.send(result, last=True)
        else:
            self._kernel.start_task(self._finish(exchange, result))

    @staticmethod
    def _finish(exchange: Exchange, steps: Steps[bytes]) -> Steps[None]:
        exchange.send((yield from steps), last=True)
