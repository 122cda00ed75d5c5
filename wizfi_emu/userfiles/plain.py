"""Structs as the text of a file that gives them again: without what has its default, with secrets as they are."""

from collections.abc import Mapping

import msgspec
import yaml

WIDTH = 110


def as_yaml(struct: msgspec.Struct) -> str:
    """The text of a file."""
    text: str = yaml.safe_dump(plain(struct), sort_keys=False, width=WIDTH, allow_unicode=False)
    return text


def plain(value: object) -> object:
    """Mappings, lists and scalars. A struct has its tag first, and no key that says what is so anyway."""
    if isinstance(value, msgspec.Struct):
        config = value.__struct_config__
        tag = {config.tag_field: config.tag} if config.tag_field is not None else {}
        given = {
            field.encode_name: plain(getattr(value, field.name))
            for field in msgspec.structs.fields(value)
            if getattr(value, field.name) != _default(field)
        }
        return {**tag, **given}
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _default(field: msgspec.structs.FieldInfo) -> object:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default
