"""Fixtures of the system suite: $TELEMETRY_PACKAGE is installed in a Debian 12 that systemd boots in a container.

$TELEMETRY_SYSTEM_CACHE is where images.py keeps what is booted, $TELEMETRY_CONTAINERS begins the containers' names.
scripts/system-test sets all.
"""

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from e2e.support.preloaded import build_library
from e2e.system.container import Layers
from e2e.system.held_service_calls import HeldServiceCalls
from e2e.system.images import Images
from e2e.system.machine import COLLECTOR, Machine

_numbers = itertools.count()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-boot", action="store_true", help="system: leave out the tests that need a booted system")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--no-boot"):
        booting = [item for item in items if "boot" in item.fixturenames]
        config.hook.pytest_deselected(items=booting)
        items[:] = [item for item in items if item not in booting]


@pytest.fixture(scope="session")
def package() -> Path:
    """The package under test."""
    return Path(os.environ["TELEMETRY_PACKAGE"])


@pytest.fixture(scope="session")
def images() -> Images:
    return Images(Path(os.environ["TELEMETRY_SYSTEM_CACHE"]))


@pytest.fixture(scope="session")
def boot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Machine]]:
    """Boots systems on layers of file systems; all are gone at the end of the session at the latest."""
    machines: list[Machine] = []

    def boot(lower: list[Path]) -> Machine:
        number = next(_numbers)
        layers = Layers(lower, tmp_path_factory.mktemp("machine") / "layers")
        machine = Machine(f"{os.environ['TELEMETRY_CONTAINERS']}-{number}", layers)
        machines.append(machine)
        machine.boot()
        return machine

    yield boot
    for machine in machines:
        machine.remove()
        if machine.layers.directory.exists():
            machine.layers.remove()


@pytest.fixture(scope="session")
def bare_layers(images: Images, package: Path) -> list[Path]:
    """A Debian without the package, and what the package depends on to be installed."""
    return images.with_dependencies(package)


@pytest.fixture(scope="session")
def installed_layers(bare_layers, boot, package: Path, tmp_path_factory) -> list[Path]:
    """The same with the package installed."""
    machine = boot(bare_layers)
    machine.install(package)
    assert machine.state() == "active", machine.run("systemctl", "status", "telemetry-server", check=False).stdout
    # As Machine.install() says; the mask does not outlast the boot.
    machine.systemctl("unmask", "--runtime", COLLECTOR)
    machine.systemctl("disable", COLLECTOR)
    machine.power_off()
    machine.layers.unmount()
    installed = tmp_path_factory.mktemp("installed") / "layer"
    machine.layers.upper.rename(installed)
    shutil.rmtree(machine.layers.directory)
    return [installed, *bare_layers]


def _booted(boot, layers: list[Path]) -> Iterator[Machine]:
    machine = boot(layers)
    yield machine
    machine.remove()
    machine.layers.remove()


@pytest.fixture
def bare_machine(boot, bare_layers) -> Iterator[Machine]:
    """A system of the test's own, without the package."""
    yield from _booted(boot, bare_layers)


@pytest.fixture
def machine(boot, installed_layers) -> Iterator[Machine]:
    """A system of the test's own, which was booted with the package installed."""
    for machine in _booted(boot, installed_layers):
        machine.wait_for_state("active")
        yield machine


@pytest.fixture(scope="session")
def held_calls_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_library("held_calls", tmp_path_factory.mktemp("held_calls"))


@pytest.fixture
def held_service_calls(machine: Machine, held_calls_library: Path) -> HeldServiceCalls:
    """Calls of the machine's server that wait when the test says so, from its next start on."""
    return HeldServiceCalls(machine, held_calls_library)
