"""The program `otlp-transcoder`, which shows what the server makes of OTLP requests."""

import json
import struct
import subprocess
from pathlib import Path

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


class Refused(Exception):
    """The request cannot be read; the text says why."""


class Transcoder:
    """A running transcoder. Signals are `traces`, `metrics` and `logs`."""

    def __init__(self, program: Path) -> None:
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def close(self) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        assert self._process.wait(timeout=60) == 0

    def json(self, signal: str, body: bytes) -> Json:
        """The request in OTLP's JSON form, from protobuf or, if it begins with a brace, from JSON."""
        return json.loads(self._ask(signal, "j", body))

    def lines(self, signal: str, body: bytes) -> bytes:
        """The events that record a request, one a line; then what was rejected."""
        return self._ask(signal, "e", body)

    def round_trip(self, signal: str, body: bytes) -> Json:
        """The document that is made from the events that record a request."""
        return json.loads(self._ask(signal, "r", body))

    def _ask(self, signal: str, question: str, body: bytes) -> bytes:
        assert self._process.stdin and self._process.stdout
        encoding = "j" if body.startswith(b"{") else "p"
        head = f"{signal[0]}{encoding}{question}".encode() + struct.pack("<I", len(body))
        self._process.stdin.write(head + body)
        self._process.stdin.flush()
        mark = self._process.stdout.read(1)
        assert mark, f"it ended at {signal} {question} {body!r}"
        (length,) = struct.unpack("<I", self._process.stdout.read(4))
        answer = self._process.stdout.read(length)
        if mark != b"+":
            raise Refused(answer.decode())
        return answer
