"""The table of differences is complete, and tied to the switches."""

from __future__ import annotations

from collections import Counter

from wizfi_emu.firmware.differences import Differences, changes, load_differences
from wizfi_emu.firmware.load import load_firmware, switch_names, with_switches

# Switches that stand for no row of the table of differences; the list may only grow with a reason in the data.
OTHERS = {
    "hardware",
    "wps_pin_limit",
    "command_level",
    "unsent_udp_data_is_error",
    "random_client_ports",
    "idle_resets",
    "wset_compares_bssid_octets",
    "esc_aborts_join",
    "wcheck_resets_until_associated",
    "wcheck_zero_still_resets",
    "mwifips_keeps_refused_state",
    "mcert_reads_key",
    "web_login_prefix",
    "web_input_gpio_config",
    "gpio_config_checked",
    "mcert_root_ca",
    "ota_checks_image",
    "wep_shared_key",
    "s_udp_server_opens",
    "setup_backup",
    "background_waits_for_silence",
    "spi_sync",
}


def test_every_row_is_there_once() -> None:
    rows = [row.id for row in load_differences().differences]
    assert rows == [f"D-{number:02}" for number in range(1, 83)]


def test_every_row_is_a_switch_or_a_decision_in_words() -> None:
    for row in load_differences().differences:
        assert row.topic, row.id
        assert row.decision.endswith("."), row.id


def test_every_switch_is_named_exactly_once_and_exists() -> None:
    table = load_differences()
    named = Counter(switch for row in table.differences for switch in row.switches)
    named.update(other.switch for other in table.others)
    assert {other.switch for other in table.others} == OTHERS
    assert set(named) == set(switch_names())
    assert max(named.values()) == 1


def test_a_row_without_a_switch_is_the_same_in_all_personalities() -> None:
    table = load_differences()
    assert [row.id for row in table.differences if not row.switches] == [
        f"D-{number:02}"
        for number in (
            4,
            7,
            21,
            27,
            30,
            34,
            35,
            38,
            41,
            42,
            44,
            45,
            48,
            49,
            50,
            51,
            53,
            54,
            55,
            56,
            57,
            58,
            *range(77, 83),
        )
    ]


def test_the_changes_between_two_personalities() -> None:
    guide = load_firmware("guide")
    table = load_differences()
    assert changes(guide, guide, table) == []
    other = with_switches(guide, ["esc_aborts_join=false", "fsock_shown=3", "connect_before_ok=true"])
    assert [change[0:3:2] + change[3:] for change in changes(guide, other, table)] == [
        ("D-12", "connect_before_ok", False, True),
        ("D-13", "fsock_shown", 8, 3),
        ("", "esc_aborts_join", True, False),
    ]
    assert changes(guide, other, table)[0].topic == "order of OK and CONNECT after AT+SCON"


def test_a_switch_that_the_table_does_not_know_is_shown_all_the_same() -> None:
    guide = load_firmware("guide")
    [change] = changes(guide, with_switches(guide, ["fsock_shown=3"]), Differences(differences=(), others=()))
    assert (change.row, change.switch, change.after) == ("", "fsock_shown", 3)
