"""The power fails for a moment while the flash is written. What counts is what the module knows after the next boot."""

import time

import serial
from stage import Stage

OPTIONS = {"timing": "brown_out/slow_flash.yaml", "boot": "on-open"}
FINDING = "the settings are not saved"


def play(stage: Stage) -> None:
    """See above."""
    module = stage.module
    stage.start_host()
    module.expect(b"AT+MPROF=S\r\n")
    time.sleep(0.1)  # the host has the echo, the flash is being written
    module.power_off()
    time.sleep(0.6)  # longer than the flash takes
    module.power_on()
    stage.host_succeeds()
    module.forget_output()
    module.power_cycle()
    module.expect(b"WizFi250 Version")
    with serial.Serial(module.port, 115200) as port:
        port.write(b"AT+WNET=?\r")
        saved = module.expect(b"[OK]\r\n")
    assert b"0,10.0.0.2,255.0.0.0,10.0.0.1" in saved, f"the settings are not saved: {saved!r}"
