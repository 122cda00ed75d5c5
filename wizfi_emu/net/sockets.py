"""The edge between one module's socket effects and the sockets of the host.

``HostNetwork.execute`` carries out one effect and returns at once; what comes of it is fed back as events, also before
``execute`` returns. Names: ``context`` is what the parts share, ``_connection`` one TCP connection, ``_establish`` how
it begins, ``_listen`` a listening port, ``_udp`` a UDP socket, ``air_port`` the air-command service, ``web_port`` the
web server's port.
"""

from functools import partial
from typing import assert_never

import trio

from wizfi_emu.listening import listen_tcp
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.net._connection import Connection
from wizfi_emu.net._context import HostSide, NetContext
from wizfi_emu.net._establish import connect, wait_for_timeout
from wizfi_emu.net._host import BACKLOG, failure_of, report_port
from wizfi_emu.net._listen import ListenPort
from wizfi_emu.net._udp import open_udp
from wizfi_emu.net.addresses import Blocked, Endpoint
from wizfi_emu.net.air_port import AirPort
from wizfi_emu.net.web_port import WebPort


class HostNetwork:
    """The host's network as one module uses it.

    Other edges to the network share its ``context``; they are reset together. All methods are called from a trio task.

    The number of bytes that wait to be sent is bounded by the machine, which has one ``SendData`` under way for a
    socket before it takes more from the serial line.
    """

    def __init__(self, context: NetContext) -> None:
        self.context = context
        self._listening: dict[int, ListenPort] = {}
        self._air_port = AirPort(context)
        self._web_port = WebPort(context)

    def execute(self, effect: fx.NetworkEffect) -> None:
        match effect:
            case fx.SendData():
                self._send(effect)
            case fx.ConnectTcp():
                self._connect(effect)
            case fx.ListenTcp():
                self._listen(effect)
            case fx.OpenUdp():
                self._open_udp(effect)
            case fx.CloseSocket(sock):
                closing = self.context.forget(sock)
                if closing is not None:
                    closing.close()
            case fx.MakeIdentity():
                self.context.start(self._make_identity, effect)
            case fx.OpenAirPort(protocol, port):
                self._air_port.open(protocol, port)
            case fx.AnswerAirCommand(client, data):
                self._air_port.answer(client, data)
            case fx.CloseAirPort():
                self._air_port.abort()
            case fx.StartWebServer(address):
                self._web_port.open(address)
            case fx.AnswerWebClient(client, data, last):
                self._web_port.answer(client, data, last)
            case fx.StopWebServer():
                self._web_port.abort()
            case _:
                assert_never(effect)

    def reset_connection(self, sock: int) -> None:
        """Reset the connection of a sock; its peer sees that it broke. No event follows."""
        breaking = self.context.forget(sock)
        if breaking is not None:
            breaking.reset()

    def host_side(self, sock: int) -> HostSide:
        """Where the ends of a sock are on the host."""
        found = self.context.sockets.get(sock) or self.context.ports.get(sock)
        return found.host_side() if found is not None else HostSide()

    def reset(self) -> None:
        """Drop everything that the module has open, as a reset or a power cut does. No event follows.

        Ports, connections and UDP sockets are closed on return. Tasks end when they run next, and with them
        connections that are still being made.
        """
        self.context.abort()
        self.context.addresses.forget()

    def _send(self, effect: fx.SendData) -> None:
        sending = self.context.sockets.get(effect.sock)
        if sending is None:
            self.context.feed(ev.SocketSent(effect.sock, ev.Failure.CLOSED))
        else:
            sending.send(effect)

    def _connect(self, effect: fx.ConnectTcp) -> None:
        context = self.context
        target = context.reach(effect.address, effect.port)
        match target:
            case Endpoint():
                establish = partial(connect, context, effect, target)
            case Blocked.SILENT:
                establish = partial(wait_for_timeout, context, effect)
            case Blocked.REFUSED:
                context.fail(effect.sock, ev.Failure.REFUSED)
                return
            case Blocked.NOWHERE | Blocked.FORBIDDEN:
                context.fail(effect.sock, ev.Failure.UNREACHABLE)
                return
            case _:
                assert_never(target)
        Connection(context, effect.sock, Endpoint(effect.address, effect.port), establish)

    def _listen(self, effect: fx.ListenTcp) -> None:
        port = self._listening.get(effect.port)
        if port is None or not port.open:
            host = self.context.addresses.listen_address
            try:
                raw = listen_tcp(host, effect.port, BACKLOG)
            except OSError as error:
                report_port("TCP", host, effect.port, error)
                self.context.fail(effect.sock, failure_of(error))
                return
            port = ListenPort(self.context, raw)
            self._listening = {number: known for number, known in self._listening.items() if known.open}
            self._listening[port.port] = port
        port.wait(effect)

    def _open_udp(self, effect: fx.OpenUdp) -> None:
        try:
            opened = open_udp(self.context, effect.sock, effect.local_port)
        except OSError as error:
            report_port("UDP", self.context.addresses.listen_address, effect.local_port, error)
            self.context.fail(effect.sock, failure_of(error))
            return
        self.context.feed(ev.SocketOpened(effect.sock, opened.local_port))

    async def _make_identity(self, effect: fx.MakeIdentity) -> None:
        # Imports TLS and cryptography, which most modules never need.
        from wizfi_emu.net.tls import make_identity

        certificate, key = await trio.to_thread.run_sync(make_identity, effect.common_name, abandon_on_cancel=True)
        self.context.feed(ev.IdentityMade(effect.request, certificate, key))
