"""`telemetry migrate` as an operator meets it: what it prints, how it ends, and what it leaves."""

import os
import pty
import re
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest

from e2e.migration.panfiledb import migrate, read, record, summary
from e2e.support.scarcity import install_wrapper
from e2e.support.server import EXIT_TIMEOUT, binary, command, environment, strict_json
from e2e.support.stored import site_lines, tree

NOTHING, USAGE, NO_INPUT, CANNOT_CREATE, IO_ERROR, TEMPORARY_FAILURE, NO_PERMISSION = 1, 64, 66, 73, 74, 75, 77


@pytest.fixture
def collections(source):
    """Two collections of five records on two days, one of them undated, and a line that is none."""
    (source / "weather.json").write_bytes(
        record("a", "2026-03-18T00:05:48.955398", {"sky": "clear"}) + b"{\n" + record("b", "2026-03-19T00:00:00")
    )
    (source / "mount.json").write_bytes(
        record("c", "2026-03-18T00:00:00", collection="mount") + record("d", None, collection="mount")
    )
    return source


def _write_many(path: Path, records: int) -> None:
    """Writes a collection of 300 bytes a record."""
    line = record("0123456789", "2026-03-18T00:00:00.123456", "x" * 190)
    with path.open("wb") as file:
        for _ in range(0, records, 1_000):
            file.write(line * 1_000)


def test_it_prints_what_it_read_and_wrote(collections, dest):
    ended = migrate(collections, dest)

    assert ended.returncode == 0
    lines = ended.stdout.splitlines()
    assert re.fullmatch(rf"{collections}/mount\.json: 2 records, \d+ B, 1 without a usable date", lines[0])
    assert re.fullmatch(rf"{collections}/weather\.json: 2 records, \d+ B, 1 rejected", lines[1])
    assert lines[2] == f"  the rejected lines are in {dest}/weather.json.rejected"
    assert lines[3] == "2 collections, 4 records, 3 days, 2 warnings"
    assert lines[4:] == [
        "1 record without a usable date stands at 1970-01-01T00:00:00.000Z",
        f"4 files written to {dest}",
    ]
    assert ended.stderr.splitlines() == [
        f"telemetry: {collections}/mount.json:2: no time in 'date' (\"\"): "
        "the record stands at 1970-01-01T00:00:00.000Z",
        f"telemetry: {collections}/weather.json:2: rejected: not strict JSON: "
        "Expecting property name enclosed in double quotes at character 2",
    ]


def test_the_report_is_one_json_object_for_scripts(collections, dest):
    report = summary(collections, dest)

    assert report["source"] == str(collections) and report["dest"] == str(dest) and report["dry_run"] is False
    assert [c["path"] for c in report["collections"]] == [f"{collections}/mount.json", f"{collections}/weather.json"]
    assert [(c["records"], c["undated"], c["rejected"]) for c in report["collections"]] == [(2, 1, 0), (2, 0, 1)]
    assert report["collections"][1]["rejected_file"] == f"{dest}/weather.json.rejected"
    totals = ["records", "days", "undated", "rejected", "warning_count", "files_written", "files_unchanged"]
    assert [report[name] for name in totals] == [4, 3, 1, 1, 2, 4, 0]
    assert [(w["line"], w["rejected"]) for w in report["warnings"]] == [(2, False), (2, True)]


def test_the_summary_says_how_many_records_stand_at_1970(collections, dest, tmp_path):
    assert "1 record without a usable date stands at 1970" in migrate(collections, dest, "--dry-run").stdout

    (collections / "mount.json").write_bytes(record("a", "") + record("b", "2026-03-18") + record("c", None))
    assert "2 records without a usable date stand at 1970" in migrate(collections, dest).stdout
    assert summary(collections, tmp_path / "other")["undated"] == 2
    (collections / "mount.json").unlink()
    assert "1970" not in migrate(collections, tmp_path / "third").stdout


