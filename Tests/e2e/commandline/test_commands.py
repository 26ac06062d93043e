"""The commands for scripts and operators, through pipes."""

import json
import re
import ssl
import subprocess

import pytest

from e2e.commandline.fake_server import answering, breaking_off, silent
from e2e.support.server import EXIT_TIMEOUT, binary, command, environment, strict_json, taken_port

REFUSED, USAGE, NO_INPUT, UNAVAILABLE, IO_ERROR, CONFIGURATION = 1, 64, 66, 69, 74, 78

# Every command that talks to a server, with the least it needs.
COMMANDS = [
    ["post", "weather", "sky=clear"],
    ["current"],
    ["current", "weather"],
    ["current", "--follow"],
    ["collect", "--once"],
    ["events"],
    ["events", "weather", "--csv", "ts"],
    ["events", "--follow"],
    ["start-run"],
    ["stop-run"],
    ["get-run"],
    ["runs"],
    ["stop"],
    ["ready"],
    ["health"],
]


@pytest.fixture
def telemetry(server):
    """Runs a command against the server, which has to succeed, and gives its standard output."""

    def run(*arguments: str) -> str:
        done = command(*arguments, "--port", str(server.port))
        assert done.returncode == 0, done
        assert done.stderr == ""
        return done.stdout

    return run


def _with_input(text: bytes, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [binary(), *arguments], input=text, env=environment(), capture_output=True, timeout=EXIT_TIMEOUT
    )


def _recorded(server) -> dict:
    """The last line that the server wrote, parsed."""
    lines = [line for file in sorted(server.site_dir.glob("site_*.ndjson")) for line in file.read_text().splitlines()]
    return json.loads(lines[-1])


def test_items_are_text_or_json(server, telemetry):
    telemetry("post", "weather", "sky=clear", "wind_mps:=2.10", "rain:=false", "gusts:=[3, 4.5]", "note=a=b:=c", "e=")

    text = next(server.site_dir.glob("site_*.ndjson")).read_text()
    assert '"data":{"sky":"clear","wind_mps":2.10,"rain":false,"gusts":[3,4.5],"note":"a=b:=c","e":""}' in text


def test_an_event_without_data_has_an_empty_object(server, telemetry):
    telemetry("post", "heartbeat")

    assert _recorded(server)["data"] == {}


def test_the_data_comes_from_json_a_file_or_standard_input(server, telemetry, tmp_path):
    (tmp_path / "data.json").write_text('{\n  "z": 1,\n  "a": 1.50\n}\n')

    telemetry("post", "a", "--data", "[1, 2]")
    assert _recorded(server)["data"] == [1, 2]
    telemetry("post", "b", "--data", f"@{tmp_path}/data.json")
    assert _recorded(server)["data"] == {"z": 1, "a": 1.5}
    for arguments in (["-"], ["--data", "-"]):
        done = _with_input(b' "text" \n', "post", "c", *arguments, "--port", str(server.port))
        assert done.returncode == 0, done
        assert _recorded(server)["data"] == "text"


def test_all_that_an_event_can_say_is_said(server, telemetry):
    server.start_run(run_id="M42")
    ts = "2026-05-20T10:00:00+02:00"
    meta = ["--meta", "by=Ada", "--meta", "n:=1"]
    out = telemetry("post", "dome", "open:=true", *meta, "--no-current", "--ts", ts, "--stream", "site")

    event = _recorded(server)
    assert (event["ts"], event["stream"], event["make_current"]) == (ts, "site", False)
    assert event["meta"] == {"by": "Ada", "n": 1}
    assert "dome" in out and "seq 1" in out


def test_an_ephemeral_event_is_current_and_in_no_file(server, telemetry):
    telemetry("post", "focus", "position:=7", "--ephemeral")

    assert server.get("/current/focus").json["data"] == {"position": 7}
    assert list(server.site_dir.glob("site_*.ndjson")) == []


