"""A Debian system that is booted in a container of systemd-nspawn, with a network of its own."""

import os
import shlex
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from e2e.support.waiting import wait_until

# Bounds on a hang; no test waits this long for anything that works.
BOOT_TIMEOUT = 180.0
COMMAND_TIMEOUT = 600.0

ENVIRONMENT = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "HOME=/root"]


class CannotBoot(Exception):
    """Containers do not boot on this machine, and why."""


def _cgroups() -> list[Path]:
    """The roots of all control group hierarchies: one, or with version 1 one for each controller."""
    mounts = (line.split() for line in Path("/proc/self/mounts").read_text().splitlines())
    return [Path(fields[1]) for fields in mounts if fields[2] in ("cgroup", "cgroup2")]


class Layers:
    """A root file system: read-only layers, and one to write to."""

    def __init__(self, lower: list[Path], directory: Path):
        """`lower` has the topmost first; `directory` holds what is written."""
        self.directory = directory
        self.upper = directory / "upper"
        self.root = directory / "root"
        for path in (self.upper, self.root, directory / "work"):
            path.mkdir(parents=True)
        self.upper.chmod(0o755)
        lower_option = ":".join(str(path) for path in lower)
        options = f"lowerdir={lower_option},upperdir={self.upper},workdir={directory}/work"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, self.root], check=True)

    def unmount(self) -> None:
        """Leaves what was written in `upper`."""
        subprocess.run(["umount", self.root], check=True)

    def remove(self) -> None:
        self.unmount()
        shutil.rmtree(self.directory)


class Container:
    """A booted system. Its processes are this machine's, in name spaces of their own."""

    def __init__(self, name: str, layers: Layers):
        self.name = name
        self.layers = layers
        self.root = layers.root
        self._log = layers.directory / "console.log"
        self._cgroups = [root / name for root in _cgroups()]
        self._nspawn: subprocess.Popen | None = None
        self.init = 0

    def boot(self) -> "Container":
        """Raises CannotBoot with what the console says."""
        # Two containers must not share a control group: with --keep-unit each takes over the one it is started in.
        for cgroup in self._cgroups:
            cgroup.mkdir(exist_ok=True)
            for setting in ("cpuset.cpus", "cpuset.mems"):  # version 1 lets no process in before these are set
                if (cgroup / setting).exists() and not (cgroup / setting).read_text().strip():
                    (cgroup / setting).write_text((cgroup.parent / setting).read_text())
        enter = 'for group in "$@"; do echo $$ >"$group/cgroup.procs" || exit; done; exec ' + shlex.join(
            ["systemd-nspawn", "--quiet", "--directory", str(self.root), "--machine", self.name, "--boot"]
            + ["--private-network", "--register=no", "--keep-unit", "--console=pipe"]
        )
        with self._log.open("w") as log:
            self._nspawn = subprocess.Popen(
                ["sh", "-c", enter, "sh", *map(str, self._cgroups)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for these tests, which then end it
            )
        deadline = time.monotonic() + BOOT_TIMEOUT
        state = ""
        while state not in ("running", "degraded"):
            if self._nspawn.poll() is not None or time.monotonic() > deadline:
                raise CannotBoot(f"the container did not boot ({state or 'no answer'}):\n{self._log.read_text()}")
            time.sleep(0.05)
            self.init = self._find_init()
            # While it boots, a question may never be answered: ask again.
            with suppress(subprocess.TimeoutExpired):
                state = self.init and self.run("systemctl", "is-system-running", check=False, timeout=3).stdout.strip()
        return self

    def _find_init(self) -> int:
        """The first process of the system, a child of nspawn; 0 as long as there is none."""
        for child in self._children():
            # Before it runs systemd it is not yet in all of its name spaces.
            with suppress(FileNotFoundError, ProcessLookupError):
                if Path(f"/proc/{child}/comm").read_text() == "systemd\n":
                    return child
        return 0

    def _children(self) -> list[int]:
        children = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children").read_text()
        return [int(child) for child in children.split()]

    def power_off(self) -> None:
        """Shuts the system down in good order."""
        self._nspawn.terminate()
        self._nspawn.wait(timeout=BOOT_TIMEOUT)
        self.remove()

    def remove(self) -> None:
        """Ends all its processes at once, and takes away what nspawn leaves."""
        if self._nspawn is not None and self._nspawn.poll() is None:
            # Killed itself, nspawn would leave the system running.
            for process in self._children() or [self._nspawn.pid]:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            self._nspawn.wait(timeout=BOOT_TIMEOUT)
        for cgroup in self._cgroups:
            for path, _, _ in os.walk(cgroup, topdown=False):
                wait_until(lambda path=path: _rmdir(path), f"{path} is empty")
        shutil.rmtree(f"/run/systemd/nspawn/propagate/{self.name}", ignore_errors=True)

    def _entered(self, *command: str) -> list[str]:
        return ["nsenter", f"--target={self.init}", "-m", "-u", "-i", "-n", "-p", "--", *ENVIRONMENT, *command]

    def run(self, *command: str, check: bool = True, timeout: float = COMMAND_TIMEOUT) -> subprocess.CompletedProcess:
        """Runs a command in the system. With `check` it has to succeed."""
        done = subprocess.run(
            self._entered(*command), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout
        )
        if check:
            assert done.returncode == 0, f"{shlex.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def output(self, *command: str) -> str:
        """What a command that has to succeed prints."""
        return self.run(*command).stdout.strip()

    def start(self, *command: str) -> subprocess.Popen:
        """Starts a command in the system, and does not wait for it."""
        return subprocess.Popen(
            self._entered(*command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def seen(self, path: str) -> Path:
        """How these tests reach a path of the system, with all that is mounted there."""
        return Path(f"/proc/{self.init}/root{path}")


def _rmdir(path: str) -> bool:
    with suppress(OSError):
        os.rmdir(path)
    return not os.path.exists(path)
