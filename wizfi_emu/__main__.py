"""``python -m wizfi_emu`` is ``wizfi-emu``."""

from wizfi_emu.cli import main

main()
