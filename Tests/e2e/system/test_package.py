"""The package from install to purge, and what Debian's own tools say of it."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.system.container import Layers
from e2e.system.machine import SERVICE, SOCKET, STATE, Machine

PREVIOUS = "0.0.9-1"
CONFIGURATION = "/etc/default/telemetry-server"


@pytest.fixture(scope="session")
def previous_package(package: Path, tmp_path_factory) -> Path:
    """The package under a lower version and with another defaults file, as an earlier one may have had."""
    directory = tmp_path_factory.mktemp("previous")
    tree = directory / "tree"
    subprocess.run(["dpkg-deb", "--raw-extract", package, tree], check=True)
    control = tree / "DEBIAN" / "control"
    control.write_text(re.sub(r"^Version: .*$", f"Version: {PREVIOUS}", control.read_text(), flags=re.MULTILINE))
    with (tree / CONFIGURATION.lstrip("/")).open("a") as defaults:
        defaults.write("# a line that the new version does not have\n")
    previous = directory / f"telemetry-server_{PREVIOUS}.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, previous], check=True)
    return previous


def _version(machine: Machine) -> str:
    return machine.output("dpkg-query", "--show", "--showformat=${Version}", "telemetry-server")


def _record_a_night(machine: Machine) -> dict:
    """Records, with a run that stays active, and gives what is to be kept."""
    machine.record("weather", {"sky": "clear"})
    machine.start_run(run_id="night", meta={"observer": "x"})
    machine.record("dome", "open")
    return _memory(machine)


def _memory(machine: Machine) -> dict:
    return {path: machine.get(path).json for path in ("/run", "/runs", "/current")}


def test_an_upgrade_keeps_what_was_recorded_and_the_run_and_the_settings(bare_machine, previous_package, package):
    machine = bare_machine
    machine.install(previous_package)
    defaults = machine.root / CONFIGURATION.lstrip("/")
    defaults.write_text('TELEMETRY_OPTIONS="--site-type weather"\n')
    machine.systemctl("restart", SERVICE)
    memory = _record_a_night(machine)
    process = machine.property("MainPID")
    socket_since = machine.property("ActiveEnterTimestamp", SOCKET)

    machine.install(package)

    assert _version(machine) != PREVIOUS
    assert machine.state() == "active"
    assert machine.property("MainPID") != process
    assert machine.property("ActiveEnterTimestamp", SOCKET) == socket_since, "the socket was closed meanwhile"
    assert defaults.read_text() == 'TELEMETRY_OPTIONS="--site-type weather"\n'
    assert _memory(machine) == memory
    assert machine.record("dome", "closed")["seq"] == 2
    assert machine.record("weather", 2)["seq"] == 2
    assert [line["data"] for line in machine.lines("night/telemetry.ndjson")] == ["open", "closed"]


def test_a_removal_stops_the_service_and_keeps_the_data_for_the_next_install(machine, package):
    memory = _record_a_night(machine)

    machine.run("apt-get", "--yes", "remove", "telemetry-server")

    assert machine.state() == "inactive"
    with pytest.raises(ConnectionRefusedError):
        machine.get("/health")
    assert not (machine.root / "usr/bin/telemetry").exists()
    assert (machine.root / STATE.lstrip("/") / "night" / "telemetry.ndjson").exists()

    machine.install(package)

    assert machine.state() == "active"
    assert _memory(machine) == memory


def test_a_purge_asks_nothing_and_leaves_nothing(machine):
    _record_a_night(machine)

    machine.run("apt-get", "--yes", "purge", "telemetry-server")

    assert machine.state() == "inactive"
    places = [machine.root / place for place in ("etc", "lib/systemd", "usr", "var/lib")]
    assert [path for place in places for path in place.rglob("*telemetry*")] == []
    machine.systemctl("daemon-reload")
    assert machine.property("LoadState") == "not-found"


def test_a_service_that_was_disabled_stays_so_over_an_upgrade(bare_machine, previous_package, package):
    bare_machine.install(previous_package)
    bare_machine.systemctl("disable", "--now", SERVICE)

    bare_machine.install(package)

    assert bare_machine.property("UnitFileState") == "disabled"
    assert bare_machine.state(SOCKET) == "inactive"


def test_lintian_finds_nothing(package):
    (changes,) = package.parent.glob("*.changes")
    checked = subprocess.run(
        ["lintian", "--no-cfg", "--allow-root", "--fail-on=error,warning", changes], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.fixture
def bare_root(bare_layers, tmp_path: Path) -> Iterator[Path]:
    """The root directory of a system that is not booted."""
    layers = Layers(bare_layers, tmp_path / "layers")
    yield layers.root
    layers.remove()


def test_piuparts_finds_nothing(bare_root, package, tmp_path):
    log = tmp_path / "piuparts.log"
    command = ["piuparts", "--distribution=bookworm", f"--existing-chroot={bare_root}", f"--log-file={log}"]
    command += ["--no-eatmydata", "--no-upgrade-test", package]
    checked = subprocess.run(command, capture_output=True, text=True)
    assert checked.returncode == 0, log.read_text()


def test_autopkgtest_passes(boot, images, package, tmp_path):
    machine = boot(images.with_autopkgtest(package))
    copy = machine.root / "root" / package.name
    shutil.copy(package, copy)
    source = machine.root / "root" / "source"
    packaging = Path(__file__).parents[3] / "packaging" / "debian"
    shutil.copytree(packaging, source / "debian")

    tested = machine.run("autopkgtest", f"/root/{package.name}", "/root/source", "--", "null", check=False)

    assert tested.returncode == 0, tested.stdout + tested.stderr
