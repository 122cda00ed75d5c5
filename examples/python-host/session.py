"""A session of the driver beside it, with data of 3000 bytes. usage: session.py DEVICE PEER-PORT"""

from __future__ import annotations

import sys

from wizfi_host import WizFi

DATA = bytes(range(250)) * 12

with WizFi(sys.argv[1]) as host:
    print("joined as", host.join("WizFiDemoAP", "12345678"))
    connection = host.connect("192.168.12.1", int(sys.argv[2]))
    host.send(connection, DATA)
    print("came back:", host.receive(connection, len(DATA)) == DATA)
