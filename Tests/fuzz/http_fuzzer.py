"""Sends mutations of requests, as raw bytes, to a server that is built with sanitizers.

Whatever comes in, the server lives on, answers or closes the connection, and never with a 5xx.

    http_fuzzer.py [--seconds N] [--seed S] [--case N] BINARY

What it finds it keeps in the current directory as http-crash-*, to be added to the corpus. --seed repeats a run, and
with --case one input of it.
"""

import argparse
import ast
import errno
import os
import random
import re
import socket
import struct
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from e2e.support.server import Server  # noqa: E402

CORPUS = Path(__file__).parent / "corpus" / "http"

# How long the server may take for an answer, in seconds, on a busy machine and with sanitizers.
PATIENCE = 60.0

# What stands in requests: byte strings as Python writes them, one a line.
TOKENS = [ast.literal_eval("b" + line) for line in (Path(__file__).parent / "http.dict").read_text().splitlines()[1:]]


def mutate(text: bytes, corpus: list[bytes], choices: random.Random) -> bytes:
    """One to eight small changes."""
    for _ in range(choices.choice([1, 1, 1, 2, 2, 3, 4, 8])):
        start = choices.randrange(len(text) + 1)
        end = min(len(text), start + choices.choice([0, 1, 1, 2, 4, 16, 64, 1024]))
        piece = text[start:end]
        match choices.randrange(9):
            case 0:
                piece = b""
            case 1:
                piece = choices.choice(TOKENS)
            case 2:
                piece = piece + choices.choice(TOKENS)
            case 3:
                piece = piece * choices.choice([2, 3, 20, 300])
            case 4:
                piece = bytes(byte ^ (1 << choices.randrange(8)) for byte in piece[:4]) + piece[4:]
            case 5:
                piece = choices.randbytes(choices.choice([1, 2, 8, 100]))
            case 6:
                other = choices.choice(corpus)
                piece = other[choices.randrange(len(other) + 1) :]
            case 7:
                piece = choices.choice([piece.upper(), piece.lower(), piece.replace(b"\r\n", b"\n"), piece[::-1]])
            case 8:
                lines = text.split(b"\r\n")
                choices.shuffle(lines)
                start, end, piece = 0, len(text), b"\r\n".join(lines)
        text = text[:start] + piece + text[end:]
    return text[: 1 << 18]


class Fault(Exception):
    """What the server should not have done."""


def send(port: int, text: bytes, choices: random.Random) -> bytes:
    """Sends the bytes, at once or in pieces, and gives all that comes back; sometimes it hangs up instead."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        received = b""
        try:
            while text:
                length = len(text) if choices.random() < 0.8 else choices.randrange(len(text)) + 1
                connection.sendall(text[:length])
                text = text[length:]
            if choices.random() < 0.05:
                # A reset, with the answer unread.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return b""
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(1 << 16):
                received += piece
        except TimeoutError as error:
            raise Fault(f"neither an answer to the end nor a closed connection; {received[:200]!r} came") from error
        except OSError as error:
            # It may close before it has read all.
            if not isinstance(error, ConnectionError) and error.errno != errno.ENOTCONN:
                raise
        return received


def check(answer: bytes) -> None:
    if not answer:
        return
    if not answer.startswith(b"HTTP/1.1 "):
        raise Fault(f"answered with {answer[:200]!r}")
    for status in re.findall(rb"(?:^|\n|\})HTTP/1\.1 (\d+)", answer):
        # 505: the client speaks another version of HTTP.
        if not 100 <= int(status) < 500 and int(status) != 505:
            raise Fault(f"answered with status {int(status)}: {answer[-500:]!r}")
    # The page of the server has a language.
    if b"<html>" in answer.lower():
        raise Fault(f"answered with a page of libmicrohttpd: {answer[-500:]!r}")


class Fuzzer:
    """One seed's inputs and a server to try them on."""

    def __init__(self, directory: Path, seed: str):
        self.corpus = [path.read_bytes() for path in sorted(CORPUS.iterdir())]
        self.seed = seed
        self.server = Server(directory / "site", "--sync", "never").start()

    def input(self, case: int) -> tuple[bytes, random.Random]:
        """The corpus as it is, then mutations of it."""
        choices = random.Random(f"{self.seed} {case}")
        if case < len(self.corpus):
            return self.corpus[case], choices
        return mutate(choices.choice(self.corpus), self.corpus, choices), choices

    def try_case(self, case: int) -> None:
        text, choices = self.input(case)
        try:
            check(send(self.server.port, text, choices))
            if case % 100 == 0 and self.server.get("/health").status != 200:
                raise Fault("/health is not answered")
        except (Fault, OSError) as error:
            path = Path(f"http-crash-{self.seed}-{case}")
            path.write_bytes(text)
            log = "".join(self.server.log[-60:])
            repeat = f"--seed {self.seed} --case {case}"
            raise Fault(f"{error}\n{log}\nThe input is in {path}; {repeat} repeats it") from error

    def finish(self) -> None:
        """The server still records and ends well, no sanitizer complains, and the log is plain text."""
        self.server.record("weather", {"sky": "clear"})
        status = self.server.stop()
        log = "".join(self.server.log)
        if status != 0 or "Sanitizer" in log:
            raise Fault(f"the server ended with status {status}:\n{log[-8000:]}")
        # A client must not write to the terminal of who reads the log.
        for line in self.server.log:
            if any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in line.rstrip("\n")):
                raise Fault(f"a control character is in the log: {line!r}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--seed", default=str(random.SystemRandom().randrange(1 << 32)))
    parser.add_argument("--case", type=int, help="nothing but this input")
    parser.add_argument("binary")
    options = parser.parse_args()

    os.environ["TELEMETRY_BINARY"] = os.path.abspath(options.binary)
    with tempfile.TemporaryDirectory() as directory:
        fuzzer = Fuzzer(Path(directory), options.seed)
        end = time.monotonic() + options.seconds
        case = 0 if options.case is None else options.case
        try:
            while True:
                fuzzer.try_case(case)
                case += 1
                if options.case is not None or time.monotonic() > end and case >= len(fuzzer.corpus):
                    break
            fuzzer.finish()
        except Fault as fault:
            fuzzer.server.process.kill()
            sys.exit(f"http: case {case} of seed {options.seed}: {fault}")
    print(f"http: {case} inputs of seed {options.seed}, nothing found")


if __name__ == "__main__":
    main()
