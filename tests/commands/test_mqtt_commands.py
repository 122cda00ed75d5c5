"""AT+MQTTSET, MQTTCON, MQTTSUB and MQTTPUB (firmware 1.0.5.2): every answer, in the order of the checks."""

from __future__ import annotations

import pytest

from tests.desk import (
    BOTH,
    ERROR,
    INVALID_INPUT,
    LINK_DOWN,
    LINK_UP,
    MS,
    OK,
    WIFI_STATUS,
    Desk,
    S,
)
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev

BROKER = "192.168.12.60"
CONNECT = f"AT+MQTTCON=1,{BROKER},1883,0"
CONNECTED = b"[MQTT CONNECT]\r\n"
DISCONNECTED = b"[MQTT DISCONNECT]\r\n"
REQUESTS = (fx.ConnectMqtt, fx.SubscribeMqtt, fx.PublishMqtt)


class MqttDesk(Desk):
    """A module in a network with a broker that answers as ``broker_ok`` says; None: it answers nothing."""

    def __init__(self, firmware: str = "1.0.5.2", *, joined: bool = True, connected: bool = False) -> None:
        self.broker_ok: bool | None = True
        self.asked: list[fx.Effect] = []
        super().__init__(firmware, joined=joined)
        self.use_broker(self._answer)
        if connected:
            assert self.at(CONNECT) == CONNECTED + OK
            self.asked.clear()

    def _answer(self, effect: fx.Effect) -> list[ev.Event]:
        self.asked.append(effect)
        if isinstance(effect, REQUESTS) and self.broker_ok is not None:
            return [ev.MqttEnded(effect.request, self.broker_ok)]
        return []

    def hand_over(self, event: ev.Event) -> bytes:
        """Something comes from the broker; what the module prints at once."""
        self.feed(event)
        return self.read()

    def answer_late(self, *, ok: bool) -> bytes:
        """The answer to the last request; what the module prints at once."""
        request = self.asked[-1]
        assert isinstance(request, REQUESTS)
        return self.hand_over(ev.MqttEnded(request.request, ok))

    @property
    def state(self) -> bytes:
        return self.at("AT+MQTTCON=?")


@pytest.fixture
def desk() -> MqttDesk:
    """In the network, not connected to the broker."""
    return MqttDesk()


@pytest.fixture
def connected() -> MqttDesk:
    """Connected to the broker."""
    return MqttDesk(connected=True)


# --- AT+MQTTSET -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("firmware", BOTH)
def test_settings_and_their_query(firmware: str) -> None:
    desk = MqttDesk(firmware, joined=False)
    assert desk.at("AT+MQTTSET=?") == b",,,0\r\n" + OK
    assert desk.at("AT+MQTTSET=user,pass,board 1,30") == OK
    assert desk.at("AT+MQTTSET=?") == b"user,pass,board 1,30\r\n" + OK


def test_absent_settings_stay(desk: MqttDesk) -> None:
    desk.ok("AT+MQTTSET=u,p,c,30", "AT+MQTTSET=,q")
    assert desk.at("AT+MQTTSET=?") == b"u,q,c,30\r\n" + OK
    desk.ok("AT+MQTTSET=,,,300", "AT+MQTTSET=")
    assert desk.at("AT+MQTTSET=?") == b"u,q,c,300\r\n" + OK


@pytest.mark.parametrize("place", range(3))
def test_lengths_of_the_texts(desk: MqttDesk, place: int) -> None:
    desk.ok("AT+MQTTSET=" + "," * place + "x" * 49)
    assert desk.at("AT+MQTTSET=" + "," * place + "x" * 50) == INVALID_INPUT
    assert desk.at("AT+MQTTSET=" + "," * place + '""') == INVALID_INPUT
    assert b"x" * 49 in desk.at("AT+MQTTSET=?")


@pytest.mark.parametrize(
    ("keepalive", "answer"), [("29", INVALID_INPUT), ("30", OK), ("300", OK), ("301", INVALID_INPUT)]
)
def test_range_of_the_keepalive(desk: MqttDesk, keepalive: str, answer: bytes) -> None:
    assert desk.at(f"AT+MQTTSET=u,,,{keepalive}") == answer
    assert desk.at("AT+MQTTSET=?") == (b"u,,,%s\r\n" % keepalive.encode() if answer == OK else b",,,0\r\n") + OK


