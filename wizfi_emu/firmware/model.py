"""What differs between the programmer's guide and the firmware versions, as one frozen record.

The machine never asks for a version; it asks for a switch: ``firmware.smgmt_header``, not ``version == "1.0.5.2"``.
The values live in ``profiles/firmware/*.yaml``; `differences.yaml` beside them ties the switches to the table of known
differences between guide and firmware 1.0.5.2.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from wizfi_emu.bounds import Millis, VersionText, form

SOCKET_OPTIONS = 9
Version = tuple[int, int, int, int]


def parse_version(text: str) -> Version:
    """``"1.0.5.2"`` as a tuple that compares. Raises ValueError for anything but four decimal numbers."""
    parts = tuple(int(part) for part in text.split("."))
    if len(parts) != 4:
        raise ValueError(f"{text!r} is not a version of four numbers")
    return parts[0], parts[1], parts[2], parts[3]


class Firmware(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One personality. Every field is a named switch; a personality without a value for each is an error."""

    name: str
    description: str
    version: VersionText
    """Version text of the banner, AT+MINFO and the profile's version check."""
    hardware: str
    """Hardware text of AT+MINFO."""
    command_level: VersionText
    """Version whose command set is known; words that came later are unknown."""

    # --- interface and interpreter ----------------------------------------------------------------------------------
    auto_interface: bool
    """The first byte after a boot with interface "auto" stores its port, saves and resets (D-01)."""
    spi_sync: Literal["data", "code"]
    """What SPI's SYNC is answered with: the data bytes F1 02, without DATA_READY, or the code."""
    blank_address_is_absent: bool
    """A parameter of blanks counts as absent in AT+SCON's addresses and ports (D-02)."""
    late_events_level: Annotated[int, Meta(ge=1, le=3)]
    """AT+MMSG level that DISCONNECT, LISTEN and link events need (D-03)."""
    response_level: Annotated[int, Meta(ge=1, le=2)]
    """AT+MMSG level that the data lines of queries, prompts and other texts need (D-03)."""
    required_parameters_checked: bool
    """What the guide requires may not be absent: see D-61 for the commands."""
    bare_tbd_commands: bool
    """AT+MCSTGPIO and AT+FWEBSOPT without parameters answer OK (D-39)."""
    mhelp_complete: bool
    """AT+MHELP lists the commands too that firmware 1.0.5.2 leaves out of its list (D-71)."""

    # --- modes ------------------------------------------------------------------------------------------------------
    escape_time_at_once: bool
    """AT+SOPT1=10 acts at once; otherwise after AT+MPROF=S and a reset (D-05)."""
    sdata_without_session: Literal["ERROR", "MODE_STATUS"]
    """Response of AT+SDATA when no data-mode session exists (D-06)."""
    ssend_timeout_us_per_byte: Annotated[int, Meta(ge=0, le=1_000_000)]
    """What each byte adds to the 10 s default limit of AT+SSEND (D-08)."""
    ssend_length_checked: bool
    """AT+SSEND refuses lengths outside 1 to 100,000,000 (D-32)."""
    ssend_tries: Annotated[int, Meta(ge=1, le=3)]
    """How often AT+SSEND tries a transmission that fails; AT+FSOCK=1 limits each try (D-72)."""
    ssend_moves_client_peer: bool
    """An address in AT+SSEND becomes the peer of a UDP client for good (D-10)."""
    sform_upper_case: bool
    """The hexadecimal digits of AT+SFORM=? and AT+MPROF are capitals (D-65)."""
    sform_repeats_header: bool
    """SFORM flag 8 = 0 prints the header again after the data (D-09)."""
    udp_data_mode: bool
    """A UDP socket with DataMode 1 enters data mode on opening (D-47)."""
    data_mode_on_opening: bool
    """DataMode 1 switches when the socket is opened, not when it is connected (before 1.0.4.2)."""
    unsent_udp_data_is_error: bool
    """Data-mode bytes of a UDP server without a peer give ERROR; otherwise they are dropped."""

    # --- sockets ----------------------------------------------------------------------------------------------------
    connect_before_ok: bool
    """CONNECT and DISCONNECT that come while AT+SCON waits are printed before its OK (D-12)."""
    equal_local_ports: bool
    """A local port that is in use is not refused by AT+SCON (D-11)."""
    air_port_checked: bool
    """AT+MAIRCMD=O and AT+SCON refuse the local port that the other one uses (D-11)."""
    udp_secure_types: bool
    """AT+SCON takes USS and UCS (D-64)."""
    scon_once_registers: bool
    """Open type O replaces the registration too (D-14)."""
    so_udp_server_opens_at_boot: bool
    """A registration SO,USN without a remote address opens after link-up (D-59)."""
    random_client_ports: bool
    """TCP clients without a local port count up from a random one; otherwise the stack chooses (since 1.0.3.6)."""
    smgmt_header: str
    """The text in brackets of AT+SMGMT=? (D-15)."""
    smgmt_unknown_udp_port: str
    """How AT+SMGMT=? prints the port of a UDP server without a peer (D-15)."""
    wrong_scid: Literal["INVALID_SCID", "INVALID_INPUT"]
    """Response to the number of a socket that is not open (D-31)."""
    fsock_options: tuple[Annotated[int, Meta(ge=1, le=SOCKET_OPTIONS)], ...]
    """Option numbers that AT+FSOCK knows."""
    fsock_shown: Annotated[int, Meta(ge=0, le=SOCKET_OPTIONS)]
    """How many options AT+FSOCK=? shows, from 1 (D-13)."""
    idle_resets: bool
    """FSOCK option 6 resets the module instead of opening the service again (before 1.0.3.7)."""
    s_udp_server_opens: bool
    """A registration S,USN opens after link-up (since 1.0.3.5)."""
    background_waits_for_silence: bool
    """Deferred actions run in the command task, when the serial line has been silent (since 1.0.1.6)."""
    debug_errors: bool
    """AT+MMSG=3 prints the free-text lines of firmware 1.0.5.2 that are known (D-70)."""

    # --- link -------------------------------------------------------------------------------------------------------
    wset_station_raw: bool
    """AT+WSET=0 takes the rest of the line as the SSID (D-24)."""
    wsec_key_raw: bool
    """AT+WSEC takes the rest of the line as the key (D-25)."""
    wset_ap_bssid_checked: bool
    """The BSSID of AT+WSET=1, which has no use, has to be one all the same (D-63)."""
    wsec_hex_groups: bool
    """AT+WSEC=? and AT+MPROF print a blank behind each byte of a hexadecimal key, and AT+WSEC=? 0 for OPEN (D-66)."""
    wsec_key_ends_at_zero: bool
    """A WPA key that was given to AT+WSEC in hex digits is stored up to its first zero byte (D-52)."""
    wset_compares_bssid_octets: Annotated[int, Meta(ge=0, le=6)]
    """How many octets of the BSSID count when WSET decides whether flash changes."""
    already_associated: str
    """What AT+WJOIN prints when the station is associated, lines split by \\n (D-17)."""
    already_started: str
    """What AT+WJOIN prints when the access point runs, lines split by \\n (D-17)."""
    ap_joining_line: bool
    """AT+WJOIN in AP mode prints a Joining line (D-18)."""
    ap_led_on_station: bool
    """LED1 in AP mode is lit while a station is associated; otherwise while the AP runs (D-19)."""
    esc_aborts_join: bool
    """An ESC before an attempt aborts the join (since 1.0.1.1)."""
    wep_shared_key: bool
    """WEP is tried with shared-key authentication too (since 1.0.1.8)."""
    wscan_header: str
    """Header of AT+WSCAN (D-23)."""
    want_shows_chip: bool
    """AT+WANT=? shows the chip's value in brackets (D-28)."""
    wcheck_values: Annotated[int, Meta(ge=1, le=4)]
    """How many values AT+WCHECK takes and shows, 3 or 4 (D-20)."""
    wcheck_action: Literal["REJOIN", "REJOIN_SERVICE", "RESET"]
    """What WCHECK does when too many pings time out (D-20).

    It resets, or leaves and joins again; with REJOIN_SERVICE it leaves, and joins if a service is registered.
    """
    wcheck_limit_tolerated: bool
    """WCHECK acts when more pings time out than its limit; otherwise when as many do (D-68)."""
    wcheck_resets_until_associated: bool
    """WCHECK also resets a module with a service that is not associated (since 1.0.3.5)."""
    wcheck_zero_still_resets: bool
    """AT+WCHECK=0 leaves the check for association running every second."""
    wps_joins: bool
    """AT+WWPS joins after it got the credentials (D-26)."""
    wps_pin_limit: Annotated[int, Meta(ge=8, le=9)]
    """The longest PIN of AT+WWPS that is tried."""
    p2p_fail_event: bool
    """A failed Wi-Fi Direct join prints [P2P Fail Event] (D-60)."""
    p2p_stop_ends_link: bool
    """AT+WP2P_STOP closes the sockets and ends the link of a Wi-Fi Direct group (D-76)."""
    p2p_list_descending: bool
    """AT+WP2P_PEERLIST lists with a leading blank, highest index first (D-29)."""
    air_service_on_link_up: bool
    """AT+MAIRCMD=S starts at link-up; otherwise at boot together with a socket service (D-16)."""
    air_service_of_booted_ap: bool
    """A boot into AP mode starts air commands on TCP port 50001 (D-73)."""
    wreg_iso_3166: bool
    """AT+WREG takes every country of ISO 3166-1; otherwise those that firmware 1.0.5.2 knows (D-67)."""

    # --- management and functions -----------------------------------------------------------------------------------
    query_line_end: bool
    """AT+SFORM=? and AT+MTXP=? end their line (D-33)."""
    factory_reset_keeps_settings: bool
    """AT+MFDEF and the FUNCTION pin keep some settings, such as name servers and antenna (D-69)."""
    mcustom_padded: bool
    """AT+MCUSTOM=? prints the factory's code with the four blanks behind it (D-75)."""
    mspi_option_required: bool
    """AT+MSPI=0 and =2 need the SPI option; otherwise it stays as it is (D-62)."""
    mprof_gpio_line: bool
    """AT+MPROF=VD and VG end with a +FGPIO line (D-22)."""
    mmcups_minimum_ms: Millis
    """Shortest sleep of AT+MMCUPS (D-36)."""
    mmcups_timeout_required: bool
    """AT+MMCUPS=0 needs its second parameter too (D-36)."""
    mwifips_maximum_ms: Millis
    """Longest delay of AT+MWIFIPS (D-37)."""
    mwifips_keeps_refused_state: bool
    """AT+MWIFIPS that the stack refuses has changed the status all the same."""
    mcert_reads_key: bool
    """AT+MCERT=R,R prints the private key."""
    mcert_root_ca: bool
    """AT+MCERT knows the root CA (since 1.0.0.5)."""
    setup_backup: bool
    """AT+MEXT1=11 puts the settings from before a button's AP session back (since 1.0.4.6)."""
    ota_checks_image: bool
    """The update server refuses files that cannot be an application, and uploads over one that was not deleted."""
    web_login_prefix: bool
    """The web pages take the beginning of user and password for the whole, and do not check what is missing."""
    web_input_gpio_config: Annotated[int, Meta(ge=0, le=2)]
    """The AT+FGPIO configuration, 0 to 2, of a GPIO that the web page makes an input."""
    gpio_config_checked: bool
    """AT+FGPIO=2 refuses configuration values above 5."""
    fdns_timeout_checked: bool
    """AT+FDNS refuses time limits outside 1,000 to 1,000,000 ms (D-74)."""
    fping_minimum: Annotated[int, Meta(ge=0, le=50)]
    """Smallest count of AT+FPING (D-40)."""
    fping_reply: Annotated[str, form(r"[^{}]*(?:\{(?::[0-9]?d)?\}[^{}]*)?", "a text with one {} at most")]
    """Format of a ping reply; ``{}`` is the time in ms (D-40)."""
