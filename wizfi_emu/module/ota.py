"""The over-the-air update mode: an access point, a page with three steps, an upload, a reboot (firmware 1.0.5.2).

It runs in place of the application. The serial line is dead in both directions; a reset leads back.
"""

import html
from collections.abc import Callable

from wizfi_emu.boot.appimage import APP_BYTES_MAX, read_app_image
from wizfi_emu.boot.upload import Progress, Upload
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.part import Core, Part
from wizfi_emu.module.tasks import Sleep, Steps
from wizfi_emu.module.webpages import WebFiles

SSID_PREFIX = "WIZFI_OTA_"
ADDRESS = "192.168.0.1"
NETMASK = "255.255.0.0"
FIRST_LEASE = "192.168.0.100"
CHANNEL = 1
REBOOT_US = 2_000_000
UPDATE_PATH = "/update.html"
_HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n"
_TO_START = b"HTTP/1.0 301\r\nLocation: /\r\n\r\n"
_STEPS = """<form id="delete" action="/delete_app.html" method="post" enctype="multipart/form-data"></form>
<form id="upgrade" action="/update.html" method="post" enctype="multipart/form-data"></form>
<p>Step 1 : <button form="delete"{first}>Delete App</button></p>
<p>Step 2 : <input form="upgrade" type="file" name="datafile" aria-label="firmware file"{second}></p>
<p>Step 3 : <button form="upgrade"{second}>Upgrade</button></p>"""
_COMPLETE = "<p>OTA Upgrade complete, device rebooting ...</p>"
_REFUSED = '<p class="refused" role="alert">Nothing was written: {reason}.</p>\n'


class OtaMode(Part):
    """The update server of one module."""

    def __init__(self, core: Core, files: WebFiles, restart: Callable[[], None]) -> None:
        super().__init__(core)
        self._files = files
        self._restart = restart
        self._client: int | None = None
        self._upload = Upload(APP_BYTES_MAX)
        self._led_lit = True
        self.ssid = SSID_PREFIX + self._storage.wifi.mac.replace(":", "")
        self.endpoint: tuple[str, int] | None = None
        """Address and port of the host at which the update server is reached; None while it is not."""
        self.running = False
        """Whether the access point is there."""

    def run(self) -> Steps[None]:
        """Start the access point and its server, light both LEDs, and stay."""
        started = yield from self._kernel.ask(
            fx.StartAccessPoint,
            ssid=self.ssid.encode(),
            channel=CHANNEL,
            security="OPEN",
            key=b"",
            mac=self._storage.wifi.mac,
            address=ADDRESS,
            netmask=NETMASK,
            gateway=ADDRESS,
            first_lease=FIRST_LEASE,
        )
        if not started.ok:
            return
        self.running = True
        self._kernel.emit(fx.UseAddress(ADDRESS, NETMASK, ADDRESS))
        self._kernel.emit(fx.StartWebServer(ADDRESS))
        self._light_led1(lit=True)
        self._kernel.emit(fx.SetPin("led2", level=False))

    def receive(self, event: ev.WebEvent) -> None:
        """A segment of a request. A connection carries one request, and there is one connection at a time."""
        if isinstance(event, ev.WebServerOpened):
            self.endpoint = (event.address, event.port) if event.port else None
            return
        if event.client != self._client:
            self._client = event.client
            self._upload = Upload(APP_BYTES_MAX)
        upload = self._upload
        if upload.is_over:
            return
        upload.receive(event.data)
        if upload.path == UPDATE_PATH:
            self._light_led1(lit=not self._led_lit)
        if upload.progress is Progress.BROKEN:
            self._kernel.emit(fx.AnswerWebClient(event.client, b""))
        elif upload.progress is Progress.COMPLETE:
            self._kernel.start_task(self._answer(event.client, upload))

    def _answer(self, client: int, upload: Upload) -> Steps[None]:
        match upload.path:
            case "/" | "/index.html":
                self._send_page(client, _steps(deleted=False))
            case "/delete_app.html":
                self._light_led1(lit=False)
                yield from self._storage.erase_application()
                self._light_led1(lit=True)
                self._send_page(client, _steps(deleted=True))
            case _ if upload.path == UPDATE_PATH:
                yield from self._update(client, upload)
            case _:
                self._kernel.emit(fx.AnswerWebClient(client, _TO_START))

    def _update(self, client: int, upload: Upload) -> Steps[None]:
        self._light_led1(lit=True)
        erased = not self._storage.image.application.intact
        reason = self._reason_against(upload) if self._settings.firmware.ota_checks_image else ""
        if not reason and upload.file is not None:
            # Over an area that was not erased, the old and the new bits mix.
            written = yield from self._storage.store_application(upload.file if erased else b"", valid=True)
            reason = "" if written else "the flash could not be written"
        if reason:
            self._send_page(client, _REFUSED.format(reason=html.escape(reason)) + _steps(deleted=erased))
            return
        self._send_page(client, _COMPLETE)
        yield Sleep(REBOOT_US)
        self._restart()

    def _reason_against(self, upload: Upload) -> str:
        if upload.too_big:
            return f"the file is larger than the {APP_BYTES_MAX} bytes of the application area"
        if not upload.file:
            return "no file came with the request"
        read = read_app_image(upload.file)
        if isinstance(read, str):
            return f"the file is no firmware image ({read})"
        return "delete the application first" if self._storage.image.application.intact else ""

    def _light_led1(self, *, lit: bool) -> None:
        self._led_lit = lit
        self._kernel.emit(fx.SetPin("led1", level=not lit))

    def _send_page(self, client: int, body: str) -> None:
        page = self._files("pages/ota.html").replace(b"%BODY%", body.encode())
        self._kernel.emit(fx.AnswerWebClient(client, _HEAD + page))


def _steps(*, deleted: bool) -> str:
    disabled = " disabled"
    return _STEPS.format(first=disabled if deleted else "", second="" if deleted else disabled)
