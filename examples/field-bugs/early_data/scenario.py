"""The peer asks and closes at once: the answer finds no connection. The module has to stay in its network."""

from stage import Stage

FINDING = "left the network"


def play(stage: Stage) -> None:
    """See above."""
    stage.start_host()
    peer = stage.accept()
    peer.sendall(b"?")
    peer.close()
    stage.host_succeeds()
    assert stage.module.state.wifi.state == "station", "the module left the network"