def test_a_run_goes_from_start_to_stop(server, telemetry):
    assert "001" in telemetry("start-run")
    again = command("start-run", "M42", "--port", str(server.port))
    assert again.returncode == REFUSED
    assert again.stderr == "telemetry: The telemetry server refused (409): A run is already active\n"

    out = telemetry("start-run", "M42", "--replace", "--dir", "2026/M42", "--meta", "observer=Ada")
    assert f"{server.site_dir}/2026/M42" in out
    shown = telemetry("get-run")
    assert "M42" in shown and "Ada" in shown
    telemetry("post", "status", "state=running")
    assert "M42" in telemetry("stop-run")
    for name in ("get-run", "stop-run"):
        gone = command(name, "--port", str(server.port))
        assert gone.returncode == REFUSED
        assert "No run is active" in gone.stderr


def test_what_a_start_found_is_told_by_ready_and_runs(server, telemetry):
    server.start_run(run_id="night")
    server.record("dome", 1)
    server.stop()
    (server.site_dir / "night" / "run.json").write_text("{")
    server.start()

    (notice,) = server.get("/ready").json["notices"]
    assert telemetry("ready").splitlines()[1:] == [f"notice: {notice}"]
    assert telemetry("runs").splitlines()[2:] == [f"notice: {notice}"]
    assert json.loads(telemetry("ready", "--json"))["notices"] == [notice]
    assert json.loads(telemetry("runs", "--json"))["notices"] == [notice]


def test_a_notice_is_one_line_whatever_is_named_in_it(server, telemetry):
    server.stop()
    stray = server.site_dir / "a\nb\x1b[31m"
    stray.mkdir()
    (stray / "run.json").write_text("{")
    server.start()

    (line,) = telemetry("runs").splitlines()[1:]

    assert line.startswith("notice: ") and "a\\u000ab\\u001b[31m" in line


def test_runs_are_a_table_the_newest_first(server, telemetry):
    assert telemetry("runs") == "No runs\n"
    telemetry("start-run", "a-very-long-name-for-a-run")
    telemetry("start-run", "b", "--replace")

    head, newest, oldest = (line.split() for line in telemetry("runs").splitlines())

    assert head == ["RUN", "STARTED", "STOPPED", "EVENTS", "DIRECTORY"]
    assert newest[0] == "b" and newest[2:] == ["active", "0", f"{server.site_dir}/b"]
    assert oldest[0] == "a-very-long-name-for-a-run" and oldest[3] == "0"
    columns = {line.index("/") for line in telemetry("runs").splitlines()[1:]}
    assert len(columns) == 1


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        (["ready"], "/ready"),
        (["health"], "/health"),
        (["current"], "/current"),
        (["current", "weather"], "/current/weather"),
        (["get-run"], "/run"),
        (["runs"], "/runs"),
    ],
)
def test_json_is_the_servers_answer(arguments, path, server, telemetry):
    server.record("weather", {"wind_mps": 2.5, "z": [1, {"a": None}]}, meta={"station": "π"})
    server.start_run(run_id="M42")

    out = telemetry(*arguments, "--json")

    def without_room(answer: bytes) -> bytes:  # what is free changes all the time
        return re.sub(rb'"free_bytes":\d+', b"", answer)

    assert without_room(out.encode()) == without_room(server.get(path).body + b"\n")


def test_what_is_done_is_told_in_json_too(server, telemetry):
    assert strict_json(telemetry("post", "a", "b:=1", "--json"))["data"] == {"b": 1}
    assert strict_json(telemetry("start-run", "M42", "--json"))["run_id"] == "M42"
    assert strict_json(telemetry("stop-run", "--json"))["run_id"] == "M42"
    assert strict_json(telemetry("stop", "--json")) == {"shutting_down": True}
    assert server.wait() == 0


def test_ready_tells_in_words(server, telemetry):
    assert telemetry("ready").startswith("ready; no run is active; version ")
    server.start_run()
    assert telemetry("ready").startswith("ready; a run is active; version ")


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "localhost"])
def test_the_server_is_named_by_flags_by_a_url_or_by_the_environment(address, server):
    port = str(server.port)
    url = f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"

    assert command("health", "--host", address, "--port", port).returncode == 0
    assert command("health", "--url", url).returncode == 0
    environment = {"PANOPTES_TELEMETRY_HOST": address, "PANOPTES_TELEMETRY_PORT": port}
    assert command("health", env=environment).returncode == 0


