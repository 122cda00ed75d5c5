"""The recorded world against machines that do the same, less, more and something else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.desk import MS, PEER_ADDRESS, SSID, Desk, S
from tests.recording.sessions import record, talk_to_peers, use_data_mode
from wizfi_emu.agenda import Agenda
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.recording.format import Batch, Header, Recording
from wizfi_emu.recording.playback.compare import simulate
from wizfi_emu.recording.playback.script import ScriptReader
from wizfi_emu.recording.playback.world import RecordedWorld
from wizfi_emu.stages.stage import Stage

Step = ev.Event | fx.Effect


def recording_of(header: Header, *steps: tuple[int, Step]) -> Recording:
    """A recording of these steps; an effect follows an event."""
    batches: list[Batch] = []
    for time_us, step in steps:
        if isinstance(step, ev.Event):
            batches.append(Batch(time_us, step, ()))
        else:
            last = batches[-1]
            batches[-1] = Batch(last.time_us, last.event, (*last.effects, step))
    return Recording(header, tuple(batches))


@pytest.fixture
def header() -> Header:
    return record(lambda desk: desk.quiet(0)).header


class Player:
    """A recorded world with what it tells, a hand on the clock, and nothing around it."""

    network_room = True

    def __init__(self, recording: Recording) -> None:
        self.told: list[str] = []
        self.agenda = Agenda()
        self.now_us = 0
        self.stages: list[Stage] = []
        self._fed: list[tuple[int, ev.Event]] = []
        self.world = RecordedWorld(recording, self.told.append)
        self.world.attach(self)

    def add(self, stage: Stage) -> None:
        self.stages.append(stage)

    def on_change(self) -> None:
        pass

    def feed(self, *events: ev.Event) -> None:
        self._fed += [(self.now_us, event) for event in events]

    def execute(self, effect: fx.Effect, now_us: int) -> None:
        """Order something of the world."""
        self._pass_time(now_us)
        self.world.execute(effect)

    def reset(self, cause: ev.ResetCause, now_us: int) -> None:
        """Restart, as the runner does it."""
        self.now_us = now_us
        self.agenda.drop(self.world)
        self.world.restarted()
        self.world.power_on(cause)

    def host_sent(self, data: bytes, now_us: int) -> None:
        """The machine is told of bytes of the host."""
        self._pass_time(now_us)
        for stage in self.stages:
            stage.receive(ev.UartReceived(data), now_us)

    def events(self) -> list[tuple[int, ev.Event]]:
        """What comes, with its times."""
        self._pass_time(None)
        fed, self._fed = self._fed, []
        return fed

    def _pass_time(self, until_us: int | None) -> None:
        while (due_us := self.agenda.next_us) is not None and (until_us is None or due_us <= until_us):
            self.now_us = max(self.now_us, due_us)
            self.agenda.run(self.now_us)
        self.now_us = max(self.now_us, until_us or 0)


def lose_the_link(desk: Desk) -> None:
    desk.join()
    desk.quiet(2 * S)
    desk.switch_network(on=False)
    desk.quiet(3 * S)
    desk.switch_network(on=True)
    desk.quiet(3 * S)


def ask_for_much(desk: Desk) -> None:
    desk.join()
    for command in ("AT+WSCAN", "AT+FPING=3,192.168.12.1", "AT+FDNS=www.google.com,1000", "AT+WSTAT", "AT+MPROF=S"):
        desk.at(command, 4 * S)
    desk.at("AT+MRESET", 5 * S)


def serve_web(desk: Desk) -> None:
    desk.join()
    desk.at("AT+FWEBS=1,M", S)
    desk.web_request(b"GET / HTTP/1.1\r\n\r\n")
    desk.at("AT+FWEBS=0", 2 * S)


def press_the_button(desk: Desk) -> None:
    desk.quiet(S)
    desk.press(1)
    desk.quiet(20 * S)


@pytest.mark.parametrize(
    "session", [talk_to_peers, use_data_mode, lose_the_link, ask_for_much, serve_web, press_the_button]
)
@pytest.mark.parametrize("firmware", ["guide", "1.0.5.2"])
def test_the_same_machine_does_the_same(session: Callable[[Desk], None], firmware: str) -> None:
    recording = record(session, firmware=firmware)
    transcript = simulate(recording, recording.header.firmware)
    assert transcript.sent == b"".join(item.data for _, item in recording.items() if isinstance(item, fx.UartSend))
    assert transcript.unmatched == []


# --- questions --------------------------------------------------------------------------------------------------------


def test_answers_come_by_kind_and_in_order_with_the_numbers_of_today(header: Header) -> None:
    player = Player(
        recording_of(
            header,
            (0, ev.PoweredOn(b"")),
            (10, fx.Ping(7, "1.1.1.1", 900)),
            (500, ev.PingEnded(7, ev.PingResult.REPLY, 3)),
            (500, fx.Ping(8, "2.2.2.2", 900)),
            (900, ev.PingEnded(8, ev.PingResult.ERROR)),
        )
    )
    player.execute(fx.Ping(1, "2.2.2.2", 900), 10_000)
    player.execute(fx.Ping(2, "1.1.1.1", 900), 20_000)
    assert player.events() == [
        (10_400, ev.PingEnded(1, ev.PingResult.ERROR)),
        (20_500, ev.PingEnded(2, ev.PingResult.REPLY, 3)),
    ]
    assert player.told == []


def test_a_question_in_other_words_gets_the_next_answer_and_is_told(header: Header) -> None:
    player = Player(
        recording_of(
            header,
            (0, ev.PoweredOn(b"")),
            (0, fx.Resolve(1, b"old.example", (), 900)),
            (0, ev.NameResolved(1, "1.2.3.4")),
        )
    )
    player.execute(fx.Resolve(5, b"new.example", (), 900), 0)
    assert player.events() == [(0, ev.NameResolved(5, "1.2.3.4"))]
    assert len(player.told) == 1
    assert "new.example" in player.told[0]
    assert "old.example" in player.told[0]


def test_a_question_again_gets_the_last_answer_again(header: Header) -> None:
    player = Player(recording_of(header, (0, ev.PoweredOn(b"")), (0, fx.ReadSignal(1)), (0, ev.SignalRead(1, -45))))
    for request in (4, 5):
        player.execute(fx.ReadSignal(request), 0)
    assert [event for _, event in player.events()] == [ev.SignalRead(4, -45), ev.SignalRead(5, -45)]


def test_a_key_that_was_replaced_makes_no_other_question(header: Header) -> None:
    join = fx.Join(1, b"net", "WPA2", b"1xxxxxxx", "00:08:DC:00:00:00")
    player = Player(recording_of(header, (0, ev.PoweredOn(b"")), (0, join), (0, ev.JoinEnded(1, None))))
    player.execute(fx.Join(9, b"net", "WPA2", b"realkey!", "00:08:DC:00:00:01"), 0)
    assert [event for _, event in player.events()] == [ev.JoinEnded(9, None)]
    assert player.told == []


@pytest.mark.parametrize(
    ("effect", "answer"),
    [
        (fx.Join(1, b"net", "OPEN", b"", ""), ev.JoinEnded(1, ev.JoinFailure.NOT_FOUND)),
        (fx.RequestAddress(1, 5), ev.AddressOffered(1)),
        (fx.StartAccessPoint(1, b"net", 1, "OPEN", b"", "", "", "", ""), ev.AccessPointStarted(1, ok=True)),
        (fx.Scan(1), ev.ScanEnded(1, ())),
        (fx.ReadSignal(1), ev.SignalRead(1, 0)),
        (fx.Ping(1, "1.2.3.4", 5), ev.PingEnded(1, ev.PingResult.TIMEOUT)),
        (fx.Resolve(1, b"name", (), 5), ev.NameResolved(1)),
        (fx.RunWps(1), ev.WpsEnded(1)),
        (fx.MakeIdentity(1, "module"), ev.IdentityMade(1, b"", b"")),
        (fx.PublishMqtt(1, b"topic", b"text"), ev.MqttEnded(1, ok=False)),
    ],
)
def test_what_nobody_asked_for_is_answered_by_a_world_that_knows_nothing(
    header: Header, effect: fx.Effect, answer: ev.Event
) -> None:
    player = Player(recording_of(header, (0, ev.PoweredOn(b""))))
    player.execute(effect, 0)
    assert [event for _, event in player.events()] == [answer]
    assert len(player.told) == 1


def test_the_flash_can_always_be_written_and_is_what_the_next_boot_gets(header: Header) -> None:
    player = Player(recording_of(header, (0, ev.PoweredOn(b"first", seed=3))))
    player.world.power_on(ev.ResetCause.POWER)
    assert player.events() == [(0, ev.PoweredOn(b"first", seed=3))]
    player.execute(fx.WriteFlash(1, b"second"), 1)
    player.execute(fx.WriteFlash(2, b"third"), 1)
    assert [event for _, event in player.events()] == [ev.FlashWritten(1, True), ev.FlashWritten(2, True)]
    player.reset(ev.ResetCause.WATCHDOG, 5)
    assert [event for _, event in player.events()] == [ev.PoweredOn(b"third", ev.ResetCause.WATCHDOG)]
    assert player.told == []


# --- sockets ----------------------------------------------------------------------------------------------------------


def client(header: Header) -> Player:
    """A peer that answers five bytes after 30 us, and closes after two lines of the host."""
    return Player(
        recording_of(
            header,
            (0, ev.PoweredOn(b"")),
            (0, fx.ConnectTcp(4, "1.2.3.4", 80, 30001)),
            (10, ev.SocketOpened(4, 30001)),
            (50, ev.UartReceived(b"AT+SSEND=0,,,5\r")),
            (50, fx.SendData(4, b"Hello")),
            (60, ev.SocketSent(4)),
            (80, ev.SocketReceived(4, b"answer", "1.2.3.4", 80)),
            (100, ev.UartReceived(b"AT\r")),
            (150, ev.SocketClosed(4)),
            (150, fx.CloseSocket(4)),
        )
    )


def test_a_peer_answers_when_it_has_got_as_much(header: Header) -> None:
    player = client(header)
    world = player.world
    player.execute(fx.ConnectTcp(1, "1.2.3.4", 80, 30007), 1000)
    assert player.events() == [(1010, ev.SocketOpened(1, 30001))]
    player.host_sent(b"AT+SSEND=0,,,2\r", 2000)
    player.execute(fx.SendData(1, b"He"), 2000)
    assert player.events() == [(2010, ev.SocketSent(1))]
    player.execute(fx.SendData(1, b"llo"), 3000)
    assert player.events() == [(3000, ev.SocketSent(1)), (3030, ev.SocketReceived(1, b"answer", "1.2.3.4", 80))]
    player.host_sent(b"no line end", 4000)
    assert player.events() == []
    player.host_sent(b" here\r", 5000)
    assert player.events() == [(5050, ev.SocketClosed(1))]
    assert player.told == []
    assert world.unplayed() == []


def test_what_did_not_come_is_told(header: Header) -> None:
    player = client(header)
    assert player.world.unplayed() == [
        "was not asked for: < ConnectTcp sock=4 address=1.2.3.4 port=80 local_port=30001 tls=none port_optional=False "
        "connect_limit_us=5000000 handshake_limit_us=10000000"
    ]
    player.execute(fx.ConnectTcp(1, "1.2.3.4", 80, 0), 0)
    player.events()
    assert player.world.unplayed() == [
        'did not come: > SocketReceived sock=4 data="answer" peer_address=1.2.3.4 peer_port=80',
        "did not come: > SocketClosed sock=4 failure=none",
    ]


def test_nothing_comes_on_a_socket_that_the_module_has_closed(header: Header) -> None:
    player = client(header)
    player.execute(fx.ConnectTcp(1, "1.2.3.4", 80, 0), 0)
    player.execute(fx.CloseSocket(1), 5)
    assert player.events() == []
    player.execute(fx.SendData(1, b"x"), 20)
    assert player.events() == [(20, ev.SocketSent(1, ev.Failure.CLOSED))]


def test_nothing_is_left_after_a_reset(header: Header) -> None:
    player = client(header)
    player.execute(fx.ConnectTcp(1, "1.2.3.4", 80, 0), 0)
    player.execute(fx.ReadSignal(2), 0)
    player.reset(ev.ResetCause.RESET, 0)
    assert [type(event) for _, event in player.events()] == [ev.PoweredOn]


def test_a_connection_to_somebody_else_is_played_and_told(header: Header) -> None:
    player = client(header)
    player.execute(fx.ConnectTcp(1, "9.9.9.9", 80, 0), 0)
    assert [event for _, event in player.events()] == [ev.SocketOpened(1, 30001)]
    assert "opened otherwise" in player.told[0]


def test_connections_that_were_not_recorded(header: Header) -> None:
    player = Player(recording_of(header, (0, ev.PoweredOn(b""))))
    for effect in (fx.ConnectTcp(1, "1.2.3.4", 80, 0), fx.ListenTcp(2, 5000), fx.OpenUdp(3, 6000)):
        player.execute(effect, 0)
    assert [event for _, event in player.events()] == [
        ev.SocketFailed(1, ev.Failure.REFUSED),
        ev.SocketOpened(2, 5000),
        ev.SocketOpened(3, 6000),
    ]
    assert len(player.told) == 3


def test_a_transmission_fails_as_it_did(header: Header) -> None:
    player = Player(
        recording_of(
            header,
            (0, ev.PoweredOn(b"")),
            (0, fx.OpenUdp(1, 5000)),
            (0, ev.SocketOpened(1, 5000)),
            (0, fx.SendData(1, b"a", "1.2.3.4", 5)),
            (40, ev.SocketSent(1, ev.Failure.UNREACHABLE)),
        )
    )
    player.execute(fx.OpenUdp(1, 5000), 0)
    player.execute(fx.SendData(1, b"a", "1.2.3.4", 5), 10)
    assert player.events()[1:] == [(50, ev.SocketSent(1, ev.Failure.UNREACHABLE))]


# --- board, radio, services -------------------------------------------------------------------------------------------


def test_the_board_before_and_after_the_power(header: Header) -> None:
    recording = recording_of(
        header,
        (0, ev.AdcDriven(7)),
        (5, ev.PoweredOn(b"")),
        (1005, ev.PinDriven("function", level=False)),
        (1505, ev.PoweredOff()),
        (2505, ev.PoweredOn(b"", ev.ResetCause.POWER, 4)),
        (2605, ev.AdcDriven(8)),
    )
    player = Player(recording)
    player.now_us = 100
    player.world.power_on(ev.ResetCause.POWER)
    assert player.events() == [
        (100, ev.AdcDriven(7)),
        (100, ev.PoweredOn(b"")),
        (1100, ev.PinDriven("function", level=False)),
        (1600, ev.PoweredOff()),
        (2600, ev.PoweredOn(b"", ev.ResetCause.POWER, 4)),
        (2700, ev.AdcDriven(8)),
    ]


@pytest.mark.parametrize(
    ("opening", "event"),
    [
        (fx.Join(1, b"net", "OPEN", b"", ""), ev.LinkLost()),
        (fx.StartAccessPoint(1, b"net", 1, "OPEN", b"", "", "", "", ""), ev.StationJoined("00:00:00:00:00:01")),
        (fx.RunWps(1), ev.WpsProgressed("Sending Identity")),
        (fx.StartP2p("name", ""), ev.P2pFound("phone", 6)),
        (fx.OpenAirPort("tcp", 50001), ev.AirPortOpened(ok=True)),
        (fx.StartWebServer("1.2.3.4"), ev.WebDataReceived(1, b"GET / HTTP/1.0\r\n\r\n")),
        (fx.ConnectMqtt(1, "1.2.3.4", 1883, b"", b"", b"", 60), ev.MqttReceived(b"topic", b"text")),
    ],
)
def test_what_comes_by_itself_comes_after_what_opened_the_way(
    header: Header, opening: fx.Effect, event: ev.Event
) -> None:
    player = Player(recording_of(header, (0, ev.PoweredOn(b"")), (100, opening), (350, event)))
    assert player.events() == []
    player.execute(opening, 1000)
    # The effect is recorded with the time of the event that caused it.
    assert (1350, event) in player.events()


def test_sessions_of_peers_become_scripts() -> None:
    reader = ScriptReader(record(talk_to_peers))
    assert [len(script.cues) for script in reader.scripts[fx.ConnectTcp]] == [2, 1]
    assert [len(script.cues) for script in reader.scripts[fx.ListenTcp]] == [4, 1]
    assert [len(script.sends) for script in reader.scripts[fx.OpenUdp]] == [1]
    assert {kind.__name__ for kind in reader.replies} >= {"Join", "RequestAddress", "WriteFlash"}


def test_the_demo_world_is_in_the_recording() -> None:
    """What the whole file stands on: the sessions join the network of the demo world and find the peer."""
    recording = record(talk_to_peers)
    joins = [item for _, item in recording.items() if isinstance(item, fx.Join)]
    assert joins[0].ssid == SSID.encode()
    assert any(isinstance(item, fx.ConnectTcp) and item.address == PEER_ADDRESS for _, item in recording.items())
    assert recording.batches[-1].time_us > 100 * MS
