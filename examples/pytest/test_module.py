import serial


def test_joins(wizfi):
    with serial.Serial(wizfi.port, 115200, timeout=5) as port:
        port.write(b"AT+WSET=0,WizFiDemoAP\rAT+WSEC=0,,12345678\rAT+WJOIN\r")
        answer = port.read_until(b"Gateway    : 192.168.12.1\r\n[OK]\r\n")
    assert b"Successfully joined : WizFiDemoAP" in answer
    assert wizfi.leds["led1"]
