import msgspec
import pytest

from wizfi_emu.air.hostnetwork import HostNetwork, HostRule, is_host_name
from wizfi_emu.userfiles.errors import explain_value


def test_this_machine_is_allowed_and_everything_else_must_be_named() -> None:
    host = HostNetwork(allow=("192.168.1.0/24",))
    assert host.allows("127.3.2.1")
    assert host.allows("192.168.1.77")
    assert not host.allows("192.168.2.77")
    assert not host.allows("not an address")


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: HostRule(match="10.0.0.1", action="pass", host="127.0.0.1"), "host: only for the action map"),
        (lambda: HostRule(match="10.0.0.1", action="refuse", port=1), "port: only for the action map"),
        (
            lambda: HostNetwork(rules=(HostRule(match="10.0.0.1", host="192.168.1.1"),)),
            "rules: 192.168.1.1 is outside of this machine, so allow must name it",
        ),
        (
            lambda: HostNetwork(rules=(HostRule(match="10.0.0.1", action="pass"),)),
            "rules: to pass 10.0.0.1, allow must name what may be reached",
        ),
        (
            lambda: HostNetwork(allow=("1.2.3",)),
            "allow: expected an address or a network such as 192.168.12.0/24, got '1.2.3'",
        ),
    ],
)
def test_wrong_rules_say_what_is_wrong(build: object, message: str) -> None:
    assert callable(build)
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole message is compared below
        build()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ({"rules": [{"match": ""}]}, "rules[0].match: expected an address, a network or a name, got nothing"),
        ({"rules": [{"match": "10.0.0.1", "port": 65536}]}, "rules[0].port: expected 0 to 65535, got 65536"),
        ({"rules": [{"match": "10.0.0.1", "match_port": -1}]}, "rules[0].match_port: expected 0 to 65535, got -1"),
        (
            {"rules": [{"match": "10.0.0.1", "host": "1.2.3"}]},
            "rules[0].host: expected an address such as 192.168.12.1, or a host name, got '1.2.3'",
        ),
        ({"peers": {"127.0.0.1": "x"}}, "peers[127.0.0.1]: expected an address such as 192.168.12.1, got 'x'"),
        ({"peers": {"x": "127.0.0.1"}}, "peers[x]: expected an address such as 192.168.12.1"),
    ],
)
def test_what_no_rule_can_hold(text: dict[str, object], message: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(text, HostNetwork, strict=False)
    assert explain_value(str(caught.value), text, HostNetwork) == message


def test_what_leaves_the_machine_is_taken_when_it_is_allowed() -> None:
    rules = (HostRule(match="10.0.0.1", host="192.168.1.1"), HostRule(match="192.168.1.0/24", action="pass"))
    assert HostNetwork(rules=rules, allow=("192.168.1.0/24",)).rules == rules


@pytest.mark.parametrize("name", ["broker", "broker.example", "wizfi-emu_echo_1", "127.example"])
def test_a_host_name_is_taken_when_it_is_allowed(name: str) -> None:
    assert is_host_name(name)
    rule = HostRule("10.0.0.5", host=name)
    assert HostNetwork((rule,), allow=(name,)).rules == (rule,)
    with pytest.raises(ValueError, match=f"rules: {name} is outside of this machine, so allow must name it"):
        HostNetwork((rule,))


@pytest.mark.parametrize("text", ["", "127.0.0.1", "127.0.0.0/8", "1.2.3", "a b", "a..b", "[::1]", "a:80"])
def test_what_is_no_host_name(text: str) -> None:
    assert not is_host_name(text)
