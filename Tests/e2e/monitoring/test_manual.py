"""What docs/monitoring.md says is so, and its configuration and rules work in Debian's prometheus."""

import json
import re
import subprocess
import urllib.request
from pathlib import Path

import pytest

from e2e.alarms.watched import wait_for
from e2e.deliveries.alertmanager import Alertmanager
from e2e.monitoring.prometheus import Prometheus
from e2e.monitoring.watched import LIMITS, webhook
from e2e.readers.recipes import recipes
from e2e.support.server import EXIT_TIMEOUT, REQUEST_TIMEOUT, command
from e2e.support.waiting import wait_until

DOCUMENT = Path(__file__).parents[3] / "docs/monitoring.md"
DASHBOARD = Path(__file__).parents[3] / "docs/grafana-dashboard.json"
EXAMPLE = Path(__file__).parents[3] / "packaging/debian/limits.toml"


def _section(heading: str) -> str:
    return DOCUMENT.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]


def _yaml(heading: str) -> str:
    [(language, text)] = recipes("monitoring.md")[heading]
    assert language == "yaml"
    return text


def _documented(heading: str) -> dict[str, str]:
    """The metrics of a table, and their types."""
    return dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", _section(heading), re.MULTILINE))


def _told(server, route: str) -> dict[str, str]:
    told = {}
    for line in server.get(route).body.decode().splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            told[name] = "info" if name.endswith("_info") else kind
    return told


@pytest.fixture
def watching_server(make_watching_server, receiver):
    """A server that has told somebody of an alarm."""
    server = make_watching_server(LIMITS + webhook(receiver.url)).start()
    server.record("weather", {"wind_mps": 30})
    server.record("exposure", {"ok": True})
    wait_for(server, "wind", "on", "critical")
    receiver.message(0)
    wait_until(lambda: b"\ntelemetry_delivery_last_success" in server.get("/metrics").body, "it was taken", server.log)
    return server


@pytest.mark.parametrize(
    ("heading", "route"), [("Metrics of the server", "/metrics"), ("Metrics of values", "/metrics/values")]
)
def test_every_metric_is_told_with_its_type_and_no_other(server, heading, route):
    assert _documented(heading) == _told(server, route)


def test_every_metric_of_alarms_is_told_with_its_type_and_no_other(watching_server):
    assert _documented("Metrics of the server") | _documented("Metrics of alarms") == _told(watching_server, "/metrics")


def _directory(tmp_path: Path, port: int, alertmanager: int | None = None) -> Path:
    """The files of the manual, for a server and an Alertmanager that listen elsewhere, and with less patience."""
    configuration = _yaml("Prometheus").replace("localhost:6562", f"127.0.0.1:{port}")
    if alertmanager is None:
        # Nobody else's Alertmanager is told anything.
        configuration, _, _ = configuration.partition("alerting:\n")
    else:
        configuration = configuration.replace("localhost:9093", f"127.0.0.1:{alertmanager}")
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
    directory = _directory(tmp_path, 6562, 9093)
    assert "alertmanagers:" in (directory / "prometheus.yml").read_text()

    assert "SUCCESS" in _promtool("check", "config", str(directory / "prometheus.yml"))
    assert "SUCCESS: 13 rules found" in _promtool("check", "rules", str(directory / "telemetry.rules.yml"))


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


