"""The Debian 12 that the system tests boot: made once, kept below a cache directory, and never written to by a test.

Run as a program it makes what is missing, and sees whether a container boots: exit status 78 when it does not, and 77
when not even file systems can be layered.
$TELEMETRY_CONTAINERS begins the names of containers.
"""

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from e2e.system.container import CannotBoot, Container, Layers

SKIPPED = 77
DOES_NOT_BOOT = 78
# Then the packages that it was made of are old.
BEST_BEFORE = 7 * 24 * 3600

# What a test needs beyond Debian's smallest system. libcurl comes with curl.
_PACKAGES = ["curl", "dbus", "systemd", "systemd-sysv"]
_SUITE = "bookworm"


class Images:
    """Read-only layers of file systems, the topmost first in each list."""

    def __init__(self, cache: Path):
        self.cache = cache
        cache.mkdir(parents=True, exist_ok=True)

    def base(self) -> list[Path]:
        """A small system with systemd, and the list of packages that there are."""
        mirror = os.environ.get("DEBIAN_MIRROR")
        command = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(_PACKAGES)}"]
        command += ["--skip=cleanup/apt/lists", *_apt_options(), _SUITE]
        return [self._made("base", command + [mirror or ""], lambda directory: _bootstrap(command, directory, mirror))]

    def with_dependencies(self, package: Path) -> list[Path]:
        """The base with what a package depends on, downloaded and not installed: the container has no network.

        What the package does not name is not there, and so the tests find out.
        """
        depends = subprocess.run(["dpkg-deb", "-f", package, "Depends"], check=True, capture_output=True, text=True)

        def make(layers: Layers) -> None:
            shutil.copy(package, layers.root / "package.deb")
            _apt(layers.root, "--download-only", "install", "/package.deb")
            (layers.root / "package.deb").unlink()

        return self._layered("dependencies", depends.stdout, self.base(), make)

    def with_autopkgtest(self, package: Path) -> list[Path]:
        """The same with autopkgtest installed, what it uses, and what the tests of the package depend on."""
        tools = ["autopkgtest", "dpkg-dev", "jq"]
        lower = self.with_dependencies(package)
        return self._layered("autopkgtest", " ".join(tools), lower, lambda layers: _apt(layers.root, "install", *tools))

    def _layered(self, name: str, key: str, lower: list[Path], make) -> list[Path]:
        def make_upper(directory: Path) -> None:
            layers = Layers(lower, directory.with_suffix(".mount"))
            try:
                make(layers)
            except BaseException:
                layers.remove()
                raise
            layers.unmount()
            layers.upper.rename(directory)
            shutil.rmtree(layers.directory)

        return [self._made(name, [key, *map(str, lower)], make_upper), *lower]

    def _made(self, name: str, key: list[str], make) -> Path:
        """A directory that is made by `make` unless it is there."""
        directory = self.cache / f"{name}-{hashlib.sha256(repr(key).encode()).hexdigest()[:12]}"
        with self._locked():
            if directory.exists() and time.time() - directory.stat().st_mtime > BEST_BEFORE:
                shutil.rmtree(directory)
            if not directory.exists():
                new = directory.with_suffix(".new")
                for left in (new, directory.with_suffix(".mount")):
                    shutil.rmtree(left, ignore_errors=True)
                print(f"system-test: making {directory}", flush=True)
                make(new)
                os.utime(new)
                new.rename(directory)
        return directory

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.cache / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _apt_options() -> list[str]:
    """How this machine reaches packages: proxies, certificates and checks of its own apt, for apt in the system."""
    dump = subprocess.run(["apt-config", "dump", "Acquire"], check=True, capture_output=True, text=True).stdout
    wanted = ("Proxy", "CaInfo", "CaPath", "Check-Valid-Until", "Check-Date")
    return [f"--aptopt={line.rstrip(';')}" for line in dump.splitlines() if any(word in line for word in wanted)]


def _bootstrap(command: list[str], directory: Path, mirror: str | None) -> None:
    subprocess.run([*command, directory, *([mirror] if mirror else [])], check=True)
    (directory / "etc" / "hosts").write_text("127.0.0.1 localhost\n::1 localhost\n")  # as Debian's installer writes it


def _apt(root: Path, *arguments: str) -> None:
    """apt-get in a root file system, with this machine's network."""
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
    options = ["-qq", "-o", "APT::Keep-Downloaded-Packages=true", "-o", "DPkg::Use-Pty=0"]
    apt_get = ["chroot", str(root), "apt-get", *options]
    for command in (["update"], ["--yes", "--no-install-recommends", *arguments]):
        done = subprocess.run([*apt_get, *command], capture_output=True, text=True, env=environment)
        if done.returncode != 0:
            sys.exit(f"system-test: apt-get {' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fresh", action="store_true", help="make everything anew")
    parser.add_argument("cache", type=Path)
    parser.add_argument("package", type=Path)
    arguments = parser.parse_args()
    if arguments.fresh:
        shutil.rmtree(arguments.cache, ignore_errors=True)
    images = Images(arguments.cache)
    try:
        # Its name is new: process ids begin anew in each name space, and a run that was killed leaves its directory.
        layers = Layers(images.base(), Path(tempfile.mkdtemp(prefix="probe-", dir=arguments.cache)))
    except subprocess.CalledProcessError as error:
        print(f"system-test: no file systems can be layered here: {error}", file=sys.stderr)
        sys.exit(SKIPPED)
    container = Container(f"{os.environ['TELEMETRY_CONTAINERS']}-probe", layers)
    try:
        container.boot()
    except (CannotBoot, OSError) as error:
        print(f"system-test: {error}", file=sys.stderr)
        images.with_dependencies(arguments.package)
        sys.exit(DOES_NOT_BOOT)
    finally:
        container.remove()
        layers.remove()
    images.with_autopkgtest(arguments.package)


if __name__ == "__main__":
    main()
