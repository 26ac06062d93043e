"""What was on stays on, and each change is recorded once, however a server ends."""

import signal

import pytest

from e2e.alarms.watched import WIND, alarm, changes, check_chains, wait_for, wait_for_changes
from e2e.support.server import command, strict_json

ROUNDS = 30

# All of them change with an event only, so that it does not matter when somebody looked.
MANY = (
    WIND
    + """
[[limit]]
name = "in a row"
type = "weather"
field = "wind_mps"
for = 3
latched = true
critical = { above = 18 }

[[limit]]
name = "roof"
type = "dome"
field = "roof"
watch = { is = ["moving"] }
critical = { is = ["stuck"] }

[[limit]]
name = "change"
type = "weather"
field = "wind_mps"
change_over = "1h"
warning = { above = 12 }

[[limit]]
name = "end"
type = "end"
field = "over"
watch = { is = ["true"] }
"""
)


@pytest.fixture
def watching(make_server, limits_file):
    """Makes a server with limits, whose clock begins at a time."""

    def make(text: str, at: str | None = None):
        env = {"POCSTIME": at} if at else None
        return make_server("--limits", limits_file.write(text), env=env)

    return make


def test_what_is_on_stays_on_and_is_told_once(watching):
    server = watching(WIND).start()
    server.record("weather", {"wind_mps": 30})
    on = wait_for(server, "wind", "on", "critical")
    for ending in [signal.SIGTERM, signal.SIGKILL, signal.SIGTERM]:
        server.stop(ending)
        server.start()
        assert wait_for(server, "wind", "on", "critical")["since"] == on["since"]
    server.record("weather", {"wind_mps": 3})
    wait_for(server, "wind", "ok")
    wait_for_changes(server, "wind", [("on", "critical"), ("ok", None)])


def test_an_acknowledgement_outlives_a_crash(watching):
    server = watching(WIND).start()
    server.record("weather", {"wind_mps": 30})
    wait_for(server, "wind", "on", "critical")
    assert server.post("/alarms/wind/acknowledge", {"by": "observer", "why": "seen"}).status == 200
    server.stop(signal.SIGKILL)
    server.start()
    assert wait_for(server, "wind", "acknowledged", "critical")["acknowledged"]["by"] == "observer"
    wait_for_changes(server, "wind", [("on", "critical"), ("acknowledged", "critical")])


SILENCE = '[[silence]]\nname = "silence"\ntype = "weather"\nafter = "10m"\n'


def test_silence_goes_on_over_a_restart(watching):
    server = watching(SILENCE, at="2026-05-20 22:00:00").start()
    server.record("weather", {"wind_mps": 3})
    assert alarm(server, "silence")["state"] == "ok"
    assert server.stop() == 0

    server.env = {"POCSTIME": "2026-05-20 22:09:00"}
    server.start()
    assert alarm(server, "silence")["state"] == "ok"
    assert server.stop() == 0

    server.env = {"POCSTIME": "2026-05-20 22:11:00"}
    server.start()
    wait_for(server, "silence", "on", "warning")
    server.record("weather", {"wind_mps": 3})
    wait_for(server, "silence", "ok")
    wait_for_changes(server, "silence", [("on", "warning"), ("ok", None)])


def test_a_limit_that_must_last_goes_on_lasting(watching):
    server = watching(WIND + 'for = "10m"\n', at="2026-05-20 22:00:00").start()
    server.record("weather", {"wind_mps": 30})
    wait_for(server, "wind", "pending")
    server.stop(signal.SIGKILL)

    server.env = {"POCSTIME": "2026-05-20 22:11:00"}
    server.start()
    wait_for(server, "wind", "on", "critical")
    wait_for_changes(server, "wind", [("on", "critical")])