def test_verbose_prints_each_record_and_all_warnings(source, dest):
    (source / "weather.json").write_bytes(record("a", "2026-03-18T00:05:48.955398") + b"{\n" * 50)

    quiet, verbose = migrate(source, dest), migrate(source, dest, "-v")

    assert "2026-03-18T00:05:48.955Z weather" in verbose.stdout.splitlines()
    assert "2026-03-18T00:05:48.955Z weather" not in quiet.stdout
    assert verbose.stderr.count("rejected") == 50
    assert quiet.stderr.count("rejected") == 20
    assert quiet.stderr.splitlines()[-1] == "telemetry: and 30 more warnings, which --verbose shows"


def test_a_dry_run_writes_nothing(collections, dest):
    before = tree(collections.parent.parent)

    report = summary(collections, dest, "--dry-run")

    assert (report["dry_run"], report["records"], report["days"], report["files_written"]) == (True, 4, 3, 0)
    assert tree(collections.parent.parent) == before
    assert "Dry run: nothing was written" in migrate(collections, dest, "--dry-run").stdout


def test_the_directories_of_the_reference_are_the_defaults(tmp_path):
    (tmp_path / "json_store/panoptes").mkdir(parents=True)
    (tmp_path / "json_store/panoptes/weather.json").write_bytes(record("a", "2026-03-18"))

    assert command("migrate", cwd=tmp_path).returncode == 0

    assert [path.name for path in (tmp_path / "telemetry/migrated").iterdir()] == ["site_20260318.ndjson"]


def test_the_source_is_not_changed(collections, dest):
    before = tree(collections)
    summary(collections, dest)
    assert tree(collections) == before


def test_it_may_be_repeated_and_a_file_of_others_is_replaced_only_by_force(collections, dest):
    summary(collections, dest)
    first = tree(dest)

    again = summary(collections, dest)
    assert (again["files_written"], again["files_unchanged"]) == (0, 4)
    assert tree(dest) == first

    (dest / "site_20260318.ndjson").write_text("mine\n")
    (dest / "site_20260319.ndjson").unlink()
    mine = tree(dest)
    refused = migrate(collections, dest)
    assert refused.returncode == CANNOT_CREATE
    assert str(dest / "site_20260318.ndjson") in refused.stderr and "--force" in refused.stderr
    assert tree(dest) == mine

    assert summary(collections, dest, "--force")["files_written"] == 2
    assert tree(dest) == first


def test_what_an_interrupted_migration_left_is_removed(collections, dest):
    summary(collections, dest)
    expected = tree(dest)
    for name in ["site_20260320.ndjson.new", ".migration-0", "weather.json.rejected.new"]:
        (dest / name).write_text("half")
    (dest / "notes.new").write_text("kept")

    summary(collections, dest)

    assert tree(dest) == expected | {"notes.new": b"kept"}


@pytest.mark.parametrize("content", [None, b"", b"\n\n", b"{\n"])
def test_without_records_there_is_nothing_to_migrate(content, source, dest):
    (source / "current_weather.json").write_bytes(record("a", "2026-03-18"))
    if content is not None:
        (source / "weather.json").write_bytes(content)

    for flags in [[], ["--dry-run"], ["--json"]]:
        ended = migrate(source, dest, *flags)
        assert ended.returncode == NOTHING, ended
        assert str(source) in ended.stderr


def test_wrong_usage_and_wrong_places_are_told_apart(collections, dest, tmp_path):
    (tmp_path / "file").write_text("")

    for status, arguments in [
        (USAGE, ["--source"]),
        (USAGE, ["--verbose", "--json"]),
        (USAGE, ["--nonsense"]),
        (NO_INPUT, ["--source", str(tmp_path / "nowhere")]),
        (NO_INPUT, ["--source", str(tmp_path / "file")]),
        (CANNOT_CREATE, ["--source", str(collections), "--dest", str(tmp_path / "file")]),
        (CANNOT_CREATE, ["--source", str(collections), "--dest", str(tmp_path / "file/below")]),
    ]:
        ended = command("migrate", *arguments, cwd=tmp_path)
        assert ended.returncode == status, (arguments, ended)
        assert ended.stderr and not ended.stdout


