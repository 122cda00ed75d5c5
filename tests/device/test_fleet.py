"""Options of several modules: numbered copies of one, and fleet files."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizfi_emu.device.fleet import numbered, read_fleet
from wizfi_emu.device.options import RunOptions
from wizfi_emu.errors import UserError


def test_each_copy_has_its_own_of_everything() -> None:
    options = RunOptions(
        link=Path("/tmp/wizfi"),
        flash="board.bin",
        host_address="127.0.0.255",
        mac="00:08:DC:00:00:FF",
        serial="tcp://127.0.0.1:4000",
        control="unix:/tmp/control",
        record=Path("session.rec"),
        seed=7,
        firmware="1.0.5.2",
    )
    first, second = numbered(options, 2)
    assert first.link == Path("/tmp/wizfi.0")
    assert second == RunOptions(
        name="1",
        link=Path("/tmp/wizfi.1"),
        flash="board.bin.1",
        host_address="127.0.1.0",
        mac="00:08:DC:00:01:00",
        serial="tcp://127.0.0.1:4001",
        control="unix:/tmp/control.1",
        record=Path("session.rec.1"),
        seed=8,
        firmware="1.0.5.2",
    )


def test_what_the_system_chooses_stays_its_choice() -> None:
    options = RunOptions(flash=":memory:", serial="rfc2217://:0", control="auto")
    for one in numbered(options, 3):
        assert (one.flash, one.serial, one.control, one.link, one.record, one.seed) == (
            ":memory:",
            "rfc2217://:0",
            "auto",
            None,
            None,
            None,
        )


def test_serial_ports_follow_each_other_and_share_their_token() -> None:
    options = [one.serial for one in numbered(RunOptions(serial="tcp://:4000?token=a:1", flash=":memory:"), 2)]
    assert options == ["tcp://:4000?token=a:1", "tcp://:4001?token=a:1"]


def test_spi_lines_are_beside_each_other() -> None:
    """Over TCP each has two ports."""
    lines = [one.spi for one in numbered(RunOptions(flash=":memory:", spi="tcp://127.0.0.1:8000?mode=3"), 2)]
    assert lines == ["tcp://127.0.0.1:8000?mode=3", "tcp://127.0.0.1:8002?mode=3"]
    lines = [one.spi for one in numbered(RunOptions(flash=":memory:", spi="unix:/tmp/spi?order=lsb"), 2)]
    assert lines == ["unix:/tmp/spi.0?order=lsb", "unix:/tmp/spi.1?order=lsb"]
    assert [one.spi for one in numbered(RunOptions(flash=":memory:", spi="tcp://:0"), 2)] == ["tcp://:0"] * 2


def test_two_modules_of_a_fleet_have_two_spi_lines(tmp_path: Path) -> None:
    [module] = read_fleet(written(tmp_path, "modules: [{name: a, spi: 'unix:a.spi?mode=1'}]"))
    assert module.spi == f"unix:{tmp_path}/a.spi?mode=1"
    text = "modules: [{name: a, spi: 'unix:s'}, {name: b, spi: 'unix:s?mode=1'}]"
    with pytest.raises(UserError, match=r"modules\[1\]\.spi: a has unix:s already"):
        read_fleet(written(tmp_path, text))


def test_control_ports_follow_each_other() -> None:
    ports = [one.control for one in numbered(RunOptions(flash=":memory:", control="127.0.0.1:8000"), 3)]
    assert ports == ["127.0.0.1:8000", "127.0.0.1:8001", "127.0.0.1:8002"]
    assert [one.control for one in numbered(RunOptions(flash=":memory:"), 2)] == ["", ""]


def test_the_users_own_flash_has_a_file_for_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert [one.flash for one in numbered(RunOptions(), 2)] == [
        str(tmp_path / "wizfi-emu" / f"flash.bin.{number}") for number in range(2)
    ]
    assert (tmp_path / "wizfi-emu").is_dir()


def test_there_are_only_so_many_addresses() -> None:
    with pytest.raises(UserError, match=r"^--mac FF:FF:FF:FF:FF:FF: there are not enough addresses after it$"):
        numbered(RunOptions(flash=":memory:", mac="FF:FF:FF:FF:FF:FF"), 2)


@pytest.mark.parametrize(
    "options",
    [
        RunOptions(flash=":memory:", serial="tcp://127.0.0.1:65000?token=secret"),
        RunOptions(flash=":memory:", control="127.0.0.1:65000"),
    ],
)
def test_there_are_only_so_many_ports(options: RunOptions) -> None:
    assert len(numbered(options, 536)) == 536
    with pytest.raises(
        UserError, match=r"^(tcp://)?127\.0\.0\.1:65000: there are not enough ports after it; .* 65535$"
    ):
        numbered(options, 537)


FLEET = """
world: office
timing: fast
time_scale: 2
seed: 5
firmware: 1.0.5.2
modules:
  - name: gateway
    link: gateway.tty
    flash: gateway.bin
    control: unix:gateway.ctl
    record: gateway.rec
  - name: sensor
    firmware: mine.yaml
    switches: {connect_before_ok: true}
    serial: tcp://127.0.0.1:0
    mac: 00:08:dc:11:22:33
    host_address: 127.0.0.77
    boot: on-open
    control: auto
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "fleet.yaml"
    path.write_text(text)
    return path