def test_a_change_that_came_and_went_in_a_crash_is_recorded(watching, limits_file):
    server = watching(WIND).start()
    server.record("weather", {"wind_mps": 3})
    wait_for(server, "wind", "ok")
    assert server.stop() == 0
    # A server that watches nothing leaves the state as it is, as one that is killed at once does.
    server.arguments.remove("--limits")
    server.arguments.remove(str(limits_file.path))
    server.start()
    for wind in [30, 31, 3]:
        server.record("weather", {"wind_mps": wind})
    server.stop(signal.SIGKILL)
    server.arguments += ["--limits", str(limits_file.path)]
    server.start()
    wait_for_changes(server, "wind", [("on", "critical"), ("ok", None)])


def test_an_alarm_that_is_not_in_the_file_any_more_is_over(watching, limits_file):
    server = watching(WIND).start()
    server.record("weather", {"wind_mps": 30})
    wait_for(server, "wind", "on", "critical")
    assert server.stop() == 0
    limits_file.write("")
    server.start()
    wait_for_changes(server, "wind", [("on", "critical"), ("ok", None)])


@pytest.mark.parametrize("is_acknowledged", [False, True])
def test_without_a_state_alarms_are_as_they_were_recorded(watching, is_acknowledged):
    server = watching(WIND)
    # Nothing can be written there.
    (server.site_dir / ".telemetry/alarms.json/taken").mkdir(parents=True)
    server.start()
    server.record("weather", {"wind_mps": 30})
    wait_for(server, "wind", "on", "critical")
    if is_acknowledged:
        assert server.post("/alarms/wind/acknowledge", {"by": "observer"}).status == 200
    for ending in [signal.SIGTERM, signal.SIGKILL]:
        server.stop(ending)
        server.start()
        wait_for(server, "wind", "acknowledged" if is_acknowledged else "on", "critical")
    server.record("weather", {"wind_mps": 16})
    wait_for(server, "wind", "acknowledged" if is_acknowledged else "on", "critical")  # Not back yet.
    server.record("weather", {"wind_mps": 3})
    wait_for(server, "wind", "ok")
    assert len(changes(server.site_dir, "wind")) == (3 if is_acknowledged else 2)
    check_chains(server.site_dir)


def test_a_state_that_cannot_be_written_keeps_nobody_from_recording(watching):
    server = watching(MANY)
    (server.site_dir / ".telemetry/alarms.json/taken").mkdir(parents=True)
    server.start()
    for number in range(200):
        server.record("weather", {"wind_mps": number % 30})
    assert server.get("/ready").status == 200
    wait_for(server, "wind", "on", "warning" if 199 % 30 <= 20 else "critical")
    assert server.stop() == 0
    assert "state of alarms cannot be saved" in "".join(server.log)


def replayed(server, limits_file) -> dict:
    """What there would have been."""
    done = command("limits", "check", str(limits_file.path), "--against", str(server.site_dir), "--json")
    assert done.returncode == 0, done.stderr
    return strict_json(done.stdout)


def test_each_change_is_recorded_once_over_kill_9(watching, limits_file, alarm_choices):
    server = watching(MANY).start()
    run = None
    for _ in range(ROUNDS):
        for _ in range(alarm_choices.randrange(1, 60)):
            step = alarm_choices.random()
            if step < 0.15:
                server.record("dome", {"roof": alarm_choices.choice(["open", "moving", "stuck"])})
            elif step < 0.2:
                run = server.stop_run() and None if run else server.start_run()
            else:
                server.record("weather", {"wind_mps": alarm_choices.randrange(8, 25)})
        server.stop(signal.SIGKILL)
        server.start()

    # The watch takes one event after another: with this alarm all others are recorded.
    server.record("end", {"over": True})
    wait_for_changes(server, "end", [("on", "watch")])
    there_would = replayed(server, limits_file)["alarms"]
    for name in ["wind", "in a row", "roof", "change"]:
        expected = [(change["state"], change.get("severity")) for change in there_would if change["name"] == name]
        assert changes(server.site_dir, name) == expected, name
    assert len(changes(server.site_dir, "wind")) > ROUNDS
    check_chains(server.site_dir)
