"""`telemetry verify` and `telemetry repair`: what they find, what they change, and how they end."""

import os
import pty
import re
import signal
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from e2e.support.privileges import not_permitted
from e2e.support.server import EXIT_TIMEOUT, binary, command, environment, strict_json
from e2e.support.stored import lines, run_lines, site_lines, tree

DAMAGED, USAGE, NO_INPUT, TEMPORARY_FAILURE = 1, 64, 66, 75

EVENT = '{"seq":%d,"ts":"2026-05-20T10:00:00.000Z","stream":"site","type":"weather","data":{"n":1},"meta":{}}\n'


def _site_file(site_dir: Path) -> Path:
    (path,) = site_dir.glob("site_*.ndjson")
    return path


def _damage(path: Path, line: int) -> bytes:
    """Makes a line of a file unreadable, and gives what it is then."""
    content = path.read_bytes().splitlines(keepends=True)
    content[line] = b"{" + content[line]
    path.write_bytes(b"".join(content))
    return content[line]


@pytest.fixture
def recorded(make_server):
    """A server, stopped, that recorded three site events, a stopped run of three and an active run of one."""
    server = make_server().start()
    for n in range(3):
        server.record("weather", n)
    server.start_run(run_id="night-1")
    for n in range(3):
        server.record("guiding", n)
    server.stop_run()
    server.start_run(run_id="night-2")
    server.record("focus", 1)
    assert server.stop() == 0
    return server


def test_what_a_server_recorded_is_sound(recorded):
    site = recorded.site_dir
    for path in [site, site / "night-1", _site_file(site), site / "night-1/telemetry.ndjson"]:
        verified = command("verify", str(path))
        assert (verified.returncode, verified.stderr) == (0, ""), verified
        assert "no damage" in verified.stdout.splitlines()[-1]


def test_a_server_is_verified_while_it_records(server):
    server.start_run(run_id="a")
    end = threading.Event()

    def record():
        connection_events = 0
        while not end.is_set():
            server.record("weather", "x" * 5_000, stream=["site", "run"][connection_events % 2])
            connection_events += 1

    threads = [threading.Thread(target=record) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        verified = [command("verify", str(server.site_dir)) for _ in range(10)]
    finally:
        end.set()
        for thread in threads:
            thread.join()
    assert [v.returncode for v in verified] == [0] * 10, verified


def test_a_line_that_a_server_is_writing_is_no_damage_and_a_torn_one_is(server):
    server.record("weather", 1)
    path = _site_file(server.site_dir)
    with path.open("ab") as file:
        file.write(b'{"seq":2,"ts"')

    writing = command("verify", str(server.site_dir))
    server.stop(signal.SIGKILL)
    torn = command("verify", str(server.site_dir))

    assert writing.returncode == 0, writing
    assert "1 line, " in writing.stdout
    assert "being written" in writing.stdout
    assert torn.returncode == DAMAGED, torn
    assert re.search(r"line 2, byte \d+: .*torn", torn.stdout)


def test_damage_is_told_with_file_line_and_offset(recorded):
    path = _site_file(recorded.site_dir)
    first = path.read_bytes().index(b"\n") + 1
    _damage(path, 1)

    verified = command("verify", "--json", str(recorded.site_dir))

    assert verified.returncode == DAMAGED, verified
    report = strict_json(verified.stdout)
    assert report["ok"] is False
    assert report["damaged_lines"] == 1
    files = {file.pop("path"): file for file in report["files"]}
    assert set(files) == {str(path), *(str(recorded.site_dir / f"night-{n}/telemetry.ndjson") for n in (1, 2))}
    damage = files[str(path)].pop("damage")
    assert [(entry["line"], entry["offset"]) for entry in damage] == [(2, first)]
    assert "JSON" in damage[0]["reason"]
    expected = {"lines": 3, "bytes": path.stat().st_size, "first_seq": 1, "last_seq": 3, "damaged_lines": 1}
    assert files[str(path)] == expected
    text = command("verify", str(recorded.site_dir)).stdout
    assert f"line 2, byte {first}: " in text
    assert text.splitlines()[-1].startswith("3 files, 7 lines, ")


def test_only_twenty_damaged_lines_of_a_file_are_shown(tmp_path):
    (tmp_path / "x.ndjson").write_text("x\n" * 100)

    shown = command("verify", str(tmp_path / "x.ndjson")).stdout

    assert shown.count("byte ") == 20
    assert "80 more" in shown


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ("verify nope", NO_INPUT),
        ("verify nope/site_20260520.ndjson", NO_INPUT),
        ("verify site nope", NO_INPUT),
        ("verify notes.txt", USAGE),
        ("verify empty", USAGE),
        ("verify --nope", USAGE),
        ("verify", NO_INPUT),
        ("verify site", 0),
        ("verify --site-dir site", 0),
        ("verify --json site/site_20260520.ndjson", 0),
        ("verify site torn.ndjson", DAMAGED),
        ("repair", USAGE),
        ("repair nope", NO_INPUT),
        ("repair site", 0),
        ("repair --dry-run torn.ndjson", DAMAGED),
        ("repair --json torn.ndjson", 0),
        ("repair order.ndjson", DAMAGED),
    ],
)
def test_the_exit_status_tells_what_was_found(arguments, status, tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site/site_20260520.ndjson").write_text(EVENT % 1 + EVENT % 2)
    (tmp_path / "torn.ndjson").write_text(EVENT % 1 + '{"seq":2')
    (tmp_path / "order.ndjson").write_text(EVENT % 2 + EVENT % 1)
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "empty").mkdir()

    ended = command(*arguments.split(), cwd=tmp_path)

    assert ended.returncode == status, ended
    assert bool(ended.stderr) == (status >= USAGE)
    assert bool(ended.stdout) == (status < USAGE)
    if "--json" in arguments:
        assert ended.stdout.count("\n") == 1
        strict_json(ended.stdout)


