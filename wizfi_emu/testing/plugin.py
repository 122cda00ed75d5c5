"""The pytest plugin: virtual modules as fixtures. Installed with the program; nothing is imported until one is used.

=====================  =============================================================================================
fixture                what it is
=====================  =============================================================================================
``wizfi``              a running module (`wizfi_emu.testing.running.RunningModule`) with power on
``wizfi_peers``        makes peers of that module: ``wizfi_peers.echo()`` (`wizfi_emu.testing.peers.Peers`)
``wizfi_factory``      makes more of them: ``wizfi_factory(firmware="1.0.5.2", timing="fast")``
``wizfi_world``        the world of all these: ``demo``; override it in a ``conftest.py`` or a test file
``wizfi_virtual``      a module in virtual time, its host is the test itself (`wizfi_emu.testing.virtual.VirtualModule`)
``wizfi_lockstep``     a module in one virtual time with the test and the driver under test, which use pyserial and
                       ``time`` as they are (`wizfi_emu.testing.lockstep.LockstepBench`)
=====================  =============================================================================================

Each module has a host address, a device and a flash of its own, so tests run in parallel (pytest-xdist). Options of one
test: ``@pytest.mark.wizfi(firmware="1.0.5.2", switches=("connect_before_ok=false",))``. When a test fails, its report
shows what happened last on the serial line and around it, and the recording of each module is kept. Files named
``*.scenario.yaml`` are tests too.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from wizfi_emu.testing.lockstep import LockstepBench
    from wizfi_emu.testing.peers import Peers
    from wizfi_emu.testing.running import RunningModule
    from wizfi_emu.testing.virtual import VirtualModule

SHOWN_LINES = 40
VIRTUAL_OPTIONS = ("firmware", "switches")
LOCKSTEP_OPTIONS = ("firmware", "switches", "timing", "seed", "limit_s")
_MODULES: pytest.StashKey[list[RunningModule]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where recordings of failed tests go."""
    parser.getgroup("wizfi-emu").addoption(
        "--wizfi-artifacts",
        metavar="DIR",
        type=Path,
        help="directory for the recordings of failed tests (default: in pytest's cache)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "wizfi(**options): options of this test's virtual modules, as in RunOptions")


@pytest.fixture
def wizfi_world() -> str:
    """The world of the modules: a name, or the path of a YAML file."""
    return "demo"


@pytest.fixture
def wizfi_factory(
    request: pytest.FixtureRequest, wizfi_world: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., RunningModule]]:
    """Makes running modules; they end with the test. Keyword arguments are the fields of ``RunOptions``."""
    from wizfi_emu.device.options import RunOptions
    from wizfi_emu.testing.running import own_host_address, running

    modules = request.node.stash.setdefault(_MODULES, [])
    scratch = tmp_path_factory.mktemp("wizfi")
    marked = _marked_options(request.node, _names_of_run())

    with ExitStack() as stack:

        def make(**options: object) -> RunningModule:
            defaults = RunOptions(
                world=wizfi_world,
                flash=":memory:",
                host_address=own_host_address(),
                record=scratch / f"module-{len(modules)}.jsonl",
            )
            _check_options(options, _names_of_run(), "wizfi_factory")
            chosen: Any = marked | options  # values are checked where they are used
            module = stack.enter_context(running(replace(defaults, **chosen)))
            modules.append(module)
            return module

        yield make


@pytest.fixture
def wizfi(wizfi_factory: Callable[..., RunningModule]) -> RunningModule:
    """A running module with power on."""
    return wizfi_factory()


@pytest.fixture
def wizfi_peers(wizfi: RunningModule) -> Peers:
    """Makes peers in the network of ``wizfi``; they end with it."""
    return wizfi.peers


@pytest.fixture
def wizfi_virtual(request: pytest.FixtureRequest, wizfi_world: str) -> VirtualModule:
    """A module in virtual time, with power on: hours pass in milliseconds, and every run is the same."""
    from wizfi_emu.air.load import load_world
    from wizfi_emu.firmware.load import load_firmware, with_switches
    from wizfi_emu.testing.virtual import VirtualModule

    options = _marked_options(request.node, VIRTUAL_OPTIONS)
    firmware = with_switches(load_firmware(options.get("firmware", "guide")), options.get("switches", ()))
    return VirtualModule(firmware, load_world(wizfi_world))


@pytest.fixture
def wizfi_lockstep(request: pytest.FixtureRequest, wizfi_world: str) -> Iterator[LockstepBench]:
    """A module in lockstep with the test: ``time``, ``threading`` and pyserial go by one virtual time with it."""
    from wizfi_emu.testing.lockstep import lockstep

    with lockstep(wizfi_world, **_marked_options(request.node, LOCKSTEP_OPTIONS)) as bench:
        yield bench


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Scenario files are tests."""
    if not file_path.name.endswith(".scenario.yaml"):
        return None
    from wizfi_emu.testing.scenarios import ScenarioFile

    return ScenarioFile.from_parent(parent, path=file_path)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Add the serial line to the report of a test that failed, and keep the recordings."""
    report: Any = yield
    if report.when == "call" and report.failed:
        modules: list[RunningModule] = item.stash.get(_MODULES, [])
        for number, module in enumerate(modules):
            text = "\n".join(module.excerpt(SHOWN_LINES))
            kept = _keep_recording(item, module.options.record, number)
            report.sections.append((f"what happened last to {module.port}", f"{text}\n{kept}".strip()))
        if (record := getattr(item, "record", None)) is not None and (kept := _keep_recording(item, record, 0)):
            report.sections.append(("scenario", kept))
    return report  # type: ignore[no-any-return]  # pytest's own object, passed on


def _marked_options(node: pytest.Item, known: Collection[str]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for mark in reversed(list(node.iter_markers("wizfi"))):
        if mark.args:
            raise pytest.UsageError(
                f"{node.nodeid}: the marker wizfi takes options by name, such as wizfi(firmware={mark.args[0]!r})"
            )
        options |= mark.kwargs
    _check_options(options, known, node.nodeid)
    return options


def _check_options(options: Collection[str], known: Collection[str], who: str) -> None:
    from wizfi_emu.readable import did_you_mean

    for name in options:
        if name not in known:
            expected = f"expected one of {', '.join(sorted(known))}"
            raise pytest.UsageError(f"{who}: there is no option {name!r}; {expected}{did_you_mean(name, known)}")


def _names_of_run() -> list[str]:
    from wizfi_emu.device.options import RunOptions

    return [field.name for field in fields(RunOptions)]


def _keep_recording(item: pytest.Item, source: Path | None, number: int) -> str:
    """Copy a recording to where it survives; in words where that is."""
    if source is None or not source.exists():
        return ""
    directory = item.config.getoption("--wizfi-artifacts")
    if directory is None:
        cache = getattr(item.config, "cache", None)
        if cache is None:
            return ""
        directory = cache.mkdir("wizfi")
    directory.mkdir(parents=True, exist_ok=True)
    name = "".join(letter if letter.isalnum() or letter in "-._" else "_" for letter in item.nodeid)
    target = directory / f"{name}-{number}.jsonl"
    shutil.copyfile(source, target)
    return f"recording: {target}\nwizfi-emu report {target} -o {target.with_suffix('.html')}"
