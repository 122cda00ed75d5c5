"""The web server's connections, its life, and pages that change nothing. Actions are in test_webactions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.desk import BOTH, GUIDE, LINK_DOWN, MEASURED, MS, OK, Desk, S
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.webpages import no_web_files
from wizfi_emu.web.answers import GENERATED_HEAD, REDIRECT
from wizfi_emu.web.pages import FILES, PAGES

ACTIONS_WITHOUT_EFFECT = (
    "/get_custom_info",
    "/s2wlogin",
    "/s2web_main?",
    "/s2wconfig?",
    "/s2wconfig_station?",
    "/s2wconfig_ap?",
    "/scan_results.html",
    "/connect?",
    "/wps_go?pin=123456789",
    "/s2w_user_info_setting?",
    "/s2web/gpio_control_get.html",
    "/s2web/gpio_control_set.html",
    "/gpio_config_save?",
    "/get_info_ota?",
    "/content.html",
)


def serving(firmware: str = MEASURED, *switches: str) -> Desk:
    """A module in the demo network with its web server running."""
    desk = Desk(firmware, *switches, joined=True)
    desk.ok("AT+FWEBS=1,M")
    return desk


def get(desk: Desk, target: str | bytes) -> bytes:
    """The whole answer to a GET as a browser sends it."""
    path = target.encode() if isinstance(target, str) else target
    return desk.web_request(b"GET " + path + b" HTTP/1.1\r\nHost: wizfi250.wiznet.com\r\n\r\n")


# --- life -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("firmware", BOTH)
def test_start_stop_and_status(firmware: str) -> None:
    desk = Desk(firmware, joined=True)
    assert desk.web_request(b"GET / \r\n") == b""
    assert desk.at("AT+FWEBS=?") == b"0,M\r\n" + OK
    desk.ok("AT+FWEBS=1,M", "AT+FWEBS=1,M")
    assert desk.ordered(fx.StartWebServer) == [fx.StartWebServer("192.168.12.10")]
    assert desk.at("AT+FWEBS=?") == b"1,M\r\n" + OK
    assert desk.module.web.endpoint == ("127.0.0.1", 80)
    assert get(desk, "/").startswith(b"HTTP/1.0 200 OK\r\n")
    desk.ok("AT+FWEBS=0,M")
    assert desk.ordered(fx.StopWebServer) == [fx.StopWebServer()]
    assert desk.module.web.endpoint is None
    assert get(desk, "/") == b""


def test_type_a_starts_with_the_link_after_the_service_socket() -> None:
    desk = Desk(GUIDE)
    desk.ok("AT+FWEBS=1,A", "AT+SCON=S,TSN,,,5000,0")
    assert desk.at("AT+FWEBS=?") == b"0,A\r\n" + OK
    desk.join()
    desk.quiet(200 * MS)
    assert desk.at("AT+FWEBS=?") == b"1,A\r\n" + OK
    orders = [type(effect) for effect in desk.effects if isinstance(effect, fx.ListenTcp | fx.StartWebServer)]
    assert orders == [fx.ListenTcp, fx.StartWebServer]


def test_leaving_with_the_server_running_takes_a_second_longer() -> None:
    desk = serving()
    desk.send(b"AT+WLEAVE\r")
    assert desk.quiet(990 * MS) == b""
    assert desk.quiet(20 * MS) == LINK_DOWN + OK
    assert not desk.module.web.running


def test_lost_link_stops_it() -> None:
    desk = serving()
    desk.switch_network(on=False)
    assert desk.quiet(100 * MS) == LINK_DOWN
    assert desk.at("AT+FWEBS=?") == b"0,M\r\n" + OK


def test_debug_lines_of_level_3() -> None:
    desk = Desk(MEASURED, joined=True)
    assert desk.at("AT+MMSG=3") == OK
    assert desk.at("AT+FWEBS=1,M") == b"Start Web Server : STA Mode\r\n" + OK
    assert desk.at("AT+FWEBS=0,M") == b"Stop Web Server\r\n" + OK
    desk.at("AT+WLEAVE", 2 * S)
    desk.at("AT+WSET2=1,MyAP")
    desk.at("AT+WJOIN", S)
    assert desk.at("AT+FWEBS=1,M") == b"Start Web Server : AP Mode\r\n" + OK
    desk.at("AT+MMSG=2")
    desk.ok("AT+FWEBS=0,M", "AT+FWEBS=1,M")


@pytest.mark.parametrize("firmware", BOTH)
def test_function_press_starts_it_once(firmware: str) -> None:
    desk = Desk(firmware)
    desk.press(1)
    assert b"Set AP Mode & Web Server Launch\r\n" in desk.quiet(3 * S)
    assert desk.at("AT+FWEBS=?") == b"1,M\r\n" + OK
    assert desk.ordered(fx.StartWebServer) == [fx.StartWebServer("192.168.12.1")]
    assert b"<title>Index</title>" in get(desk, "/")
    desk.restart()
    assert desk.at("AT+FWEBS=?") == b"0,M\r\n" + OK


def test_a_port_that_cannot_be_had() -> None:
    desk = serving()
    desk.feed(ev.WebServerOpened("127.0.0.1", 0))
    assert desk.module.web.endpoint is None
    assert desk.at("AT+FWEBS=?") == b"1,M\r\n" + OK


def test_machine_without_the_packaged_pages() -> None:
    desk = serving()
    desk.module.web_files = no_web_files
    assert get(desk, "/") == b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n"


# --- on the wire ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [pytest.param(path, id=path.decode()) for path in PAGES])
def test_static_page(path: bytes) -> None:
    answer = get(serving(), path)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head == b"HTTP/1.0 200 OK\r\nContent-Type: text/html"
    assert body.startswith(b"<!DOCTYPE html>")
    assert body.endswith(b"</html>\n")


def test_static_files() -> None:
    desk = serving()
    for path, file in FILES.items():
        answer = get(desk, path)
        assert answer.startswith(f"HTTP/1.0 200 OK\r\nContent-Type: {file.content_type}\r\n\r\n".encode())
        assert len(answer) > 200 or path == b"/scripts/wpad.dat"


@pytest.mark.parametrize("target", ACTIONS_WITHOUT_EFFECT)
def test_generated_answer(target: str) -> None:
    desk = serving()
    answer = get(desk, target)
    assert answer.startswith(GENERATED_HEAD)
    assert len(answer) > len(GENERATED_HEAD)
    assert desk.read() == b"", "nothing is printed for a web action"


@pytest.mark.parametrize(
    "path",
    [
        "/s2web/index.html",
        "/index.html",
        "/S2WEB/s2w_main.html",
        "/wpad.dat",
        "//",
        "/%2f",
        "",
        "/s2w_reset/",
        "/login",
    ],
)
def test_unknown_path_leads_to_the_login(path: str) -> None:
    assert get(serving(), path) == REDIRECT == b"HTTP/1.0 301\r\nLocation: /\r\n\r\n"


def test_path_is_decoded() -> None:
    assert b"<title>Index</title>" in get(serving(), "%2f")
    assert b"Configuration" in get(serving(), "/s2web%2Fs2w_main.html?x")


@pytest.mark.parametrize(
    "segment", [b"HEAD / HTTP/1.1\r\n\r\n", b"GET", b"GET /", b"\x16\x03\x01", b"GET /" + b"a" * 1455]
)
def test_what_is_no_request_is_closed(segment: bytes) -> None:
    assert serving().web_request(segment) == b""


def test_post_is_like_get() -> None:
    desk = serving()
    request = b"POST /s2wlogin?UN:admin/PW:admin^ HTTP/1.1\r\nContent-Length: 9\r\n\r\nUN:other^"
    assert b"s2w_main.html" in desk.web_request(request)


def test_only_the_first_segment_counts() -> None:
    desk = serving()
    assert desk.web_request(b"GET /s2web", b"/s2w_main.html HTTP/1.1\r\n\r\n") == b""
    assert b"Index" in desk.web_request(b"GET / HTTP/1.1\r\n", b"GET /s2w_reset? HTTP/1.1\r\n\r\n")
    assert desk.quiet(3 * S) == b""


def test_client_that_leaves_without_a_request() -> None:
    desk = serving()
    assert desk.web_request(b"") == b""
    assert b"Index" in get(desk, "/")


def test_scan_is_streamed_and_others_wait_for_it() -> None:
    desk = serving()
    client, events = desk.network.web.connect(b"GET /scan_results.html HTTP/1.1\r\n\r\n")
    desk.feed(*events)
    assert b"Network Name" in desk.network.web.answers[client]
    assert b"WizFiDemoAP" not in desk.network.web.answers[client]
    second, events = desk.network.web.connect(b"GET / HTTP/1.1\r\n\r\n")
    assert events == []
    assert desk.network.web.answers[second] == b""
    desk.run(15 * S)
    assert b"WizFiDemoAP" in desk.network.web.answers[client]
    assert desk.network.web.answers[client].count(b"HTTP/1.0") == 1
    assert b"Index" in desk.network.web.answers[second]


def test_rows_of_a_scan_are_sent_as_networks_are_found() -> None:
    desk = serving()
    client, events = desk.network.web.connect(b"GET /scan_results.html HTTP/1.1\r\n\r\n")
    desk.feed(*events)
    desk.feed(ev.NetworkFound(ev.Network(b"Early", "00:08:DC:AA:BB:09", 1, -50)))
    assert b"Early" in desk.network.web.answers[client]
    assert b"WizFiDemoAP" not in desk.network.web.answers[client]
    desk.run(15 * S)
    assert b"WizFiDemoAP" in desk.network.web.answers[client]


def test_answer_of_a_server_that_was_stopped_goes_nowhere() -> None:
    desk = serving()
    _, events = desk.network.web.connect(b"GET /scan_results.html HTTP/1.1\r\n\r\n")
    desk.feed(*events)
    for effect in ("AT+FWEBS=0,M", "AT+FWEBS=1,M"):
        desk.send(effect.encode() + b"\r")
    desk.effects.clear()
    desk.run(15 * S)
    assert desk.ordered(fx.AnswerWebClient) == []


def test_a_command_may_run_meanwhile() -> None:
    desk = serving()
    desk.send(b"AT+FPING=3,10.0.0.1\r")
    assert b"Index" in get(desk, "/")
    assert desk.quiet(5 * S).count(b"Ping timeout") == 3


@given(st.binary(max_size=1460))
def test_no_segment_breaks_the_module(segment: bytes) -> None:
    desk = serving()
    answer = desk.web_request(segment)
    assert answer == b"" or answer.startswith(b"HTTP/1.0 ")


@given(
    st.sampled_from(["/s2wlogin?", "/s2wconfig?", "/s2wconfig_ap?", "/s2wconfig_station?", "/s2w_user_info_setting?"]),
    st.lists(
        st.tuples(
            st.sampled_from(["UN", "PW", "PT", "DI", "DP", "SP", "CM", "MD", "DH", "WI", "GI", "SM", "SD", "SS", "PK"]),
            st.binary(max_size=40),
        )
    ),
)
def test_no_value_breaks_the_module(action: str, values: list[tuple[str, bytes]]) -> None:
    desk = serving()
    query = "/".join(f"{tag}:" + "".join(f"%{byte:02x}" for byte in value) for tag, value in values)
    answer = get(desk, f"{action}{query}^")
    assert answer == b"" or answer.startswith(GENERATED_HEAD)
    desk.restart()
    assert desk.at("AT").endswith(OK)
