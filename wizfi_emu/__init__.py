"""A virtual WizFi250: the serial Wi-Fi module behind a pseudo-terminal."""

__version__ = "0.1.0"