@pytest.mark.parametrize("what", ["source", "collection", "destination"])
def test_what_may_not_be_read_or_written_is_said_and_nothing_is_written(what, collections, dest, tmp_path):
    program = tmp_path / "telemetry-copy"
    shutil.copy(binary(), program)
    prefix = []
    if os.geteuid() == 0:
        # Root may read and write everything: the command is run as another user, who may go as far as here.
        prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
        for path in [tmp_path, *tmp_path.parents]:
            if path.is_relative_to(tempfile.gettempdir()):
                path.chmod(path.stat().st_mode | 0o5)
    dest.mkdir(parents=True)
    dest.chmod(0o777)
    closed = {"source": collections, "collection": collections / "weather.json", "destination": dest}[what]
    closed.chmod(0o555 if what == "destination" else 0)

    arguments = [*prefix, str(program), "migrate", "--source", str(collections), "--dest", str(dest)]
    ended = subprocess.run(arguments, env=environment(), capture_output=True, text=True, timeout=EXIT_TIMEOUT)

    assert ended.returncode == NO_PERMISSION, ended
    assert str(closed) in ended.stderr
    closed.chmod(0o755)
    assert list(dest.iterdir()) == []


def test_a_destination_that_a_server_holds_is_refused(collections, make_server):
    server = make_server().start()
    server.record("weather", 1)
    before = tree(server.site_dir)

    refused = migrate(collections, server.site_dir)

    assert refused.returncode == TEMPORARY_FAILURE, refused
    assert re.search(rf"\b{server.process.pid}\b", refused.stderr)
    assert tree(server.site_dir) == before
    # A directory of its own below the site directory is no concern of the server's.
    assert migrate(collections, server.site_dir / "migrated").returncode == 0


def test_a_server_starts_on_what_was_migrated_and_goes_on_after_it(collections, dest, make_server):
    summary(collections, dest)

    verified = command("verify", "--site-dir", str(dest))
    assert (verified.returncode, verified.stdout.splitlines()[-1][-9:]) == (0, "no damage"), verified
    server = make_server(site_dir=dest).start()
    assert server.get("/current/weather").json["meta"] == {"migrated_from": "PanFileDB", "original_id": "b"}
    assert server.record("weather", 1)["seq"] == 3, "the longest file has two records"
    assert server.stop() == 0
    assert len(site_lines(dest)) == 5
    assert command("verify", str(dest)).returncode == 0


