from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec
import pytest

from wizfi_emu import userfiles
from wizfi_emu.errors import UserError
from wizfi_emu.userfiles.errors import explain
from wizfi_emu.userfiles.files import FILE_BYTES_MAX, _compose


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: int = 0


class Whole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    word: str = ""
    parts: tuple[Part, ...] = ()
    maybe: Part | None = None
    either: str | tuple[str, ...] | Part = ""
    neither: str | Part | None = None


class Circle(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="circle"):
    radius: int


class Square(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="square"):
    side: int
    word: Literal["big", "small"] = "big"


class Shapes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    shapes: tuple[Circle | Square, ...] = ()
    named: dict[str, Circle | Square] = {}
    maybe: Circle | Square | None = None


def read(tmp_path: Path, data: str | bytes) -> Whole:
    file = tmp_path / "f.yaml"
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    return userfiles.read(file, Whole)


def test_anchors_stand_for_what_they_name(tmp_path: Path) -> None:
    whole = read(tmp_path, "parts: [&a {number: 3}, *a]\nmaybe: *a")
    assert whole == Whole(parts=(Part(3), Part(3)), maybe=Part(3))


@pytest.mark.parametrize("text", ["", "# only a comment\n"])
def test_file_without_content_has_the_defaults(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == Whole()


@pytest.mark.parametrize("text", ["word: [", "word: a\n\tb: c", "word: *a", "word: a\n---\nword: b"])
def test_what_is_no_yaml_has_the_words_and_the_line_of_the_parser(tmp_path: Path, text: str) -> None:
    with pytest.raises(UserError, match=r"^\S+/f\.yaml:[123]: [^\n]+$"):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("word: a\nword: b", ":2: word: duplicate key"),
        ("{a: 1}: b", ":1: a key that is not plain text"),
        ("word: &a [*a]", ":1: recursive alias"),
        ("maybe: 3", ":1: maybe: expected a mapping, got '3'"),
        ("maybe:\n  number: x", ":2: maybe.number: expected a whole number, got 'x'"),
        ("maybe:\n  nummer: 1", ":2: maybe.nummer: no such key; expected number"),
        ("either:\n  nummer: 1", ":2: either.nummer: no such key; expected number"),
        ("either:\n  number: x", ":2: either.number: expected a whole number, got 'x'"),
        ("neither:\n  nummer: 1", ":2: neither.nummer: no such key; expected number"),
        ("neither: [1]", ":1: neither: expected text or a mapping, got a list"),
        ("parts:\n- number: 1\n- 2", ":3: parts[1]: expected a mapping, got '2'"),
    ],
)
def test_mistakes_have_file_and_line(tmp_path: Path, data: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        read(tmp_path, data)
    assert str(caught.value) == f"{tmp_path / 'f.yaml'}{message}"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("maybe:\n  kind: triangle", ":2: maybe.kind: expected circle or square, got 'triangle'"),
        ("maybe:\n  radius: 3", ":2: maybe: the key kind is missing"),
        ("shapes:\n- kind: square\n  radius: 3", ":3: shapes[0].radius: no such key; expected side or word"),
        ("shapes:\n- kind: circle\n  radius: x", ":3: shapes[0].radius: expected a whole number, got 'x'"),
        (
            "named:\n  a:\n    kind: square\n    side: 1\n    word: x",
            ":5: named[a].word: expected big or small, got 'x'",
        ),
    ],
)
def test_mistakes_in_one_of_several_kinds(tmp_path: Path, data: str, message: str) -> None:
    file = tmp_path / "f.yaml"
    file.write_text(data)
    with pytest.raises(UserError) as caught:
        userfiles.read(file, Shapes)
    assert str(caught.value) == f"{file}{message}"


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_depth_has_a_limit(tmp_path: Path, opening: str) -> None:
    with pytest.raises(UserError, match=r":1: more than 50 levels of nesting$"):
        read(tmp_path, opening * 100_000)


def test_depth_that_aliases_make_has_a_limit(tmp_path: Path) -> None:
    chain = "".join(f"k{number}: &a{number} [*a{number - 1}]\n" for number in range(1, 3000))
    with pytest.raises(UserError, match=r": more than 50 levels of nesting$"):
        read(tmp_path, "k0: &a0 []\n" + chain)


def test_what_aliases_repeat_has_a_limit(tmp_path: Path) -> None:
    laughs = "".join(f"k{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 10)}]\n" for number in range(1, 12))
    with pytest.raises(UserError, match=r": too many values after aliases are expanded$"):
        read(tmp_path, "k0: &a0 x\n" + laughs)
    with pytest.raises(UserError, match=r": too many values after aliases are expanded$"):
        read(tmp_path, f"k: &a {'x' * 1_000_000}\nl: [{', '.join(['*a'] * 40)}]")


def test_size_has_a_limit(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=rf": longer than {FILE_BYTES_MAX} bytes$"):
        read(tmp_path, "#" * (FILE_BYTES_MAX + 1))
    with pytest.raises(UserError, match=r"^/dev/zero: longer than"):
        userfiles.read(Path("/dev/zero"), Whole)


@pytest.mark.parametrize(
    "text",
    [
        f"maybe: {'x' * 100_000}",
        f"maybe: {{number: {'x' * 100_000}}}",
        f"maybe: {{number: {'1' * 100_000}}}",
        f"{'x' * 900}: 1",
        f"{'x' * 900}: 1\n{'x' * 900}: 1",
        '"a\\nb\\e[31m": 1',
        f"word: *{'x' * 100_000}",
    ],
)
def test_an_error_is_one_short_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(UserError) as caught:
        read(tmp_path, text)
    assert len(str(caught.value)) < 1100
    assert str(caught.value).isprintable()


def test_file_that_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^\S+/f\.yaml: [^\n]+$"):
        read(tmp_path, b"\xff\xfe\xff")


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        userfiles.read(tmp_path / "missing.yaml", Whole)
    assert str(caught.value) == f"{tmp_path / 'missing.yaml'}: cannot be read: No such file or directory"
    with pytest.raises(UserError, match="cannot be read: Is a directory"):
        userfiles.read(tmp_path, Whole)


def test_message_without_a_pattern_is_passed_on() -> None:
    assert explain("Something new", _compose(b"a: b"), Whole) == "1: Something new"


def test_names_and_paths() -> None:
    assert userfiles.find("worlds", "demo").name == "demo.yaml"
    assert userfiles.find("worlds", "some/where") == Path("some/where")
    assert userfiles.find("worlds", "here.yaml") == Path("here.yaml")
    assert userfiles.find("worlds", "here.yml") == Path("here.yml")
