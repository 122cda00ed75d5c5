"""AT+MHELP: the text of firmware 1.0.5.2, from the help texts of the command table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizfi_emu.at.responses import Response

if TYPE_CHECKING:
    from wizfi_emu.module.machine import Module

_NAME_COLUMNS = 15
_HEAD = ("Command", "Description & Usage", "")

# Name, description, usage; in the order of the firmware, which is not quite the order of recognition.
HELP = (
    ("WJOIN", "WiFi Association", ""),
    ("WLEAVE", "WiFi Disassociation", ""),
    ("WSCAN", "WiFi Scan", "=<SSID>,<BSSID>,<Channel>"),
    ("WSET2", "WiFi Configuration", "=? or =<WiFiMode>,<SSID>,<BSSID>,<Channel>"),
    ("WSET", "WiFi Configuration(Binary SSID)", "=? or =<WiFiMode>,<SSID>"),
    ("WSEC", "WiFi Security Configuration", "=? or =<WiFiMode>,<SecType>,<PreSharedKey>"),
    ("WNET", "Network Configuration", "=? or =<DHCP>,<IP>,<SN>,<GW>"),
    ("WSTAT", "Get Current WiFi Status", ""),
    ("WWPS", "WiFi WPS Association", "=<Mode>,<PinNum>"),
    ("WREG", "Country Configuration", "=? or =<Country>"),
    ("WADNS", "Add DNS Server", "=? or =<DNSServer1>,<DNSServer2>"),
    ("WANT", "Antenna Configuration", "=? or =<Antenna Type> (0:uFL,1:PA,3:Auto)"),
    ("WBGN", "WiFi 802.11bgn mode Configuration", "=? or =<mode> (0:bgn, 1:bg, 2:b)"),
    ("WCHECK", "Check WiFi Association", "=<Option>,<Value>"),
    ("SCON", "Socket Open/Connect", "=? or =<OpenTyp>,<SockTyp>,<R-IP>,<R-Port>,<L-Port>,<D-Mode>"),
    ("SMGMT", "Socket View/Close", "=? or =<SocketID>"),
    ("SSEND", "Send Data", "=<SocketID>,<RemoteIP>,<RemotePort>,<SendSize>"),
    ("SDATA", "Return to Data Mode", ""),
    ("SFORM", "Define Data Receive Header Form", "=? or =<Format>,<Start>,<Delim>,<End>,<Cls1>,<Cls2>"),
    ("SDNAME", "DomainName for AT+SCON(if Remote-IP is 0.0.0.0)", "=? or =<DomainName>"),
    ("MPROF", "Profile Management", "=<Action>"),
    ("MFDEF", "Factory Reset", "=FR"),
    ("MRESET", "Reset", ""),
    ("MMSG", "Set Message Print Level", "=? or =<Level>"),
    ("MMAC", "Set MAC Address", "=? or =<MAC>"),
    ("MINFO", "Get System Information", ""),
    ("MECHO", "Set/Get Echo Mode", "=? or =<Mode>"),
    ("MHELP", "Print Command Description and Usage", ""),
    ("MMCUPS", "ToDo", ""),
    (
        "MWIFIPS",
        "Wi-Fi Power Save Mode Enable/Disable",
        "=? or =<Action>,<Delay> (<Delay> can be used when set 2 of <Action> parameter",
    ),
    ("MTXP", "ToDo", ""),
    ("MCERT", "Certificate Management", "=<Read/Write>,<Type>"),
    ("USET", "UART Configuration", "=? or =<BR>,<Parity>,<WordL>,<StopB>,<FlowC>"),
    ("MSPI", "SPI Configuration", "=<STDIOmode>,<Rising/Falling Edge>,<Idle Low/High>,<MSB/LSB First>"),
    ("FPING", "PING Test", "=<RepeatCnt>,<TargetIP>"),
    ("FDNS", "DNS Query", "=<HostName>,<Timeout>"),
    ("FWEBS", "WEB Server Start/Stop", "=? or =<Action>,<Type>"),
    ("FWEBM", "WEB Server Menu", "=? or =Option"),
    ("FGETADC", "Get ADC value(GPIO5)", ""),
    ("FSOCK", "SOCKET Extension Option", "=<Option>,<Value>"),
    ("MAIRCMD", "Air Command Option", "=? or =<OpenTyp>,<Port>,<Option>"),
    ("WRFMODE", "RF Interference mode", "=? or =<mode> (0~4)"),
    ("MEVTMSG", "", "=0 or 1"),
    ("MEVTFORM", "Define Event Message Format", "=? or =<Format> (Format 0:no display, 1:full text, 2:code)"),
    ("MEVTDELAY", "Event Message Delay", "=? or =<delay> (10ms~1000ms)"),
    ("COWAYA", "ReSend Connect Event Message", "=? or =<time>,<check-data>"),
    (
        "GMMPSET",
        "GMMP Set Configuration",
        "=? or =<Mode>,<ServerIP>,<Port>,<DomainCode>,<GWAuthID>,<GWMFID>,<DeviceID>",
    ),
    ("GMMPDATA", "GMMP Delivery Data", "=? or =<Option>,<DeliveryData>"),
    ("GMMPOPT", "GMMP Option", "=? or =<Option>"),
    ("MQTTSET", "MQTT Set Configuration", "=? or =<user>,<Password>,<Client-ID>,<Alive>"),
    ("MQTTCON", "MQTT Status/Connect/Disconnect", "=? or =<1/0, Connect/Disconnect>,<IP>,<Port>,<1/0, SSL Enable>"),
    ("MQTTSUB", "MQTT Subscribe/Unsubscribe Topic", "=? or =<1/0, Subscribe/Unsubscribe><Topic>"),
    ("MQTTPUB", "MQTT Publish Topic", "=? or =<Topic><Message Length>"),
)


LEFT_OUT = (
    ("SOPT1", "Escape Sequence Timer", "=10,<Time>"),
    ("MCWUI", "Change WEB Server User Information", "=? or =<CurID>,<CurPW>,<NewID>,<NewPW>"),
    ("FGPIO", "GPIO Control", "=? or =<Action>,<GPIO>,<Value>"),
    ("FOTA", "Launch OTA Mode", ""),
    ("FWEBSOPT", "WEB Server Option", "=?,1 or =1,<Hidden>,<English>,<RSSI>"),
    ("WP2P_START", "Start WiFi Direct", ""),
    ("WP2P_STOP", "Stop WiFi Direct", ""),
    ("WP2P_PEERLIST", "Get WiFi Direct Peer List", ""),
    ("WP2P_INVITE", "Invite WiFi Direct Peer", "=<Peer ID>"),
    ("MCUSTOM", "Custom Code", "=? or =<Code>"),
    ("MCSTGPIO", "Custom GPIO Type", "=? or =<Type>"),
)
"""The guide's commands that the list of firmware 1.0.5.2 leaves out, with texts of our own."""


def show_help(module: Module, _text: bytes) -> Response:
    """AT+MHELP: the commands that this firmware knows."""
    known = module.known_words
    listed = HELP + LEFT_OUT if module.firmware.mhelp_complete else HELP
    for name, description, usage in (_HEAD, *((f"AT+{n}", d, u) for n, d, u in listed if n in known)):
        module.output.text(f"{name:<{_NAME_COLUMNS - 1}} {description}\r\n".encode())
        if usage:
            module.output.text(f"{'':<{_NAME_COLUMNS}}{usage}\r\n".encode())
    return Response.OK
