"""The server asks for the address, the lease changes, the server asks again."""

from stage import Stage

from wizfi_emu.air.world import Change, Dhcp

OPTIONS = {"world": "lease_change/world.yaml"}
FINDING = r"the peer got b'192\.168\.12\.10 "


def play(stage: Stage) -> None:
    """See above."""
    stage.start_host()
    peer = stage.accept()
    stage.module.expect(b"[CONNECT 0]\r\n")
    peer.sendall(b"?")
    stage.peer_gets(peer, b"192.168.12.10  ")
    change = Change(dhcp=Dhcp(start="192.168.12.50", lease_s=2))
    stage.module.run_sync(
        lambda device: device.schedule(device.radio.change_access_point("WizFiDemoAP", change, device.now_us))
    )
    stage.wait_for("UseAddress", times=2)
    peer.sendall(b"?")
    stage.peer_gets(peer, b"192.168.12.50  ")
    peer.close()
    stage.host_succeeds()
