"""A server that may listen elsewhere than on loopback, and speak TLS."""

import re
from pathlib import Path

from server import EXIT_TIMEOUT, Server


class SecuredServer(Server):
    def start(self) -> "SecuredServer":
        self.spawn()
        line = self.wait_for_line("Listening on ")
        self.urls = line.rpartition("Listening on ")[2].split()
        self.port = int(re.search(r"^https?://.*:(\d+)$", self.urls[0])[1])
        return self

    def refusal(self) -> tuple[int, str]:
        """The exit status of a server that does not start, and what it says."""
        self.spawn()
        status = self.process.wait(timeout=EXIT_TIMEOUT)
        self._reader.join(timeout=EXIT_TIMEOUT)
        self.process.stderr.close()
        return status, "".join(self.log)


def private_file(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path
