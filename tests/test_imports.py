"""Who may import whom, what the pure rooms may use at all, and no circles. The list of the design, as a test."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

SOURCE = Path(__file__).parent.parent / "wizfi_emu"

ROOMS = {path.stem for path in SOURCE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()} - {
    "__init__",
    "__main__",
}

MACHINE = {"at", "boot", "profile", "firmware", "module", "commands"}
LEAVES = {"bounds", "secret", "readable", "patterns", "streams"}
"""What every room may use."""
LOADER = {"errors", "userfiles"}
EDGE = {"module.events", "module.effects", "air", "timing", *LOADER}

# What a room may import beside itself: a room, or one file of it.
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "bounds": set(),
    "secret": set(),
    "readable": set(),
    "patterns": set(),
    "streams": {"patterns"},
    "userfiles": {"errors"},
    "timing": LOADER,
    "at": {"profile.fields"},
    "boot": set(),
    "profile": set(),
    "profile.flashfile": {"errors"},
    "profile.flashlock": {"errors", "portable"},
    "portable": {"errors"},
    "firmware": {"at", "profile"},
    "firmware.load": {"at", "profile", *LOADER},
    "firmware.differences": {"at", "profile", *LOADER},
    "module": {"agenda", "at", "boot", "profile", "firmware", "web"},
    "commands": {"at", "profile", "firmware", "module"},
    "factory": {*MACHINE, "web"},
    "air": {"errors", "module.events", "module.effects"},
    "air.load": LOADER,
    "net": {*EDGE, "listening", "web.dns"},
    "serial": {*EDGE, "listening", "portable"},
    "listening": {"errors"},
    "spi": {*EDGE, "listening", "module", "serial"},
    "web": set(),
    "agenda": set(),
    "stages": {*EDGE, "agenda", "module"},
    "faults": {"errors", "module.events", "module.effects", "module.ports", "agenda", "stages", "streams"},
    "worlds": {*EDGE, "module", "profile", "agenda", "stages", "net"},
    "run": {*EDGE, "module", "profile", "agenda", "stages", "worlds", "serial", "spi"},
    "calibrate": {*MACHINE, "air", "errors", "timing"},
    "calibrate.load": {*LOADER, *MACHINE},
    "calibrate.bench": {*MACHINE, "air", "factory", "run", "timing", "worlds"},
    "calibrate.learn": {*MACHINE, "timing"},
    "calibrate.port": {"errors"},
    "calibrate.hostpeer": {"errors", "listening"},
    "actions": {"errors", "faults", "module", "recording.redaction", "userfiles.bykey"},
    "audit": ROOMS - {"cli", "testing", "campaign"},
    "control": {*EDGE, "actions", "portable", "faults", "listening", "module.ports", "recording.words", "stages.notes"},
    "control.api": {*EDGE, "actions", "faults", "recording.format", "recording.report.page"},
    "control.faultkinds": {"faults", "userfiles.schema"},
    "recording": {*MACHINE, "errors", "web", "factory", "stages"},
    "recording.files": {"errors", "portable"},
    "recording.answers": {*MACHINE, "lint"},
    "recording.bands": {*MACHINE, "factory", "faults.model", "stages.notes"},
    "recording.pcap.export": {"module", "net.addresses", "stages.notes"},
    "recording.pcap.packets": {"net.addresses"},
    "recording.playback.bisect": MACHINE,
    "recording.playback.compare": {*MACHINE, "errors", "factory", "run"},
    "recording.playback.world": {*MACHINE, "errors", "net.addresses", "stages", "worlds"},
    "lint": {"at", "module", "profile", "recording.format", "recording.show"},
    "properties": {"module.events", "module.effects", "lint"},
    "lockstep": {"errors", "agenda", "run", "module.spi"},
    "device": ROOMS - {"cli", "testing", "scenario", "lockstep", "explore", "campaign"},
    "scenario": ROOMS - {"cli", "testing", "explore", "campaign"},
    "explore": ROOMS - {"cli", "testing", "campaign"},
    "campaign": ROOMS - {"cli", "testing"},
    "cli": ROOMS - {"testing"},
    "testing": ROOMS - {"cli"},
    "__init__": set(),
    "__main__": {"cli"},
}

PURE = {
    *MACHINE,
    *LEAVES,
    "actions",
    "air",
    "calibrate",
    "faults",
    "errors",
    "lint",
    "properties",
    "recording",
    "web",
    "worlds",
}
EDGES_IN_PURE_ROOMS = {
    "profile.flashfile",
    "profile.flashlock",
    "firmware.load",
    "firmware.differences",
    "air.load",
    "factory",
    "calibrate.bench",
    "calibrate.dryrun",
    "calibrate.hostpeer",
    "calibrate.learn",
    "calibrate.load",
    "calibrate.port",
    "run.device",
    "worlds.host",
    # A machine needs files of the program, and so does whatever replays on one.
    "recording.bands",
    "recording.files",
    "recording.pcap.export",
    "recording.perfetto",
    "recording.recorder",
    "recording.replay",
    "recording.playback.bisect",
    "recording.playback.compare",
    "recording.report.page",
    "recording.report.timeline",
}

# Everything that the pure rooms use of the outside: no clock, no chance, no files, no network, no logging.
PURE_IMPORTS = {
    "__future__",
    "abc",
    "binascii",
    "bisect",
    "collections",
    "copy",
    "csv",
    "dataclasses",
    "difflib",
    "enum",
    "functools",
    "heapq",
    "html",
    "io",
    "ipaddress",
    "itertools",
    "json",
    "math",
    "msgspec",
    "operator",
    "re",
    "re2",
    "statistics",
    "string",
    "struct",
    "types",
    "typing",
    "xml",
    "zlib",
}
IMPURE_CALLS = {"open", "print", "input", "eval", "exec", "compile", "__import__", "breakpoint"}


FILES = sorted(SOURCE.rglob("*.py"))


class Import(NamedTuple):
    """One imported name, with its whole path: ``wizfi_emu.module.events.Event`` or ``os.path``."""

    name: str
    line: int
    only_for_types: bool


def find_imports(tree: ast.AST, package: str, only_for_types: bool = False) -> Iterator[Import]:
    """All imports below a node, wherever they stand; relative ones are resolved against the package."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.Import(names=names):
                yield from (Import(name.name, node.lineno, only_for_types) for name in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                parents = package.split(".")[: len(package.split(".")) - level + 1] if level else []
                base = ".".join([*parents, *([module] if module else [])])
                yield from (Import(f"{base}.{name.name}", node.lineno, only_for_types) for name in names)
            case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"), body=body):
                for statement in body:
                    wrapper = ast.Module(body=[statement], type_ignores=[])
                    yield from find_imports(wrapper, package, only_for_types=True)
                for statement in node.orelse:
                    yield from find_imports(ast.Module(body=[statement], type_ignores=[]), package, only_for_types)
            case _:
                yield from find_imports(node, package, only_for_types)


def module_of(path: Path) -> str:
    """``profile.flashfile`` for wizfi_emu/profile/flashfile.py, ``profile`` for its ``__init__``."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def is_below(name: str, parents: set[str]) -> bool:
    return any(name == parent or name.startswith(parent + ".") for parent in parents)


def violations(module: str, source: str, *, is_package: bool = False) -> list[str]:
    """What a file breaks of the rules, one line each.

    Imports for type checkers count for the direction (they are what the reader has to know), not for the purity (they
    do nothing when the program runs).
    """
    room = module.split(".")[0]
    allowed = ALLOWED.get(module, ALLOWED[room]) | {room} | (LEAVES if room not in LEAVES else {"secret"})
    pure = room in PURE and module not in EDGES_IN_PURE_ROOMS
    full_name = f"wizfi_emu.{module}"
    package = full_name if is_package else full_name.rpartition(".")[0]
    tree = ast.parse(source)
    found = []
    for item in find_imports(tree, package):
        ours = item.name.removeprefix("wizfi_emu.")
        if ours != item.name:
            if not is_below(ours, allowed) or (pure and is_below(ours, EDGES_IN_PURE_ROOMS)):
                found.append(f"line {item.line}: {module} must not import {ours}")
        elif pure and not item.only_for_types and item.name.split(".")[0] not in PURE_IMPORTS:
            found.append(f"line {item.line}: {module} is pure and must not import {item.name}")
    if pure:
        found += [
            f"line {node.lineno}: {module} is pure and must not call {node.func.id}()"
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS
        ]
    return found


# --- circles ----------------------------------------------------------------------------------------------------------

KNOWN_CIRCLES: set[frozenset[str]] = set()
"""Files that need each other. A circle that is gone, or smaller, leaves this list too; none comes into it."""

Graph = dict[str, set[str]]
"""The files that each file imports, for type checkers and within functions too."""


def graph_of(sources: dict[str, tuple[str, bool]]) -> Graph:
    """The graph of files: name, and text and whether it is the ``__init__`` of a package."""
    graph: Graph = {}
    for module, (source, is_package) in sources.items():
        full_name = f"wizfi_emu.{module}"
        package = full_name if is_package else full_name.rpartition(".")[0]
        names = [item.name for item in find_imports(ast.parse(source), package)]
        graph[module] = {file for name in names if (file := file_behind(name, sources)) not in ("", module)}
    return graph


def file_behind(name: str, files: Container[str]) -> str:
    """The file that a name is imported from: ``module.events`` for ``wizfi_emu.module.events.Event``; "" for none."""
    name = name.removeprefix("wizfi_emu.") if name.startswith("wizfi_emu.") else ""
    while name and name not in files:
        name = name.rpartition(".")[0]
    return name


def circles(graph: Graph) -> set[frozenset[str]]:
    """Each set of files of which every one leads to every other one."""
    reached = {file: reach(graph, file) for file in graph}
    return {
        frozenset(other for other in reached[file] if file in reached[other]) for file in graph if file in reached[file]
    }


def reach(graph: Graph, start: str) -> set[str]:
    """The files that a file leads to; itself only when it lies on a circle."""
    found: set[str] = set()
    ahead = list(graph[start])
    while ahead:
        file = ahead.pop()
        if file not in found:
            found.add(file)
            ahead += graph[file]
    return found


def test_no_circles() -> None:
    sources = {module_of(path): (path.read_text(), path.name == "__init__.py") for path in FILES}
    assert circles(graph_of(sources)) == KNOWN_CIRCLES


@pytest.mark.parametrize(
    ("sources", "found"),
    [
        ({"a.x": "from wizfi_emu.a.y import Y", "a.y": ""}, []),
        ({"a.x": "from wizfi_emu.a.y import Y", "a.y": "from .x import X"}, [{"a.x", "a.y"}]),
        (
            {"a.x": "if TYPE_CHECKING:\n    from wizfi_emu.a.y import Y", "a.y": "import wizfi_emu.a.x"},
            [{"a.x", "a.y"}],
        ),
        ({"a.x": "def f():\n    from wizfi_emu.a import y", "a.y": "from wizfi_emu.a.x import X"}, [{"a.x", "a.y"}]),
        ({"x": "import wizfi_emu.y", "y": "import wizfi_emu.z", "z": "import wizfi_emu.x"}, [{"x", "y", "z"}]),
        ({"x": "import wizfi_emu.y", "y": "import wizfi_emu.z", "z": "import wizfi_emu.y"}, [{"y", "z"}]),
        ({"x": "import x, os.path", "y": "from wizfi_emu.gone import it"}, []),
    ],
)
def test_circles_are_found(sources: dict[str, str], found: list[set[str]]) -> None:
    graph = graph_of({module: (source, False) for module, source in sources.items()})
    assert circles(graph) == {frozenset(one) for one in found}


# --- who may import whom ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [pytest.param(path, id=module_of(path)) for path in FILES])
def test_imports(path: Path) -> None:
    assert violations(module_of(path), path.read_text(), is_package=path.name == "__init__.py") == []


def test_every_room_has_a_rule() -> None:
    assert ROOMS - set(ALLOWED) == set()


@pytest.mark.parametrize(
    ("module", "source", "found"),
    [
        ("at.escape", "import re\nfrom wizfi_emu.at.lines import Line\n", []),
        ("at.escape", "from wizfi_emu.module import events", ["line 1: at.escape must not import module.events"]),
        ("at.escape", "from ..module import events", ["line 1: at.escape must not import module.events"]),
        ("at.escape", "from .lines import Line", []),
        ("module.machine", "import wizfi_emu.commands.wifi", ["must not import commands.wifi"]),
        ("module.machine", "if TYPE_CHECKING:\n    from wizfi_emu.commands import T", ["must not import commands.T"]),
        ("module.machine", "if typing.TYPE_CHECKING:\n    from pathlib import Path", []),
        (
            "module.machine",
            "if x:\n    pass\nelse:\n    def f():\n        import time",
            ["pure and must not import time"],
        ),
        ("module.machine", "from os import path", ["pure and must not import os.path"]),
        ("module.machine", "data = open('x')", ["pure and must not call open()"]),
        ("commands.wifi", "from wizfi_emu.module.machine import Module", []),
        ("profile.image", "from wizfi_emu.errors import UserError", ["must not import errors.UserError"]),
        ("module.machine", "from wizfi_emu.profile.flashfile import X", ["must not import profile.flashfile.X"]),
        ("profile.flashfile", "import os\nfrom wizfi_emu.errors import UserError", []),
        ("air.world", "from wizfi_emu.module.machine import Module", ["must not import module.machine.Module"]),
        ("net.tcp", "import socket\nfrom wizfi_emu.module.events import Event", []),
        ("net.tcp", "from wizfi_emu.module import effects", []),
        ("net.tcp", "from wizfi_emu.module.machine import Module", ["must not import module.machine.Module"]),
        ("device.start", "from wizfi_emu.cli import main", ["must not import cli.main"]),
    ],
)
def test_the_test_itself(module: str, source: str, found: list[str]) -> None:
    result = violations(module, source)
    assert len(result) == len(found)
    assert all(expected in line for expected, line in zip(found, result, strict=True))
