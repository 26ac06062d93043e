"""What docs/monitoring.md says is so, and its configuration and rules work in Debian's prometheus."""

import re
import subprocess
from pathlib import Path

import pytest

from e2e.readers.recipes import recipes
from e2e.support.server import EXIT_TIMEOUT

DOCUMENT = Path(__file__).parents[3] / "docs/monitoring.md"


def _section(heading: str) -> str:
    return DOCUMENT.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]


def _yaml(heading: str) -> str:
    [(language, text)] = recipes("monitoring.md")[heading]
    assert language == "yaml"
    return text


@pytest.mark.parametrize(
    ("heading", "route"), [("Metrics of the server", "/metrics"), ("Metrics of values", "/metrics/values")]
)
def test_every_metric_is_told_with_its_type_and_no_other(server, heading, route):
    documented = dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", _section(heading), re.MULTILINE))

    told = {}
    for line in server.get(route).body.decode().splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            told[name] = "info" if name.endswith("_info") else kind
    assert documented == told


def _directory(tmp_path: Path, port: int) -> Path:
    """The files of the manual, for a server that listens elsewhere and with less patience."""
    configuration = _yaml("Prometheus").replace("localhost:6562", f"127.0.0.1:{port}")
    (tmp_path / "prometheus.yml").write_text(
        configuration.replace("scrape_interval: 15s", "{scrape_interval: 100ms, evaluation_interval: 100ms}").replace(
            "global:\n  {", "global: {"
        )
    )
    (tmp_path / "telemetry.rules.yml").write_text(_yaml("Rules"))
    return tmp_path


def _promtool(*arguments: str) -> str:
    done = subprocess.run(["/usr/bin/promtool", *arguments], capture_output=True, text=True, timeout=EXIT_TIMEOUT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_promtool_takes_the_configuration_and_the_rules(tmp_path):
    directory = _directory(tmp_path, 6562)

    assert "SUCCESS" in _promtool("check", "config", str(directory / "prometheus.yml"))
    assert "SUCCESS: 10 rules found" in _promtool("check", "rules", str(directory / "telemetry.rules.yml"))


def test_the_rules_tell_of_what_is_wrong_and_of_nothing_else(server, tmp_path, run_prometheus):
    server.record("weather", {"wind_mps": 3.5}, ts="2026-01-01T00:00:00Z")
    server.record("other", {"a": 1}, ts="2026-01-01T00:00:00Z")
    server.record("dome", {"open": True})
    prometheus = run_prometheus(_directory(tmp_path, server.port) / "prometheus.yml")

    silent = frozenset({"alertname": "TelemetrySilent", "alertstate": "firing", "type": "weather"}.items())
    prometheus.wait_for('ALERTS{alertname="TelemetrySilent"}', {silent: 1})
    prometheus.wait_for(
        "telemetry:events:rate1m >= 0", dict.fromkeys([frozenset({("stream", s)}) for s in ("site", "run")], 0)
    )
    # Others write to this disk as well: that it would be full within a day may be true for a moment.
    assert set(prometheus.query('ALERTS{alertname!="TelemetryDiskFull"}')) == {silent}
    assert all(rule["health"] == "ok" for rule in prometheus.rules())


def test_each_question_has_an_answer(server, tmp_path, run_prometheus):
    questions = re.findall(r"^\| [^|]+ \| `(.+)` \|$", _section("Questions"), re.MULTILINE)
    assert len(questions) == 7
    server.record("weather", {"wind_mps": 3.5})
    prometheus = run_prometheus(_directory(tmp_path, server.port) / "prometheus.yml")

    prometheus.wait_for(
        "max_over_time(telemetry_value[1h])", {frozenset({("type", "weather"), ("field", "wind_mps")}): 3.5}
    )
    for question in questions:
        # A rate needs two scrapes.
        prometheus.wait_until_answered(question)