def test_keepalive_that_is_no_number(desk: MqttDesk) -> None:
    assert desk.at("AT+MQTTSET=u,,,x") == INVALID_INPUT


def test_settings_are_fixed_while_connected(connected: MqttDesk) -> None:
    assert connected.at("AT+MQTTSET=u,p,c,x") == INVALID_INPUT
    assert connected.at("AT+MQTTSET=u,p,c,30") == ERROR
    assert connected.at("AT+MQTTSET=?") == b",,,0\r\n" + OK
    connected.at("AT+MQTTCON=0")
    connected.ok("AT+MQTTSET=u,p,c,30")


# --- AT+MQTTCON -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("firmware", BOTH)
def test_connect(firmware: str) -> None:
    desk = MqttDesk(firmware)
    assert desk.state == b"Disconnected\r\n" + OK
    desk.ok("AT+MQTTSET=user,pass,board,60")
    assert desk.at(CONNECT) == CONNECTED + OK
    [asked] = desk.asked
    assert isinstance(asked, fx.ConnectMqtt)
    assert asked == fx.ConnectMqtt(asked.request, BROKER, 1883, b"user", b"pass", b"board", 60, 5 * S)
    assert desk.state == b"Connected(192.168.12.60)\r\n" + OK


def test_connecting_waits_for_the_broker(desk: MqttDesk) -> None:
    desk.broker_ok = None
    assert desk.at(CONNECT, 4 * S) == b""
    desk.send(b"AT+MQTTCON=?\r")
    assert desk.quiet(S) == b""
    assert desk.answer_late(ok=True) == CONNECTED + OK + b"Connected(192.168.12.60)\r\n" + OK


def test_broker_that_does_not_let_the_module_in(desk: MqttDesk) -> None:
    desk.broker_ok = False
    assert desk.at(CONNECT) == ERROR
    assert desk.state == b"Disconnected\r\n" + OK
    assert len(desk.asked) == 1


def test_without_a_link_before_all_other_checks() -> None:
    desk = MqttDesk(joined=False)
    for command in (CONNECT, "AT+MQTTCON=0", "AT+MQTTCON=x", "AT+MQTTCON="):
        assert desk.at(command) == WIFI_STATUS
    assert desk.state == b"Disconnected\r\n" + OK


def test_an_access_point_is_a_link_but_reaches_no_broker() -> None:
    desk = MqttDesk(joined=False)
    desk.ok("AT+WSET2=1,Mine", "AT+WSEC=1,OPEN")
    assert desk.at("AT+WJOIN").endswith(OK)
    for command in (CONNECT, "AT+MQTTCON=0", "AT+MQTTSUB=1,t"):
        assert desk.at(command) == ERROR
    for command in ("AT+MQTTCON=", "AT+MQTTCON=1", "AT+MQTTSUB=1", "AT+MQTTSUB=x,t"):
        assert desk.at(command) == INVALID_INPUT
    assert desk.asked == []


@pytest.mark.parametrize(
    "parameters",
    [
        "",
        "2",
        "x",
        "1",
        f"1,{BROKER}",
        f"1,{BROKER},1883",
        "1,broker,1883,0",
        "1,,1883,0",
        f"1,{BROKER},0,0",
        f"1,{BROKER},65536,0",
        f"1,{BROKER},x,0",
        f"1,{BROKER},1883,1",
        f"1,{BROKER},1883,2",
        f"1,{BROKER},1883,x",
    ],
)
def test_parameters_of_connect(parameters: str) -> None:
    # They come before the question whether there is a connection.
    for desk in (MqttDesk(), MqttDesk(connected=True)):
        assert desk.at(f"AT+MQTTCON={parameters}") == INVALID_INPUT
        assert desk.asked == []


def test_connect_when_connected(connected: MqttDesk) -> None:
    assert connected.at(CONNECT) == ERROR
    assert connected.state == b"Connected(192.168.12.60)\r\n" + OK


def test_connect_beside_a_secure_socket(desk: MqttDesk) -> None:
    desk.network.tcp_listen("secure")
    assert OK in desk.at(f"AT+SCON=O,TCS,192.168.12.50,{desk.network.port('secure')},,0")
    assert desk.at(CONNECT) == ERROR
    assert desk.asked == []
    desk.at("AT+SMGMT=ALL", 5 * S)
    assert desk.at(CONNECT) == CONNECTED + OK


