"""The commands about alarms, through pipes."""

import subprocess

import pytest

from e2e.alarms.watched import WIND, wait_for
from e2e.support.server import binary, command, environment, strict_json

FAULTY = WIND.replace("above = 15", 'above = "15"') + "fro = 3\n"


@pytest.fixture
def watching(make_server, limits_file):
    return make_server("--limits", limits_file.write(WIND)).start()


@pytest.fixture
def ask(watching):
    """Runs a command that asks the server."""

    def run(*arguments: str, **options):
        return command(*arguments, "--port", str(watching.port), **options)

    return run


def test_alarms_are_a_table(watching, ask):
    assert ask("alarms").stdout == "No alarms\n"
    watching.record("weather", {"wind_mps": 22})
    wait_for(watching, "wind", "on", "critical")
    words = ask("alarms").stdout.split()
    assert words[:3] == ["on", "critical", "wind"]
    assert words[4:] == ["22", "weather.wind_mps", "is", "above", "20"]
    assert "\x1b" not in ask("alarms").stdout
    assert strict_json(ask("alarms", "--json").stdout)["alarms"][0]["value"] == 22


def test_all_shows_what_is_ok(ask):
    assert ask("alarms", "--all").stdout.split()[:3] == ["ok", "-", "wind"]


def test_check_tells_by_its_exit_status_whether_something_is_on(watching, ask):
    assert ask("alarms", "--check").returncode == 0
    watching.record("weather", {"wind_mps": 22})
    wait_for(watching, "wind", "on", "critical")
    assert ask("alarms", "--check").returncode == 1
    assert ask("alarms").returncode == 0
    ask("acknowledge", "wind")
    assert ask("alarms", "--check", "--json").returncode == 1
    watching.stop()
    assert ask("alarms", "--check").returncode == 69


def test_follow_shows_what_is_on_and_then_each_change(watching):
    watching.record("weather", {"wind_mps": 22})
    wait_for(watching, "wind", "on", "critical")
    process = subprocess.Popen(
        [binary(), "alarms", "-f", "--json", "--port", str(watching.port)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert strict_json(process.stdout.readline())["state"] == "on"
        watching.record("weather", {"wind_mps": 14})
        assert strict_json(process.stdout.readline())["severity"] == "warning"
        watching.record("weather", {"wind_mps": 6})
        assert strict_json(process.stdout.readline())["state"] == "ok"
        process.terminate()
        assert process.wait(60) == 0
    finally:
        process.kill()


def test_acknowledge_tells_who_and_why(watching, ask):
    watching.record("weather", {"wind_mps": 22})
    wait_for(watching, "wind", "on", "critical")
    done = ask("acknowledge", "wind", "--why", "closed", env={"USER": "observer"})
    assert done.returncode == 0 and "acknowledged by observer@" in done.stdout
    assert "acknowledged by observer@" in ask("alarms").stdout
    assert ask("acknowledge", "wind", "--by", "me").stdout.startswith("Alarm wind is acknowledged by observer@")


def test_acknowledge_of_an_unknown_alarm_is_refused(ask):
    done = ask("acknowledge", "rain")
    assert done.returncode == 1
    assert "There is no alarm 'rain'" in done.stderr


def test_acknowledge_of_what_is_ok_changes_nothing(ask):
    done = ask("acknowledge", "wind")
    assert (done.returncode, done.stdout) == (0, "Alarm wind is ok: nothing to acknowledge\n")


def test_a_good_limits_file_is_summed_up(limits_file):
    done = command("limits", "check", limits_file.write(WIND))
    assert (done.returncode, done.stdout) == (0, f"{limits_file.path}: 1 limit\n")
    assert command("limits", "check", limits_file.write("")).stdout == f"{limits_file.path}: watches nothing\n"


def test_all_faults_of_a_limits_file_are_told_with_their_places(limits_file):
    done = command("limits", "check", limits_file.write(FAULTY))
    assert done.returncode == 65
    assert [line.split(" ")[0] for line in done.stdout.splitlines()] == [
        f"{limits_file.path}:6:21:",
        f"{limits_file.path}:6:35:",
        f"{limits_file.path}:8:7:",
    ]
    done = command("limits", "check", str(limits_file.path), "--json")
    assert done.returncode == 65 and len(strict_json(done.stdout)["faults"]) == 3


def test_a_limits_file_that_is_not_there_is_another_matter(tmp_path):
    done = command("limits", "check", str(tmp_path / "nothing.toml"))
    assert done.returncode == 66 and "does not exist" in done.stderr


def test_a_directory_that_is_none_is_said_to_be(limits_file, tmp_path):
    limits = limits_file.write(WIND)
    assert command("limits", "check", limits, "--against", str(tmp_path / "nothing")).returncode == 66
    assert command("limits", "check", limits, "--against", str(tmp_path)).returncode == 64


NIGHT = """
[[silence]]
name = "silence"
type = "weather"
after = "5m"

[[limit]]
name = "during the run"
type = "weather"
field = "wind_mps"
during_run = true
watch = { above = 10 }
"""


def test_alarms_that_there_would_have_been_are_listed(make_server, limits_file):
    server = make_server(env={"POCSTIME": "2026-05-20 22:00:00"}).start()
    for second, wind in enumerate([3, 16, 22, 22, 3]):
        server.record("weather", {"wind_mps": wind}, ts=f"2026-05-20T22:00:0{second}Z")
    assert server.stop() == 0
    server.env = {"POCSTIME": "2026-05-20 22:30:00"}
    server.start()
    server.start_run()
    server.record("weather", {"wind_mps": 12})
    server.stop_run()
    assert server.stop() == 0
    server.env = {"POCSTIME": "2026-05-20 22:40:00"}
    server.start()
    server.record("dome", {})

    done = command("limits", "check", limits_file.write(WIND + NIGHT), "--against", str(server.site_dir))
    assert done.returncode == 0, done.stderr
    lines = [line.split("  ") for line in done.stdout.splitlines()]
    found = [[part.strip() for part in line if part.strip()][:4] for line in lines[1:-1]]
    assert found[:4] == [
        ["2026-05-20T22:00:01.000Z", "wind", "on", "warning"],
        ["2026-05-20T22:00:02.000Z", "wind", "on", "critical"],
        ["2026-05-20T22:00:04.000Z", "wind", "ok", "-"],
        ["2026-05-20T22:05:04.001Z", "silence", "on", "warning"],
    ]
    assert [line[1:] for line in found[4:]] == [
        ["during the run", "on", "watch"],
        ["silence", "ok", "-"],
        ["during the run", "ok", "-"],
        ["silence", "on", "warning"],
    ]
    assert done.stdout.splitlines()[-1].startswith("7 events from 2026-05-20T22:00:00.000Z to 2026-05-20T22:40:")
    done = command("limits", "check", str(limits_file.path), "--against", str(server.site_dir), "--json")
    assert [alarm["name"] for alarm in strict_json(done.stdout)["alarms"]] == [line[1] for line in found]
