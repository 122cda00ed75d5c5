"""A fault out of words that somebody has typed, checked as files are."""

from collections.abc import Mapping

import msgspec

from wizfi_emu.errors import UserError
from wizfi_emu.faults.model import Fault


def read_fault(body: Mapping[str, object]) -> Fault:
    """The fault of a mapping as in files: ``fault`` has its word, numbers may be texts.

    Raises UserError for a fault or a key that there is not, or a value that is wrong.
    """
    try:
        found: Fault = msgspec.convert(dict(body), Fault, strict=False)
    except msgspec.ValidationError as error:
        from wizfi_emu.userfiles.errors import explain_value  # only a wrong fault pays for the words

        raise UserError(f"fault {body['fault']}: {explain_value(str(error), dict(body), Fault)}") from None
    return found
