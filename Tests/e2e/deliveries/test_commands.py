"""A command is run for each message, without a shell, and for no longer than it may."""

import json
from pathlib import Path

import pytest

from e2e.deliveries.changes import recorded
from e2e.deliveries.fixtures import limits
from e2e.support.waiting import wait_until


@pytest.fixture
def make_script(tmp_path: Path):
    def make(text: str) -> Path:
        path = tmp_path / "script"
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path

    return make


def command(script: Path, *arguments: str, more: str = "") -> str:
    words = json.dumps([str(script), *arguments])
    return f'[delivery.command]\ncommand = {words}\ngroup_interval = "0.1s"\n{more}\n'


def test_a_command_gets_its_arguments_and_the_message(make_watching_server, make_script, tmp_path):
    told = tmp_path / "told"
    script = make_script('printf "%s\\n" "$@"; cat > "$1.new"; mv "$1.new" "$1"; env')
    text = command(script, str(told), "a b", "$(id)") + limits("wind")
    server = make_watching_server(text, env={"PANOPTES_TELEMETRY_SECRET": "hunter2"}).start()
    server.record("wind", {"value": 30})
    output = server.wait_for_line(f"{script}: ")
    assert "a b\\n$(id)\\n" in output and "hunter2" not in output
    message = json.loads(told.read_text())
    assert message["version"] == 1
    assert [alarm["id"] for alarm in message["alarms"]] == list(recorded(server.site_dir))
    assert server.stop() == 0


def test_a_command_that_fails_is_run_again_with_the_same_message(make_watching_server, make_script, tmp_path):
    script = make_script(f"cd {tmp_path}; cat >> told; [ -e tried ] || {{ touch tried; exit 3; }}")
    server = make_watching_server(command(script) + limits("wind")).start()
    server.record("wind", {"value": 30})
    assert "ended with status 3" in server.wait_for_line("command has not taken a message")
    server.wait_for_line("command works again")
    first, second = (tmp_path / "told").read_text().splitlines()
    assert first == second


def test_a_command_that_takes_too_long_is_killed_with_its_children(make_watching_server, make_script, tmp_path):
    script = make_script(f"sleep 1000 & echo $! > {tmp_path}/child; wait")
    server = make_watching_server(command(script, more='timeout = "1s"') + limits("wind")).start()
    server.record("wind", {"value": 30})
    assert "was killed after" in server.wait_for_line("command has not taken a message")
    child = int((tmp_path / "child").read_text())
    wait_until(lambda: not _is_running(child), "the child has ended")


def test_a_stop_does_not_wait_for_a_command(make_watching_server, make_script, tmp_path):
    script = make_script(f"echo $$ > {tmp_path}/command.new; mv {tmp_path}/command.new {tmp_path}/command; sleep 1000")
    server = make_watching_server(command(script, more='timeout = "1h"') + limits("wind")).start()
    server.record("wind", {"value": 30})
    wait_until(lambda: (tmp_path / "command").exists(), "the command runs")
    assert server.stop() == 0
    assert not _is_running(int((tmp_path / "command").read_text()))


def _is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
