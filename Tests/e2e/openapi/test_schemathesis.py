"""schemathesis makes requests from /openapi.json, right and wrong ones, and makes all of its checks of each answer."""

import os
import re
import subprocess
import sys
from pathlib import Path

from e2e.support.tokens import ADMIN

# A bound on a hang; it takes half a minute.
TIMEOUT = 600.0


def _check(server, directory: Path, *options: str) -> None:
    """Makes requests from the server's document, at least a thousand, and no check of an answer may fail."""
    run = subprocess.run(
        [
            *[sys.executable, "-m", "schemathesis.cli", "run", f"http://127.0.0.1:{server.port}/openapi.json"],
            *["--generation-deterministic", "--max-examples", "150", "--checks", "all", "--no-color", *options],
        ],
        env={**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(Path(__file__).parent)},
        cwd=directory,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )

    print(run.stdout, run.stderr)
    assert run.returncode == 0
    cases = re.search(r"(\d+) generated, (\d+) passed", run.stdout)
    assert cases and cases[1] == cases[2] and int(cases[1]) >= 1_000
    operations = re.search(r"Selected: (\d+)/(\d+)\n *Tested: (\d+)", run.stdout)
    assert operations and operations[1] == operations[2] == operations[3]


# /shutdown is switched off, and each answer to it a 403, which its description allows: the server is needed to the end.


def test_every_answer_is_as_the_document_says(make_server, tmp_path):
    server = make_server("--no-shutdown").start()
    server.record("weather", {"sky": "clear"})

    _check(server, tmp_path)


def test_every_answer_is_as_the_document_says_with_tokens(make_server, token_file, tmp_path):
    server = make_server("--no-shutdown", "--token-file", str(token_file)).start()

    _check(server, tmp_path, "--header", f"Authorization: Bearer {ADMIN}")
