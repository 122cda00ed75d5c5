"""What a board's test asks: after a power cycle the module says its version, and answers."""


def test_banner_after_a_power_cycle(target):
    console = target.get_driver("SerialDriver")
    power = target.get_driver("ExternalPowerDriver")
    power.cycle()
    console.expect("WizFi250 Version", timeout=30)
    console.write(b"AT\r")
    console.expect(r"\[OK\]", timeout=10)
