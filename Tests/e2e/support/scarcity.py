"""Places to record into where the room runs out: a small file system, or a limit on the size of a file."""

import os
import resource
import subprocess
from collections.abc import Callable
from pathlib import Path

from e2e.support.server import Response, Server


def install_wrapper(directory: Path, command: list[str], binary: str) -> str:
    """Makes a program that runs the binary by way of another command, and gives its path."""
    wrapper = directory / "wrapped-telemetry"
    wrapper.write_text("#!/bin/sh\nexec " + " ".join(f"'{word}'" for word in [*command, binary]) + ' "$@"\n')
    wrapper.chmod(0o755)
    return str(wrapper)


class Mounts:
    """A mount name space of its own. What is mounted there goes with it, however these tests end."""

    def __init__(self, directory: Path, size: int):
        """Mounts a tmpfs of so many bytes on a directory.

        Raises PermissionError with the reason where that is not permitted.
        """
        self.directory = directory
        mount = f'mount -t tmpfs -o size={size},mode=700 tmpfs "$0" && echo mounted && exec cat'
        try:
            self._holder = subprocess.Popen(
                ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, str(directory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        except FileNotFoundError as error:
            raise PermissionError(f"mounts cannot be tried: {error}") from error
        answer = self._holder.stdout.readline()
        if answer != "mounted\n":
            self.close()
            raise PermissionError(f"mounts are not permitted here: {answer.strip()}")

    @property
    def command(self) -> list[str]:
        """Runs the command that follows where the mounts are."""
        return ["nsenter", "--preserve-credentials", "--user", "--mount", f"--target={self._holder.pid}", "--"]

    def seen(self, path: Path) -> Path:
        """How these tests reach a path of the name space."""
        return Path(f"/proc/{self._holder.pid}/root{path}")

    def make_read_only(self, path: Path) -> None:
        self.run("mount", "--bind", path, path)
        self.run("mount", "-o", "remount,bind,ro", path)

    def make_writable(self, path: Path) -> None:
        self.run("umount", "--lazy", path)

    def run(self, *arguments: str | Path) -> None:
        subprocess.run([*self.command, *arguments], check=True)

    def close(self) -> None:
        self._holder.stdin.close()
        self._holder.wait()
        self._holder.stdout.close()


class SmallDisk:
    """A file system of half a megabyte, some of it taken by a ballast that can be removed."""

    size = 512 * 1024

    def __init__(self, directory: Path, mounts: Mounts):
        self.mounts = mounts
        self.command = mounts.command
        # The mount point stays; what is deleted and measured lies below it.
        self.site_dir = directory / "site"
        self.seen_site_dir = mounts.seen(self.site_dir)
        self._ballast = mounts.seen(directory / "ballast")
        self._ballast.write_bytes(bytes(self.size // 4))

    def make_room(self, server: Server) -> None:
        self._ballast.unlink()


class LimitedFiles:
    """A directory with room, for a server whose files may not grow beyond a limit (`ulimit -f`)."""

    limit = 64 * 1024

    def __init__(self, directory: Path):
        self.command = ["prlimit", f"--fsize={self.limit}:", "--"]
        self.site_dir = self.seen_site_dir = directory / "site"

    def make_room(self, server: Server) -> None:
        hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (hard, hard))


def fill(server: Server, check: Callable[[Response], None] = lambda _: None, **members) -> list[dict]:
    """Records events until not even the smallest finds room, and gives those that were acknowledged."""
    acknowledged = []
    for length in (5_000, 500, 0):
        while True:
            event = {"type": "fill", "data": {"n": len(acknowledged), "pad": "x" * length}, **members}
            response = server.post("/event", event)
            if response.status != 200:
                break
            acknowledged.append(response.json)
            assert len(acknowledged) < 10_000, "it does not get full"
        check(response)
    return acknowledged


def available(path: Path) -> int:
    status = os.statvfs(path)
    return status.f_bavail * status.f_frsize
