"""A virtual module as pytest-embedded's DUT: it needs no more than the module's device as --port."""


def test_join(dut):
    for command in ("AT+WSET=0,WizFiDemoAP", "AT+WSEC=0,,12345678", "AT+WJOIN"):
        dut.write(f"{command}\r")
        dut.expect_exact("[OK]", timeout=30)
