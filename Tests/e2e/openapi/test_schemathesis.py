"""schemathesis makes requests from /openapi.json, right and wrong ones, and looks at each answer."""

import os
import re
import subprocess
import sys
from pathlib import Path

# A bound on a hang; it takes half a minute.
TIMEOUT = 600.0

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
]


def test_no_answer_is_a_5xx_or_outside_of_the_schema(make_server, tmp_path):
    server = make_server("--no-shutdown").start()
    server.record("weather", {"sky": "clear"})

    run = subprocess.run(
        [
            *[Path(sys.executable).parent / "schemathesis", "run", f"http://127.0.0.1:{server.port}/openapi.json"],
            *["--generation-deterministic", "--max-examples", "150", "--checks", ",".join(CHECKS), "--no-color"],
        ],
        env={**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(Path(__file__).parent)},
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )

    print(run.stdout, run.stderr)
    assert run.returncode == 0
    cases = re.search(r"(\d+) generated, (\d+) passed", run.stdout)
    assert cases and cases[1] == cases[2] and int(cases[1]) >= 2_000