def test_connect_beside_other_sockets(desk: MqttDesk) -> None:
    desk.tcp_client()
    assert desk.at(CONNECT) == CONNECTED + OK


def test_disconnect(connected: MqttDesk) -> None:
    assert connected.at("AT+MQTTCON=0") == DISCONNECTED + OK
    assert connected.asked == [fx.DisconnectMqtt()]
    assert connected.state == b"Disconnected\r\n" + OK
    assert connected.at("AT+MQTTCON=0") == ERROR
    assert connected.at(CONNECT) == CONNECTED + OK


# --- AT+MQTTSUB -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "topic", "qos", "limit_us"),
    [
        ("1,a/#", b"a/#", 0, 5 * S),
        ("1,a/#,1", b"a/#", 1, 5 * S),
        ("1,a/#,2", b"a/#", 2, 5 * S),
        ('1,"a,b"', b"a,b", 0, 5 * S),
        ("0,a/#", b"a/#", None, 10 * S),
        ("0,a/#,1", b"a/#", None, 10 * S),
    ],
)
def test_subscribe(connected: MqttDesk, parameters: str, topic: bytes, qos: int | None, limit_us: int) -> None:
    assert connected.at(f"AT+MQTTSUB={parameters}") == OK
    [asked] = connected.asked
    assert isinstance(asked, fx.SubscribeMqtt)
    assert asked == fx.SubscribeMqtt(asked.request, topic, qos, limit_us)


def test_subscribing_waits_for_the_broker(connected: MqttDesk) -> None:
    connected.broker_ok = None
    assert connected.at("AT+MQTTSUB=1,t", 4 * S) == b""
    assert connected.hand_over(ev.MqttReceived(b"t", b"early")) == b"{Q,t,,5}early\r\n"
    assert connected.answer_late(ok=True) == OK


@pytest.mark.parametrize("parameters", ["1,t", "0,t", "1,t,0"])
def test_failed_subscription_drops_the_connection(connected: MqttDesk, parameters: str) -> None:
    connected.broker_ok = False
    assert connected.at(f"AT+MQTTSUB={parameters}") == ERROR
    assert connected.asked[1:] == [fx.DisconnectMqtt()]
    assert connected.state == b"Disconnected\r\n" + OK


def test_a_qos_that_no_broker_grants_is_asked_for_nevertheless(connected: MqttDesk) -> None:
    connected.broker_ok = False
    assert connected.at("AT+MQTTSUB=1,t,9") == ERROR
    asked = connected.asked[0]
    assert isinstance(asked, fx.SubscribeMqtt)
    assert asked.qos == 9


@pytest.mark.parametrize("parameters", ["", "1", "0", "1,,0", "2,t", "x,t", ",t", "1,t,x", "?"])
def test_parameters_of_subscribe(parameters: str) -> None:
    # What is missing comes before the link, what is wrong after it, the connection at last.
    missing = "" in parameters.split(",")[:2] or "," not in parameters
    without_link = MqttDesk(joined=False).at(f"AT+MQTTSUB={parameters}")
    assert without_link == (INVALID_INPUT if missing else WIFI_STATUS)
    for desk in (MqttDesk(), MqttDesk(connected=True)):
        assert desk.at(f"AT+MQTTSUB={parameters}") == INVALID_INPUT
        assert desk.asked == []


def test_subscribe_without_a_connection(desk: MqttDesk) -> None:
    assert desk.at("AT+MQTTSUB=1,t") == ERROR
    assert desk.at("AT+MQTTSUB=0,t") == ERROR
    assert desk.asked == []


# --- AT+MQTTPUB -------------------------------------------------------------------------------------------------------


def publish(desk: MqttDesk, length: int, data: bytes, topic: str = "t") -> bytes:
    """Give the command and then the data; what is printed after the prompt within a second."""
    assert desk.at(f"AT+MQTTPUB={topic},{length}") == b"[%d]\r\n" % length
    return desk.exchange(data, S)


@pytest.mark.parametrize("length", [1, 1024, 1025, 1400, 1401, 1500])
def test_publish(connected: MqttDesk, length: int) -> None:
    data = b"\n" + b"x" * (length - 1)
    assert publish(connected, length, data, "a/b") == OK
    [asked] = connected.asked
    assert isinstance(asked, fx.PublishMqtt)
    assert asked == fx.PublishMqtt(asked.request, b"a/b", data, 20 * S)


