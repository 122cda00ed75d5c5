"""The server is down for three seconds. The host may try five times."""

from stage import Stage

FINDING = "tried .* times in three seconds"


def play(stage: Stage) -> None:
    """See above."""
    stage.stop_listening()
    stage.start_host()
    stage.module.expect(b"Gateway    : 192.168.12.1\r\n[OK]\r\n")
    tried = stage.count("ConnectTcp", seconds=3)
    assert 0 < tried <= 5, f"the host tried {tried} times in three seconds"