def test_fleet_file(tmp_path: Path) -> None:
    gateway, sensor = read_fleet(written(tmp_path, FLEET))
    assert gateway == RunOptions(
        name="gateway",
        link=tmp_path / "gateway.tty",
        firmware="1.0.5.2",
        world="office",
        flash=str(tmp_path / "gateway.bin"),
        timing="fast",
        time_scale=2,
        mac="00:08:DC:25:00:01",
        seed=5,
        control=f"unix:{tmp_path}/gateway.ctl",
        record=tmp_path / "gateway.rec",
    )
    assert sensor == RunOptions(
        name="sensor",
        firmware=str(tmp_path / "mine.yaml"),
        switches=("connect_before_ok=true",),
        world="office",
        flash=":memory:",
        timing="fast",
        time_scale=2,
        boot="on-open",
        host_address="127.0.0.77",
        mac="00:08:DC:11:22:33",
        seed=6,
        serial="tcp://127.0.0.1:0",
        control="auto",
    )


def test_files_have_their_place_whatever_the_fleet_file_is_called_from(tmp_path: Path) -> None:
    path = written(tmp_path, "world: /else/where.yaml\nmodules: [{name: a, flash: /else/a.bin}]")
    [module] = read_fleet(path)
    assert (module.world, module.flash) == ("/else/where.yaml", "/else/a.bin")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("world: demo", ":1: the key modules is missing"),
        ("modules: []", ":1: modules: expected one at least"),
        ("modules: [{flash: a}]", ":1: modules[0]: the key name is missing"),
        ("modules: [{name: ''}]", ":1: modules[0].name: expected a word, got nothing"),
        (
            "modules:\n- name: a\n  mac: x",
            ":3: modules[0].mac: expected a MAC address such as 00:08:DC:AA:BB:01, got 'x'",
        ),
        (
            "modules:\n- name: a\n  host_address: 1.2.3",
            ":3: modules[0].host_address: expected an address such as 192.168.12.1, or a host name, got '1.2.3'",
        ),
        ("modules:\n- name: a\n  boot: later", ":3: modules[0].boot: expected now, on-open or every-open, got 'later'"),
        ("time_scale: 0\nmodules: [{name: a}]", ":1: time_scale: expected more than 0, got 0"),
        ("modules: [{name: a}, {name: a}]", ":1: modules[1].name: a has a already"),
        (
            "modules: [{name: a, host_address: 127.0.0.2}, {name: b}]",
            ":1: modules[1].host_address: a has 127.0.0.2 already",
        ),
        (
            "modules: [{name: a, mac: '00:08:DC:25:00:02'}, {name: b}]",
            ":1: modules[1].mac: a has 00:08:DC:25:00:02 already",
        ),
        ("modules:\n- {name: a, flash: /x}\n- {name: b, flash: /x}", ":3: modules[1].flash: a has /x already"),
    ],
)
def test_mistakes_of_a_fleet_file_are_named(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UserError) as caught:
        read_fleet(path)
    assert str(caught.value) == f"{path}{message}"
