"""Learns a real module over its serial line: probes in, the personality and the timing that fit its answers out.

The emulator is its own model: whatever a switch does to an answer is found by playing the probe on a virtual module
with each value, so that no rule about a switch stands here.
"""
