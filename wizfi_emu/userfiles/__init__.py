"""YAML files that people write or that come with the program: found, read into structs, explained when wrong."""

from wizfi_emu.userfiles.files import SUFFIX, beside, find, is_path, names, read

__all__ = ["SUFFIX", "beside", "find", "is_path", "names", "read"]
