"""The command line: exit statuses, flags and environment, and the commands for scripts."""

import re
import signal

import pytest

from e2e.support.server import command, taken_port

USAGE, UNAVAILABLE, CANNOT_CREATE, TEMPORARY_FAILURE, CONFIGURATION = 64, 69, 73, 75, 78


def test_a_second_server_on_the_same_directory_refuses_and_names_the_first(server):
    second = command("run", "--port", "0", "--site-dir", str(server.site_dir))

    assert second.returncode == TEMPORARY_FAILURE, second
    assert re.search(rf"\b{server.process.pid}\b", second.stderr)
    assert server.get("/health").status == 200


def test_the_directory_is_free_again_after_the_server_was_killed(make_server):
    server = make_server().start()
    server.stop(signal.SIGKILL)

    assert server.start().get("/ready").json["ready"] is True


def test_a_busy_port_is_refused_and_named(tmp_path):
    with taken_port(is_listening=True) as port:
        refused = command("run", "--port", port, "--site-dir", str(tmp_path / "site"))

    assert refused.returncode == UNAVAILABLE, refused
    assert port in refused.stderr


@pytest.mark.parametrize("place", ["file", "file/site", "/proc", "/proc/nowhere", "/sys", "link-to-itself/site"])
def test_a_site_directory_that_cannot_be_made_is_refused_and_named(place, tmp_path):
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "link-to-itself").symlink_to("link-to-itself")

    refused = command("run", "--port", "0", "--site-dir", str(tmp_path / place))

    assert refused.returncode == CANNOT_CREATE, refused
    assert place in refused.stderr


@pytest.mark.parametrize(
    "flags",
    ["--nope", "--port abc", "--port 65536", "--port -1", "--sync sometimes", "--site-dir", "x"],
)
def test_a_wrong_flag_is_refused(flags, tmp_path):
    refused = command("run", *flags.split(), cwd=tmp_path)

    assert refused.returncode == USAGE, refused
    assert refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_command_is_refused():
    assert command("nope").returncode == USAGE


@pytest.mark.parametrize("value", ["abc", "65536", "-1", "80 81"])
def test_a_wrong_environment_variable_is_refused_and_named(value, tmp_path):
    refused = command("run", "--site-dir", str(tmp_path / "site"), env={"PANOPTES_TELEMETRY_PORT": value})

    assert refused.returncode == CONFIGURATION, refused
    assert "PANOPTES_TELEMETRY_PORT" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_port_is_taken_from_the_environment(tmp_path):
    with taken_port(is_listening=True) as port:
        refused = command("run", "--site-dir", str(tmp_path / "site"), env={"PANOPTES_TELEMETRY_PORT": port})

    assert refused.returncode == UNAVAILABLE, refused
    assert port in refused.stderr


def test_the_host_and_the_site_directory_are_taken_from_the_environment(make_server, tmp_path):
    server = make_server(
        env={"PANOPTES_TELEMETRY_HOST": "127.0.0.1", "PANOPTES_TELEMETRY_SITE_DIR": str(tmp_path / "from-environment")}
    )
    server.arguments = ["run", "--port", "0"]
    server.start()

    assert server.urls == [f"http://127.0.0.1:{server.port}"]
    server.record("weather", 1)
    assert list((tmp_path / "from-environment").glob("site_*.ndjson"))


def test_flags_beat_the_environment(make_server, tmp_path):
    with taken_port(is_listening=True) as port:
        server = make_server(
            env={
                "PANOPTES_TELEMETRY_HOST": "192.0.2.1",
                "PANOPTES_TELEMETRY_PORT": port,
                "PANOPTES_TELEMETRY_SITE_DIR": str(tmp_path / "from-environment"),
            }
        ).start()

    server.record("weather", 1)
    assert list((tmp_path / "site").glob("site_*.ndjson"))
    assert not (tmp_path / "from-environment").exists()


def test_the_site_directory_is_telemetry_below_the_working_directory_by_default(make_server, tmp_path):
    server = make_server(cwd=tmp_path)
    server.arguments = ["run", "--port", "0"]
    server.start().record("weather", 1)

    assert list((tmp_path / "telemetry").glob("site_*.ndjson"))


@pytest.mark.parametrize("mode", ["always", "interval", "never"])
def test_events_are_recorded_in_every_mode_of_sync(mode, make_server):
    server = make_server("--sync", mode).start()
    server.record("weather", 1)

    assert server.stop() == 0
    assert len(list(server.site_dir.glob("site_*.ndjson"))) == 1


def test_verbose_logs_a_line_for_each_event(make_server):
    server = make_server("--verbose").start()
    server.start_run(run_id="night-7")
    server.record("dome-shutter", 1)

    line = server.wait_for_line("dome-shutter")
    assert "night-7" in line
    assert re.search(r"\bseq\W+1\b", line)
    assert re.search(r"\bstream\W+run\b", line)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_in_good_order(ending, make_server):
    assert make_server().start().stop(ending) == 0


def test_ready_succeeds_when_a_server_records(server):
    assert command("ready", "--port", str(server.port)).returncode == 0
    assert command("ready", env={"PANOPTES_TELEMETRY_PORT": str(server.port)}).returncode == 0


@pytest.mark.parametrize("name", ["ready", "stop"])
def test_a_command_for_scripts_fails_when_nothing_listens(name):
    with taken_port(is_listening=False) as port:
        failed = command(name, "--host", "127.0.0.1", "--port", port)

    assert failed.returncode == UNAVAILABLE, failed
    assert port in failed.stderr


def test_stop_ends_the_server_in_good_order(server):
    assert command("stop", "--port", str(server.port)).returncode == 0

    assert server.wait() == 0


def test_the_version_is_shown_and_is_the_one_that_the_server_tells(server):
    shown = command("--version")

    assert shown.returncode == 0
    assert shown.stdout.strip() == server.get("/ready").json["version"]


def test_the_help_names_each_flag_and_each_environment_variable():
    assert all(name in command("--help").stdout for name in ("run", "ready", "stop"))

    shown = command("run", "--help")
    assert shown.returncode == 0
    flags = ["host", "port", "site-dir", "run-root", "site-type", "sync", "http-threads", "verbose"]
    flags += ["allowed-host", "allowed-origin"]
    assert [flag for flag in flags if f"--{flag}" not in shown.stdout] == []
    variables = ["HOST", "PORT", "SITE_DIR"]
    assert [name for name in variables if f"PANOPTES_TELEMETRY_{name}" not in shown.stdout] == []