def test_a_unix_socket_serves_every_command(make_server, tmp_path):
    path = str(tmp_path / "socket")
    server = make_server("--unix-socket", path).start()
    server.record("weather", {})
    server.start_run()

    recording = (["post", "a"], ["current", "a"], ["events"], ["events", "-f", "--since", "-1h", "--limit", "1"])
    for arguments in (*recording, ["get-run"], ["stop-run"], ["runs"], ["ready"], ["health"]):
        assert command(*arguments, "--unix-socket", path).returncode == 0
    # A flag for another place beats the environment's socket, which beats its port.
    elsewhere = {"PANOPTES_TELEMETRY_UNIX_SOCKET": path, "PANOPTES_TELEMETRY_PORT": "1"}
    assert command("health", env=elsewhere).returncode == 0
    assert command("health", "--port", "1", env=elsewhere).returncode == UNAVAILABLE
    assert command("stop", "--unix-socket", path).returncode == 0
    assert server.wait() == 0


@pytest.mark.parametrize("arguments", COMMANDS)
def test_without_a_server_it_is_told_what_was_tried_and_how_to_start_one(arguments):
    with taken_port(is_listening=False) as port:
        failed = command(*arguments, "--host", "127.0.0.1", "--port", port)

    assert failed.returncode == UNAVAILABLE, failed
    assert failed.stdout == ""
    assert f"http://127.0.0.1:{port}" in failed.stderr
    assert "telemetry run" in failed.stderr


def test_a_socket_that_is_not_there_is_named(tmp_path):
    failed = command("ready", "--unix-socket", str(tmp_path / "nothing"))

    assert failed.returncode == UNAVAILABLE
    assert f"unix:{tmp_path}/nothing: No such file or directory" in failed.stderr


@pytest.mark.parametrize("arguments", COMMANDS)
def test_a_server_that_does_not_answer_is_not_waited_for_longer_than_told(arguments):
    with silent() as server:
        failed = command(*arguments, "--host", "127.0.0.1", "--port", server.port, "--timeout", "0.2")

    assert failed.returncode == UNAVAILABLE, failed
    assert "0.2 seconds" in failed.stderr and "--timeout" in failed.stderr


@pytest.mark.parametrize("arguments", COMMANDS)
def test_a_server_that_dies_in_the_middle_is_told(arguments):
    with breaking_off() as server:
        failed = command(*arguments, "--host", "127.0.0.1", "--port", server.port)

    assert failed.returncode == UNAVAILABLE, failed
    assert "was lost" in failed.stderr


@pytest.mark.parametrize("arguments", COMMANDS)
@pytest.mark.parametrize("body", ["<html>It works!</html>", "[]", '{"current": 1, "runs": 1, "ready": 1}'])
def test_something_else_that_answers_is_told(arguments, body):
    with answering(body) as server:
        failed = command(*arguments, "--host", "127.0.0.1", "--port", server.port)

    assert failed.returncode == UNAVAILABLE, failed
    assert "does not seem to be a telemetry server" in failed.stderr


def test_a_refusal_that_holds_control_characters_is_shown_without_them():
    with answering('{"detail":"\\u001b]0;title\\u0007"}', "403 Forbidden") as server:
        failed = command("ready", "--host", "127.0.0.1", "--port", server.port)

    assert failed.returncode == REFUSED
    assert failed.stderr == "telemetry: The telemetry server refused (403): \\u001b]0;title\\u0007\n"


def test_the_token_of_the_environment_is_sent():
    with answering('{"ok":true}') as server:
        done = command(
            "health", "--host", "127.0.0.1", "--port", server.port, env={"PANOPTES_TELEMETRY_TOKEN": "secret"}
        )

    assert done.returncode == 0
    assert b"Authorization: Bearer secret\r\n" in server.request