def test_data_that_comes_with_the_command(connected: MqttDesk) -> None:
    assert connected.exchange(b"AT+MQTTPUB=t,5\rhelloAT\r") == b"[5]\r\n" + OK + OK
    assert isinstance(connected.asked[0], fx.PublishMqtt)
    assert connected.asked[0].payload == b"hello"


def test_data_is_not_echoed(connected: MqttDesk) -> None:
    connected.at("AT+MECHO=1")
    assert connected.exchange(b"AT+MQTTPUB=t,2\rhi") == b"AT+MQTTPUB=t,2\r\n[2]\r\n" + OK


@pytest.mark.parametrize(("data", "payload"), [(b"ab\0cd", b"ab"), (b"\0abcd", b""), (b"abcd\0", b"abcd")])
def test_data_ends_at_the_first_nul(connected: MqttDesk, data: bytes, payload: bytes) -> None:
    assert publish(connected, 5, data) == OK
    assert isinstance(connected.asked[0], fx.PublishMqtt)
    assert connected.asked[0].payload == payload


def test_data_that_does_not_come_in_time(connected: MqttDesk) -> None:
    assert connected.at("AT+MQTTPUB=t,5", 2 * S) == b"[5]\r\n"
    assert connected.exchange(b"AT", 900 * MS) == b""
    assert connected.quiet(200 * MS) == ERROR
    assert connected.asked == []
    # What came belongs to the command line now, and the connection stays.
    assert connected.exchange(b"\r") == OK
    assert connected.state == b"Connected(192.168.12.60)\r\n" + OK


def test_the_limit_is_for_all_of_the_data(connected: MqttDesk) -> None:
    # Of what came, the complete block of 1024 bytes is lost, as with AT+SSEND.
    assert connected.at("AT+MQTTPUB=t,1300", 2 * S) == b"[1300]\r\n"
    assert connected.exchange(b"x" * 1024 + b"AT", 900 * MS) == b""
    assert connected.quiet(200 * MS) == ERROR
    assert connected.exchange(b"\r") == OK


def test_publishing_waits_for_the_network(connected: MqttDesk) -> None:
    connected.broker_ok = None
    assert publish(connected, 1, b"x") == b""
    assert connected.quiet(10 * S) == b""
    assert connected.answer_late(ok=True) == OK


def test_failed_publication_drops_the_connection(connected: MqttDesk) -> None:
    connected.broker_ok = False
    assert publish(connected, 1, b"x") == ERROR
    assert connected.asked[1:] == [fx.DisconnectMqtt()]
    assert connected.state == b"Disconnected\r\n" + OK


@pytest.mark.parametrize("parameters", ["", "t", ",5", "t,0", "t,1501", "t,x", "t,-1", "t" * 129 + ",5", "?"])
def test_parameters_of_publish(connected: MqttDesk, parameters: str) -> None:
    assert connected.at(f"AT+MQTTPUB={parameters}") == INVALID_INPUT
    assert connected.asked == []


def test_longest_topic(connected: MqttDesk) -> None:
    assert publish(connected, 1, b"x", "t" * 128) == OK


@pytest.mark.parametrize("joined", [True, False])
@pytest.mark.parametrize("parameters", ["t,5", "", "t,0", "?"])
def test_publish_without_a_connection_before_all_other_checks(joined: bool, parameters: str) -> None:
    assert MqttDesk(joined=joined).at(f"AT+MQTTPUB={parameters}") == ERROR


# --- what the broker does ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("firmware", BOTH)
def test_publication(firmware: str) -> None:
    desk = MqttDesk(firmware, connected=True)
    assert desk.hand_over(ev.MqttReceived(b"a/b", b"hello")) == b"{Q,a/b,,5}hello\r\n"
    assert desk.hand_over(ev.MqttReceived(b"a/b", b"")) == b"{Q,a/b,,0}\r\n"
    assert desk.hand_over(ev.MqttReceived(b"a/b", b"\r\n{}")) == b"{Q,a/b,,4}\r\n{}\r\n"


def test_publication_is_cut_at_255_bytes(connected: MqttDesk) -> None:
    head = b"{Q,t,,%d}"
    fits = b"x" * (255 - len(head % 100) - 2)
    assert connected.hand_over(ev.MqttReceived(b"t", fits)) == head % len(fits) + fits + b"\r\n"
    for more in (1, 2, 3, 1000):
        shown = connected.hand_over(ev.MqttReceived(b"t", fits + b"y" * more))
        assert shown == (head % (len(fits) + more) + fits + b"y" * more + b"\r\n")[:255]
        assert len(shown) == 255
    assert connected.hand_over(ev.MqttReceived(b"t" * 300, b"x")) == (b"{Q," + b"t" * 300)[:255]