def test_without_a_path_the_site_directory_is_verified(recorded, tmp_path):
    site = str(recorded.site_dir)
    (tmp_path / "telemetry").symlink_to(site)

    for options in [{"env": {"PANOPTES_TELEMETRY_SITE_DIR": site}}, {"cwd": tmp_path}]:
        verified = command("verify", **options)
        assert verified.returncode == 0, verified
        assert site in verified.stdout


@pytest.mark.parametrize("arguments", [[], ["--dry-run"], ["--json"]])
@pytest.mark.parametrize("place", [".", "a", "a/telemetry.ndjson"])
def test_repair_refuses_while_a_server_holds_the_directory(place, arguments, server):
    server.start_run(run_id="a")
    server.record("weather", 1)
    before = tree(server.site_dir)

    refused = command("repair", *arguments, str(server.site_dir / place))

    assert refused.returncode == TEMPORARY_FAILURE, refused
    assert re.search(rf"\b{server.process.pid}\b", refused.stderr)
    assert tree(server.site_dir) == before
    server.record("weather", 2)


def test_a_server_that_records_below_a_run_root_is_noticed(make_server, tmp_path):
    (tmp_path / "runs").mkdir()
    server = make_server("--run-root", str(tmp_path / "runs")).start()
    run = server.start_run(run_dir=str(tmp_path / "runs/a"), run_id="a")
    server.record("weather", 1)
    with (Path(run["run_dir"]) / "telemetry.ndjson").open("ab") as file:
        file.write(b'{"seq":2')
    arguments = ["--site-dir", str(server.site_dir), run["run_dir"]]

    assert command("verify", *arguments).returncode == 0
    assert command("repair", *arguments).returncode == TEMPORARY_FAILURE
    assert command("verify", run["run_dir"]).returncode == DAMAGED


def test_a_server_goes_on_after_a_repair_with_the_numbers_that_are_left(recorded):
    site = recorded.site_dir
    site_file, stopped, active = _site_file(site), site / "night-1", site / "night-2"
    moved = {
        site_file: _damage(site_file, 2),
        stopped / "telemetry.ndjson": _damage(stopped / "telemetry.ndjson", 1),
        active / "telemetry.ndjson": _damage(active / "telemetry.ndjson", 0),
    }

    repaired = command("repair", str(site))

    assert repaired.returncode == 0, repaired
    for path, bytes_ in moved.items():
        assert path.with_name(path.name + ".damaged").read_bytes() == bytes_
        assert str(path) + ".damaged" in repaired.stdout
    assert [line["seq"] for line in lines(site_file)] == [1, 2]
    assert [line["seq"] for line in lines(stopped / "telemetry.ndjson")] == [1, 3]
    assert command("verify", str(site)).returncode == 0

    recorded.start()
    assert recorded.get("/run").json["run_id"] == "night-2"
    assert recorded.record("focus", 2)["seq"] == 1
    assert recorded.record("weather", 9, stream="site")["seq"] == 3
    counts = {run["run_id"]: run["events"] for run in recorded.get("/runs").json["runs"]}
    assert counts == {"night-1": 2, "night-2": 1}
    assert recorded.get("/current/weather").json["data"] == 9
    assert [line["seq"] for line in run_lines(recorded.get("/run").json)] == [1]
    assert [line["seq"] for line in site_lines(site)] == [1, 2, 3]
    assert command("verify", str(site)).returncode == 0


