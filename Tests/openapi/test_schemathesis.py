"""schemathesis makes requests from /openapi.json, right and wrong ones, and looks at each answer with every check."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent

# A bound on a hang; it takes half a minute.
TIMEOUT = 600.0

AUTHORIZATION = {"Authorization": f"Bearer {'t' * 32}"}


@pytest.mark.parametrize("has_tokens", [False, True], ids=["without tokens", "with tokens"])
def test_every_answer_is_as_the_document_says(has_tokens, make_server, tmp_path):
    options, headers = ["--no-shutdown"], {}
    if has_tokens:
        tokens = tmp_path / "tokens"
        tokens.write_text(f"{'t' * 32} admin\n")
        tokens.chmod(0o600)
        options, headers = [*options, "--token-file", str(tokens)], AUTHORIZATION
    server = make_server(*options).start()
    recorded = server.post("/event", {"type": "weather", "data": 1}, {"Content-Type": "application/json", **headers})
    assert recorded.status == 200

    run = subprocess.run(
        [
            *[Path(sys.executable).parent / "schemathesis", "--config-file", HERE / "schemathesis.toml"],
            *["run", f"http://127.0.0.1:{server.port}/openapi.json"],
            *["--generation-deterministic", "--max-examples", "150", "--no-color"],
            *[argument for name, value in headers.items() for argument in ("--header", f"{name}: {value}")],
        ],
        env={**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE)},
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )

    print(run.stdout, run.stderr)
    assert run.returncode == 0
    cases = re.search(r"(\d+) generated, (\d+) passed", run.stdout)
    assert cases and cases[1] == cases[2] and int(cases[1]) >= 1_000