def test_broker_that_is_gone(connected: MqttDesk) -> None:
    assert connected.hand_over(ev.MqttLost()) == DISCONNECTED
    assert connected.asked == []
    assert connected.state == b"Disconnected\r\n" + OK
    assert connected.hand_over(ev.MqttLost()) == b""
    assert connected.hand_over(ev.MqttReceived(b"t", b"late")) == b""
    assert connected.at(CONNECT) == CONNECTED + OK


def test_message_levels(connected: MqttDesk) -> None:
    connected.at("AT+MMSG=1")
    assert connected.hand_over(ev.MqttReceived(b"t", b"x")) == b"{Q,t,,1}x\r\n"
    assert connected.at("AT+MQTTCON=0") == DISCONNECTED
    assert connected.at(CONNECT) == CONNECTED
    assert connected.exchange(b"AT+MQTTPUB=t,1\rx") == b"[1]\r\n"
    assert connected.state == b"Connected(192.168.12.60)\r\n"
    assert connected.hand_over(ev.MqttLost()) == DISCONNECTED


# --- the link and resets ----------------------------------------------------------------------------------------------


def test_leaving_the_network(connected: MqttDesk) -> None:
    assert connected.at("AT+WLEAVE") == DISCONNECTED + LINK_DOWN + OK
    assert connected.asked == [fx.DisconnectMqtt()]
    assert connected.state == b"Disconnected\r\n" + OK


def test_losing_the_network_is_silent(connected: MqttDesk) -> None:
    connected.switch_network(on=False)
    assert connected.quiet(10 * S) == LINK_DOWN
    assert connected.asked == [fx.DisconnectMqtt()]
    connected.switch_network(on=True)
    assert connected.quiet(10 * S) == LINK_UP
    assert connected.state == b"Disconnected\r\n" + OK
    assert connected.at(CONNECT) == CONNECTED + OK


def test_losing_the_network_while_connecting(desk: MqttDesk) -> None:
    desk.broker_ok = None
    assert desk.at(CONNECT, 0) == b""
    request = desk.asked[-1]
    assert isinstance(request, fx.ConnectMqtt)
    desk.switch_network(on=False)
    assert desk.quiet(3 * S) == LINK_DOWN
    assert desk.hand_over(ev.MqttEnded(request.request, ok=True)) == ERROR
    assert desk.asked[1:] == [fx.DisconnectMqtt()]
    assert desk.state == b"Disconnected\r\n" + OK


def test_losing_the_network_while_subscribing(connected: MqttDesk) -> None:
    connected.broker_ok = None
    assert connected.at("AT+MQTTSUB=1,t", 0) == b""
    request = connected.asked[-1]
    assert isinstance(request, fx.SubscribeMqtt)
    connected.switch_network(on=False)
    assert connected.quiet(3 * S) == LINK_DOWN
    # The edge answers what waits when it is told to leave.
    assert connected.asked[1:] == [fx.DisconnectMqtt()]
    assert connected.hand_over(ev.MqttEnded(request.request, ok=False)) == ERROR
    assert len(connected.asked) == 2


def test_reset_by_command(connected: MqttDesk) -> None:
    shown = connected.at("AT+MRESET", 2 * S)
    assert shown.startswith(OK + LINK_DOWN)
    assert b"MQTT" not in shown
    assert connected.asked == [fx.DisconnectMqtt()]
    assert connected.join().endswith(OK)
    assert connected.state == b"Disconnected\r\n" + OK


def test_reset_from_outside_while_the_broker_is_asked(connected: MqttDesk) -> None:
    connected.broker_ok = None
    connected.send(b"AT+MQTTSUB=1,t\r")
    connected.feed(ev.ResetPulled())
    assert b"MQTT" not in connected.quiet(S)
    assert connected.answer_late(ok=True) == b""


def test_settings_survive_a_factory_reset() -> None:
    desk = MqttDesk()
    desk.ok("AT+MQTTSET=u,p,c,30", "AT+MPROF=S")
    desk.at("AT+MFDEF=FR", 3 * S)
    assert b"u,p,c,30\r\n" in desk.at("AT+MQTTSET=?")