def test_a_repaired_old_day_does_not_become_the_one_in_use(recorded):
    old = recorded.site_dir / "site_20200101.ndjson"
    newest = _site_file(recorded.site_dir)
    old.write_text(EVENT % 1 + "x\n")
    os.utime(old, (1_577_880_000, 1_577_880_000))
    (recorded.site_dir / ".telemetry/checkpoint.json").unlink()

    assert command("repair", str(old)).returncode == 0

    recorded.start()
    assert recorded.get("/current/weather").json["data"] == 2
    assert recorded.record("weather", 3, stream="site")["seq"] == 4
    assert len(lines(newest)) == 4


def test_files_that_root_repairs_stay_their_owners(recorded):
    run = recorded.site_dir / "night-1"
    _damage(run / "telemetry.ndjson", 1)
    try:
        for path in run.iterdir():
            os.chown(path, 4_711, 4_712)
    except PermissionError as error:
        not_permitted(error)

    assert command("repair", str(run)).returncode == 0

    owners = {path.name: (path.stat().st_uid, path.stat().st_gid) for path in run.iterdir()}
    assert owners == dict.fromkeys(["run.json", "telemetry.ndjson", "telemetry.ndjson.damaged"], (4_711, 4_712))


def test_the_help_tells_what_is_moved_and_what_is_not():
    shown = " ".join(command("repair", "--help").stdout.split())

    assert "FILE.damaged" in shown
    assert "is not moved" in shown
    assert "--dry-run" in shown
    assert "--json" in command("verify", "--help").stdout


def _has_open(process: subprocess.Popen, path: Path) -> bool:
    with suppress(FileNotFoundError, PermissionError):
        directory = f"/proc/{process.pid}/fd"
        return any(os.readlink(f"{directory}/{name}") == str(path) for name in os.listdir(directory))
    return False


def _read_to_end(terminal: int) -> str:
    output = b""
    # The terminal's other end reports EIO when the last program has closed it.
    with suppress(OSError):
        while piece := os.read(terminal, 65_536):
            output += piece
    return output.decode()


def test_a_progress_bar_is_shown_on_a_terminal_when_it_takes_longer_than_a_second(tmp_path):
    path = tmp_path / "site_20260520.ndjson"
    with path.open("w") as file:
        for start in range(1, 400_001, 1_000):
            file.writelines(EVENT % seq for seq in range(start, start + 1_000))
    terminal, stderr = pty.openpty()
    process = subprocess.Popen(
        [binary(), "verify", str(path)], env=environment(), stdout=subprocess.PIPE, stderr=stderr, text=True
    )
    os.close(stderr)
    while process.poll() is None and not _has_open(process, path):
        pass
    # However fast the machine is, the work takes longer than a second when it is halted for that long.
    process.send_signal(signal.SIGSTOP)
    time.sleep(1.1)
    process.send_signal(signal.SIGCONT)
    shown = _read_to_end(terminal)
    report, _ = process.communicate(timeout=EXIT_TIMEOUT)
    os.close(terminal)

    assert process.returncode == 0
    assert re.search(r"\r +\d+% \[#*-*\] \d+\.\d MB of \d+\.\d MB, \d+\.\d .B/s, \d+:\d\d left", shown), shown
    assert re.search(r"\r *\r$", shown), "the bar is still there"
    assert report.splitlines()[-1].endswith("no damage")


def test_no_progress_bar_is_shown_where_there_is_no_terminal_or_when_it_is_quick(tmp_path):
    (tmp_path / "x.ndjson").write_text(EVENT % 1)
    terminal, stderr = pty.openpty()
    process = subprocess.run([binary(), "verify", str(tmp_path / "x.ndjson")], stdout=subprocess.DEVNULL, stderr=stderr)
    os.close(stderr)

    assert process.returncode == 0
    assert _read_to_end(terminal) == ""
    os.close(terminal)
    assert command("verify", str(tmp_path / "x.ndjson")).stderr == ""