def test_prometheus_and_the_server_tell_the_alertmanager_of_the_manual(
    make_watching_server, receiver, tmp_path, run_prometheus
):
    directory = tmp_path / "alertmanager"
    directory.mkdir()
    alertmanager = Alertmanager(directory, receiver.url)
    [text] = [text for language, text in recipes("alarms.md")["Who is told"] if language == "yaml"]
    # Mail is taken by nobody, and the other machine is this test.
    text = text.replace("mail.example.org:587", "127.0.0.1:1").replace("https://watchdog.example.org", receiver.url)
    assert text.count("127.0.0.1") == 2
    alertmanager.config.write_text(text)
    checked = subprocess.run(["amtool", "check-config", str(alertmanager.config)], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    alertmanager.start()
    try:
        delivery = f'[delivery.alertmanager]\nurl = "{alertmanager.url}"\n'
        server = make_watching_server(LIMITS + delivery).start()
        server.record("weather", {"wind_mps": 30})
        server.record("dome", {"open": True}, ts="2026-01-01T00:00:00Z")
        run_prometheus(_directory(tmp_path, server.port, alertmanager.port) / "prometheus.yml")

        def told() -> set[tuple[str, str]]:
            with urllib.request.urlopen(f"{alertmanager.url}/api/v2/alerts", timeout=REQUEST_TIMEOUT) as answer:
                return {(alert["labels"]["alertname"], alert["labels"].get("type", ""))
                        for alert in json.load(answer)}  # fmt: skip

        expected = {("Watchdog", ""), ("wind", "weather"), ("TelemetrySilent", "dome")}
        wait_until(lambda: told() == expected, "both have told of alarms", server.log)
        assert receiver.message(0).path == "/dome-pc"
        assert receiver.message(0).body["alerts"][0]["labels"]["alertname"] == "Watchdog"
    finally:
        alertmanager.kill()


def test_each_question_has_an_answer(watching_server, tmp_path, run_prometheus):
    questions = re.findall(r"^\| [^|]+ \| `(.+)` \|$", _section("Questions"), re.MULTILINE)
    assert len(questions) == 10
    # Of the limits file's names of values nothing is asked here.
    watching_server.record("station", {"wind_mps": 3.5})
    prometheus = run_prometheus(_directory(tmp_path, watching_server.port) / "prometheus.yml")

    prometheus.wait_for(
        'max_over_time(telemetry_value{type="station"}[1h])',
        {frozenset({("type", "station"), ("field", "wind_mps")}): 3.5},
    )
    for question in questions:
        # A rate needs two scrapes.
        prometheus.wait_until_answered(question.replace(r"\|", "|").replace('type="weather"', 'type="station"'))


def test_limits_of_the_manual_and_of_the_package_can_be_used(tmp_path):
    path = tmp_path / "limits.toml"
    tables = [text for blocks in recipes("monitoring.md").values() for language, text in blocks if language == "toml"]
    assert len(tables) == 4
    commented = re.sub(r"^#(\S)", r"\1", EXAMPLE.read_text(), flags=re.MULTILINE)
    assert commented != EXAMPLE.read_text()
    for text in [*tables, "\n".join(tables[1:]), EXAMPLE.read_text(), commented]:
        path.write_text(text)
        done = command("limits", "check", str(path))
        assert done.returncode == 0, done.stdout


class TestDashboard:
    """Its expressions as Grafana asks them: with the variables' values in their place."""

    @staticmethod
    def expressions() -> list[str]:
        dashboard = json.loads(DASHBOARD.read_text())
        panels = [panel for row in dashboard["panels"] for panel in [row, *row.get("panels", [])]]
        found = [target["expr"] for panel in panels for target in panel.get("targets", [])]
        assert len(found) >= 30
        values = {"$instance": ".*", "$__rate_interval": "1m", "$__range": "1h"}
        for name, value in values.items():
            found = [expression.replace(name, value) for expression in found]
        assert not any("$" in expression for expression in found), found
        return found

    def test_each_metric_of_it_is_told(self, watching_server):
        told = {**_told(watching_server, "/metrics"), **_told(watching_server, "/metrics/values")}
        suffixes = {"histogram": ("_bucket", "_sum", "_count")}
        series = {name + suffix for name, kind in told.items() for suffix in suffixes.get(kind, ("",))} | {"up"}
        for expression in self.expressions():
            named = set(re.findall(r"\b(?:telemetry|process|up)(?:_\w+)?\b(?=[{\[ )]|$)", expression))
            assert named and named <= series, expression

    def test_prometheus_answers_each_question_of_it(self, watching_server, tmp_path, run_prometheus):
        prometheus: Prometheus = run_prometheus(_directory(tmp_path, watching_server.port) / "prometheus.yml")
        for expression in self.expressions():
            prometheus.wait_until_answered(expression)

    def test_nobody_needs_more_than_the_file_to_import_it(self):
        dashboard = json.loads(DASHBOARD.read_text())
        ids = [panel["id"] for panel in dashboard["panels"]]
        assert len(set(ids)) == len(ids) and dashboard["id"] is None
        sources = {json.dumps(panel["datasource"]) for panel in dashboard["panels"] if panel["type"] != "row"}
        assert sources == {json.dumps({"type": "prometheus", "uid": "${datasource}"})}
        assert [variable["name"] for variable in dashboard["templating"]["list"]] == ["datasource", "instance"]