def test_https_is_spoken_with_a_server_whose_certificate_is_trusted(tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    openssl = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate]
    subprocess.run([*openssl.split(), *names], check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)

    with answering('{"ok":true}', tls=tls) as server:
        url = f"https://localhost:{server.port}"
        assert command("health", "--url", url, "--ca-file", str(certificate)).returncode == 0
        # It is reached, and refuses what is no log.
        assert "ok" in command("events", "--follow", "--url", url, "--ca-file", str(certificate)).stderr
        distrusted = command("health", "--url", url)

    assert distrusted.returncode == UNAVAILABLE
    assert "certificate" in distrusted.stderr


def test_a_malformed_event_is_refused_with_the_place_of_the_fault(server):
    refused = command("post", "a", "--ts", "yesterday", "--port", str(server.port))

    assert refused.returncode == REFUSED
    assert "(422): body.ts: Input should be an RFC 3339 timestamp" in refused.stderr
    assert refused.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["post"],
        ["post", ""],
        ["post", "a", "item"],
        ["post", "a", "=value"],
        ["post", "a", ":=1"],
        ["post", "a", "b:=nonsense"],
        ["post", "a", "b=1", "b=2"],
        ["post", "a", "b=1", "--data", "1"],
        ["post", "a", "--data", "{"],
        ["post", "a", "--meta", "by"],
        ["post", "a", "--stream", "elsewhere"],
        ["start-run", "--meta", "=1"],
        ["current", "--follow", "--interval", "0"],
        ["current", "--max-age", "soon"],
        ["ready", "--timeout", "0"],
        ["ready", "--port", "99999"],
        ["ready", "--url", "ftp://host"],
        ["ready", "--url", "http://host", "--port", "1"],
        ["ready", "unexpected"],
        ["nonsense"],
    ],
)
def test_wrong_usage_is_told(arguments):
    wrong = command(*arguments)

    assert wrong.returncode == USAGE, wrong
    assert wrong.stdout == ""
    assert wrong.stderr.startswith("Error: ")


@pytest.mark.parametrize("time", ["nan", "inf", "-inf", "1e300", "-1e300", "-1"])
def test_a_time_beyond_its_range_is_told_with_the_range(time):
    for name, range in (
        ("--timeout", "more than 0 and at most 1,000,000 seconds"),
        ("--interval", "from 0.1 to 1,000,000 seconds"),
        ("--max-age", "from 0 to 1,000,000,000,000 seconds"),
    ):
        wrong = command("current", f"{name}={time}")

        assert wrong.returncode == USAGE, wrong
        assert wrong.stderr.startswith(f"Error: {name} must be {range}\n")


def test_input_that_is_not_json_is_told_with_its_place():
    wrong = _with_input(b'{"a": nan}', "post", "a", "-")

    assert wrong.returncode == USAGE
    assert wrong.stderr == b"telemetry: standard input is not JSON: Expecting value at character 7\n"


def test_a_file_that_is_not_there_is_told():
    wrong = command("post", "a", "--data", "@/nowhere/data.json")

    assert wrong.returncode == NO_INPUT
    assert "/nowhere/data.json: No such file or directory" in wrong.stderr


def test_a_wrong_port_in_the_environment_is_told():
    wrong = command("ready", env={"PANOPTES_TELEMETRY_PORT": "six"})

    assert wrong.returncode == CONFIGURATION
    assert "PANOPTES_TELEMETRY_PORT" in wrong.stderr and "'six'" in wrong.stderr


@pytest.mark.parametrize("name", sorted({arguments[0] for arguments in COMMANDS}))
def test_the_help_of_each_command_has_an_example_and_the_options(name):
    shown = command(name, "--help")

    assert shown.returncode == 0
    assert any(line.startswith("  ") and f"telemetry {name}" in line for line in shown.stdout.splitlines())
    for option in ("--host", "--port", "--unix-socket", "--url", "--timeout", "--json"):
        assert option in shown.stdout
    for variable in ("PANOPTES_TELEMETRY_HOST", "PANOPTES_TELEMETRY_PORT", "PANOPTES_TELEMETRY_UNIX_SOCKET"):
        assert variable in shown.stdout
    assert name in command("--help").stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_the_commands(shell):
    script = command("--generate-completion-script", shell).stdout

    assert all(arguments[0] in script for arguments in COMMANDS)


