"""The pins that can be driven from outside, and how long they are held at the start."""

from __future__ import annotations

PINS = ("boot", "function", "gpio1", "gpio5", "gpio6", "gpio7", "gpio8")
"""What can be driven from outside."""

BOOT_PINS = ("boot", "function")
"""What is looked at when the module starts."""

HOLD_MS = 3500
"""How long a pin is held at power-on unless told otherwise: the boot loader wants BOOT low for 3 s, and looks at
FUNCTION after them."""