def test_a_server_that_recorded_before_goes_on_as_if_nothing_had_happened(collections, make_server):
    server = make_server().start()
    before = [server.record("dome", n) for n in range(5)]
    assert server.stop() == 0

    summary(collections, server.site_dir)

    server.start()
    assert server.get("/current").json["current"] == {"dome": before[-1]}
    assert server.record("dome", 6)["seq"] == 6
    assert server.stop() == 0
    assert command("verify", str(server.site_dir)).returncode == 0


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_without_a_trace(signal_number, source, dest):
    _write_many(source / "weather.json", 100_000)
    program = [binary(), "migrate", "--source", str(source), "--dest", str(dest), "--verbose"]
    process = subprocess.Popen(program, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    # It cannot be done: what it prints does not fit into the pipe.
    assert process.stdout.readline()
    assert any(path.name.startswith(".migration") for path in dest.iterdir())

    process.send_signal(signal_number)
    _, errors = process.communicate(timeout=EXIT_TIMEOUT)

    # A shell says 130 after SIGINT and 143 after SIGTERM.
    assert (process.returncode, errors) == (-signal_number, b"")
    assert list(dest.iterdir()) == []


def test_a_reader_that_goes_away_ends_it_without_a_trace(source, dest):
    _write_many(source / "weather.json", 100_000)
    program = [binary(), "migrate", "--source", str(source), "--dest", str(dest), "--verbose"]
    process = subprocess.Popen(program, env=environment(), stdout=subprocess.PIPE)
    assert process.stdout.readline()

    process.stdout.close()

    assert process.wait(timeout=EXIT_TIMEOUT) == -signal.SIGPIPE
    assert list(dest.iterdir()) == []


def test_kill_leaves_nothing_under_a_final_name_and_the_next_migration_cleans_up(source, dest):
    _write_many(source / "weather.json", 100_000)
    program = [binary(), "migrate", "--source", str(source), "--dest", str(dest), "--verbose"]
    process = subprocess.Popen(program, env=environment(), stdout=subprocess.PIPE)
    assert process.stdout.readline()
    process.kill()
    process.communicate(timeout=EXIT_TIMEOUT)
    assert [path.name for path in dest.iterdir()] == [".migration-0"]

    assert summary(source, dest)["records"] == 100_000
    assert [path.name for path in dest.iterdir()] == ["site_20260318.ndjson"]


@pytest.mark.parametrize("records", [2_000, 4_000], ids=["while it writes files", "while it sorts"])
def test_a_full_disk_leaves_nothing_behind(records, source, mount, tmp_path, monkeypatch):
    # Of a megabyte, 600 kB are room for the sorted records and not for the files as well.
    _write_many(source / "weather.json", records)
    small_disk = mount(1 << 20)
    monkeypatch.setenv("TELEMETRY_BINARY", install_wrapper(tmp_path, small_disk.command, binary()))

    ended = migrate(source, small_disk.directory)

    assert ended.returncode == IO_ERROR, ended
    assert "No space left on device" in ended.stderr and not ended.stdout
    assert list(small_disk.seen(small_disk.directory).iterdir()) == []


def test_a_limit_on_the_size_of_files_leaves_nothing_behind(source, dest, tmp_path, monkeypatch):
    _write_many(source / "weather.json", 1_000)
    limit = ["prlimit", "--fsize=100000:", "--"]
    monkeypatch.setenv("TELEMETRY_BINARY", install_wrapper(tmp_path, limit, binary()))

    ended = migrate(source, dest)

    assert ended.returncode == IO_ERROR, ended
    assert "File too large" in ended.stderr
    assert list(dest.iterdir()) == []


def _read_to_end(terminal: int) -> str:
    shown = b""
    with suppress(OSError):
        while piece := os.read(terminal, 4_096):
            shown += piece
    return shown.decode()


def test_a_progress_bar_is_shown_on_a_terminal_when_it_takes_longer_than_a_second(source, dest):
    _write_many(source / "weather.json", 200_000)
    terminal, stderr = pty.openpty()
    program = [binary(), "migrate", "--source", str(source), "--dest", str(dest)]
    process = subprocess.Popen(program, env=environment(), stdout=subprocess.PIPE, stderr=stderr, text=True)
    os.close(stderr)
    while process.poll() is None and not (dest / ".migration-0").exists():
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
    percents = [int(percent) for percent in re.findall(r"(\d+)%", shown)]
    assert percents == sorted(percents) and percents[-1] <= 100
    assert re.search(r"\r *\r$", shown), "the bar is still there"
    assert report.splitlines()[-1] == f"1 file written to {dest}"


def test_help_says_what_it_does_with_an_example():
    text = command("help", "migrate").stdout
    assert "telemetry migrate --source json_store/panoptes --dest telemetry/migrated" in text
    for flag in ["--source", "--dest", "--verbose", "--dry-run", "--force", "--json"]:
        assert flag in text


def test_warnings_are_listed_up_to_a_bound(source, dest):
    (source / "weather.json").write_bytes(b"{\n" * 5_000 + record("a", "2026-03-18"))

    report = strict_json(migrate(source, dest, "--json").stdout)

    assert report["warning_count"] == report["rejected"] == 5_000
    assert len(report["warnings"]) == 1_000
    assert read(dest).others["weather.json.rejected"] == b"{\n" * 5_000