def _events(count: int) -> bytes:
    return b"".join(b'{"type":"dome","data":%d}\n' % number for number in range(1, count + 1))


def _numbers(server) -> list:
    lines = [line for file in sorted(server.site_dir.glob("site_*.ndjson")) for line in file.read_text().splitlines()]
    return [json.loads(line)["data"] for line in lines]


def test_a_file_of_events_is_recorded_in_batches(server, telemetry, tmp_path):
    file = tmp_path / "events.ndjson"
    file.write_bytes(_events(2_500) + b"\n\n" + b'{"type":"dome","data":2501}')

    assert telemetry("post", "--batch", str(file)) == "2501 events recorded\n"
    answers = [strict_json(line) for line in telemetry("post", "--batch", str(file), "--json").splitlines()]

    assert _numbers(server) == 2 * list(range(1, 2_502))
    assert sum(answer["accepted"] for answer in answers) == 2_501
    assert answers[0] == {"accepted": 1_000, "first_seq": 2_502, "last_seq": 3_501}
    assert answers[-1]["last_seq"] == 5_002


def test_a_batch_that_is_refused_is_told_with_its_line_and_what_was_recorded_before(server, tmp_path):
    lines = _events(2_500).splitlines(keepends=True)
    lines[1_499] = b'{"type":"dome"}\n'
    file = tmp_path / "events.ndjson"
    file.write_bytes(b"".join(lines))

    done = command("post", "--batch", str(file), "--port", str(server.port))

    assert (done.returncode, done.stdout) == (REFUSED, "")
    assert "line 1500, data: Field required" in done.stderr
    assert "1000 events before lines 1001 to 2000 recorded, none after" in done.stderr
    assert _numbers(server) == list(range(1, 1_001))


def test_events_of_a_pipe_are_not_held_back_until_there_are_many(server):
    arguments = [binary(), "post", "--batch", "-", "--port", str(server.port), "--json"]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()) as post:
        for number in (1, 2):
            post.stdin.write(b'{"type":"dome","data":%d}\n' % number)
            post.stdin.flush()
            assert strict_json(post.stdout.readline())["last_seq"] == number
            assert server.get("/current/dome").json["data"] == number
        post.stdin.close()
        assert post.wait(EXIT_TIMEOUT) == 0


def test_when_nobody_answers_a_batch_it_may_have_been_recorded(tmp_path):
    file = tmp_path / "events.ndjson"
    file.write_bytes(_events(3))
    with breaking_off() as server:
        done = command("post", "--batch", str(file), "--port", str(server.port))
    assert done.returncode == UNAVAILABLE
    assert "0 events before lines 1 to 3 recorded; lines 1 to 3 maybe, none after" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [[], ["--batch", "x", "weather"], ["--batch", "x", "--ephemeral"], ["--batch", "x", "--stream", "site"]],
)
def test_a_batch_says_all_about_its_events(arguments):
    assert command("post", *arguments).returncode == USAGE


def test_a_batch_of_a_file_that_is_not_there():
    done = command("post", "--batch", "/nonexistent/events")
    assert done.returncode == NO_INPUT
    assert "/nonexistent/events" in done.stderr


@pytest.mark.parametrize("arguments", [["events"], ["events", "--limit", "5"], ["current"], ["health"], ["runs"]])
def test_nothing_is_printed_into_another_descriptor_where_standard_output_is_closed(server, arguments):
    server.record("weather", 1)
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", binary(), *arguments, "--port", str(server.port)],
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
        timeout=EXIT_TIMEOUT,
    )
    assert done.returncode == IO_ERROR, done
    assert "Bad file descriptor" in done.stderr
