"""Scenarios: a module, its world, its peers and its host in one file, with what happens to them and what is expected.

`model` is the file, `play` what its steps do; `live` plays them against a module with real sockets and a real serial
device, `virtual` in virtual time; `report` says how it went.
"""
