"""The pins that can be driven from outside, and how much and how long anything is done with them."""

PINS = ("boot", "function", "gpio1", "gpio5", "gpio6", "gpio7", "gpio8")
"""What can be driven from outside."""

BOOT_PINS = ("boot", "function")
"""What is looked at when the module starts."""

HOLD_MS = 3500
"""How long a pin is held at power-on unless told otherwise: the boot loader wants BOOT low for 3 s, and looks at
FUNCTION after them."""

HOLD_MS_MAX = 3_600_000

PRESS_MS = GAP_MS = 120
"""FUNCTION down and up again (guide: 100 to 200 ms each); a little more than the 100 ms between two looks at it."""

PRESSES_MAX = 20

SEEN_PINS = ("led1", "led2", "data_ready", "gpio1", "gpio5", "gpio6", "gpio7", "gpio8")
"""What can be looked at from outside."""

TIMES_MAX = 10_000
"""How often one step repeats its text at most."""

OFF_MS = 100
"""How long the power is off when it is switched off and on."""

ADC_MAX = 4095

WITHIN_S = 5.0
"""How long an expectation waits unless it says otherwise."""
