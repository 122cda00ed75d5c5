"""The connection to an MQTT broker."""

from typing import assert_never

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.part import Core, Part

PRINTED_BYTES = 255


class Broker(Part):
    """``address`` of the broker, empty while there is no connection."""

    def __init__(self, core: Core) -> None:
        super().__init__(core)
        self.address = ""

    def receive(self, event: ev.MqttEvent) -> None:
        """Handle what the world reports; without a connection it does not count."""
        if not self.address:
            return
        match event:
            case ev.MqttReceived():
                text = b"{Q,%s,,%d}%s\r\n" % (event.topic, len(event.payload), event.payload)
                self._output.text(text[:PRINTED_BYTES], level=1)  # received data, as that of sockets
            case ev.MqttLost():
                self._lose()
            case _:
                assert_never(event)

    def leave(self) -> bool:
        """Disconnect with the module's text; False when there is no connection."""
        if not self.address:
            return False
        self._kernel.emit(fx.DisconnectMqtt())
        self._lose()
        return True

    def drop(self) -> None:
        """Disconnect without a word."""
        if self.address:
            self.address = ""
            self._kernel.emit(fx.DisconnectMqtt())

    def _lose(self) -> None:
        self.address = ""
        self._output.text(b"[MQTT DISCONNECT]\r\n")
