"""What is logged: entries with fields in the journal, readable lines elsewhere, and what repeats itself once."""

import re
import resource
import signal
from pathlib import Path

import pytest

from e2e.lifecycle.journal import Journal
from e2e.support.messages import MESSAGES
from e2e.support.server import Server

_ROOT = Path(__file__).parents[3]
CATALOG = (_ROOT / "packaging" / "debian" / "telemetry-server.catalog").read_text()
IO_ERROR = 74
TEMPORARY_FAILURE = 75
# It turns the direction of writing round: a terminal would show another text.
EVIL = "http://evil\u202e.example"
HOSTILE = {"Origin": EVIL.encode(), "Sec-Fetch-Site": "cross-site"}


@pytest.fixture
def service(make_server, journal) -> Server:
    """A server whose standard error is the journal; started with `_start`."""
    server = make_server()
    server.launcher = journal.launcher
    return server


def _start(server: Server, journal: Journal) -> Server:
    server.spawn()
    listening = journal.wait_for("Listening on ")["MESSAGE"].decode()
    server.port = int(re.search(r"http://127\.0\.0\.1:(\d+)", listening)[1])
    return server


def _kinds(journal: Journal) -> list[str]:
    names = {identifier: name for name, identifier in MESSAGES.items()}
    return [names[entry["MESSAGE_ID"].decode()] for entry in journal.take_all() if "MESSAGE_ID" in entry]


def _check_catalog(journal: Journal) -> None:
    """Each entry has the fields that its text in the catalog wants filled in."""
    for entry in journal.take_all():
        if "MESSAGE_ID" not in entry:
            continue
        text = re.search(rf"^-- {entry['MESSAGE_ID'].decode()}$(.*?)(?=^-- |\Z)", CATALOG, re.M | re.S)[1]
        assert set(re.findall(r"@(\w+)@", text)) <= set(entry), f"the catalog wants more than {entry}"


def test_the_journal_gets_entries_with_fields_and_standard_error_nothing(service, journal):
    _start(service, journal)
    service.start_run(run_id="night")
    service.record("dome", 1)
    service.stop_run()
    assert service.stop() == 0

    assert _kinds(journal) == ["started", "runStarted", "runStopped", "stopped"]
    assert service.log == []
    _check_catalog(journal)
    for entry in journal.entries:
        assert entry["SYSLOG_IDENTIFIER"] == b"telemetry"
        assert entry["PRIORITY"] in (b"5", b"6")
        assert re.fullmatch(rb"Telemetry\w+/[\w+]+\.swift", entry["CODE_FILE"]), entry
        assert int(entry["CODE_LINE"]) > 0
        assert entry["CODE_FUNC"]


def test_every_entry_about_a_run_names_it(service, journal, tmp_path):
    _start(service, journal)
    run = service.start_run(run_id="night")
    service.record("dome", 1)
    service.stop(signal.SIGKILL)
    file = Path(run["run_dir"]) / "telemetry.ndjson"
    file.write_bytes(b"damaged\n" + file.read_bytes() + b'{"torn')
    (service.site_dir / ".telemetry" / "checkpoint.json").unlink()

    _start(service, journal)
    file.unlink()
    service.record("dome", 2)
    service.stop_run()

    about = [entry for entry in journal.take_all() if str(file).encode() in entry.get("TELEMETRY_FILE", b"")]
    assert {entry.get("TELEMETRY_RUN_ID") for entry in about} == {b"night"}
    kinds = _kinds(journal)
    assert {"runStarted", "damageFound", "tornTailRepaired", "runStopped"} <= set(kinds), kinds
    assert any(b"was taken away" in entry["MESSAGE"] for entry in about)
    _check_catalog(journal)


def test_an_event_is_logged_with_its_fields_when_that_is_asked_for(service, journal):
    service.arguments.append("--verbose")
    _start(service, journal)
    service.start_run(run_id="night")
    service.record("dome\u202e shutter", 1)

    entry = journal.wait_for("Event 1 of type")

    assert entry["TELEMETRY_TYPE"].decode() == "dome\u202e shutter"
    assert entry["MESSAGE"].decode().startswith("Event 1 of type dome\\u{202e} shutter")
    assert (entry["TELEMETRY_STREAM"], entry["TELEMETRY_SEQ"]) == (b"run", b"1")
    assert (entry["TELEMETRY_RUN_ID"], entry["PRIORITY"]) == (b"night", b"7")


def test_a_refused_request_is_logged_with_what_the_client_sent_in_fields(service, journal):
    _start(service, journal)

    assert service.post("/run/stop", headers=HOSTILE).status == 403

    entry = journal.wait_for("Request refused")
    assert entry["MESSAGE_ID"].decode() == MESSAGES["requestRefused"]
    assert entry["PRIORITY"] == b"5"
    assert entry["TELEMETRY_ORIGIN"].decode() == EVIL
    assert r"'http://evil\u{202e}.example'" in entry["MESSAGE"].decode()
    assert (entry["TELEMETRY_METHOD"], entry["TELEMETRY_PATH"]) == (b"POST", b"/run/stop")
    _check_catalog(journal)


def test_a_shortage_is_logged_once_with_its_error_number_and_its_end(service, journal):
    _start(service, journal)
    service.record("dome", 1)
    (path,) = service.site_dir.glob("site_*.ndjson")
    everything = resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (path.stat().st_size + 10, everything[1]))

    for number in range(20):
        assert service.post("/event", {"type": "dome", "data": number}).status == 507
    resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, everything)
    journal.wait_for("Recording works again")

    kinds = _kinds(journal)
    assert (kinds.count("diskFull"), kinds.count("recordingResumed")) == (1, 1), kinds
    (entry,) = [entry for entry in journal.entries if entry.get("MESSAGE_ID", b"").decode() == MESSAGES["diskFull"]]
    assert entry["TELEMETRY_FILE"].decode() == str(path)
    assert entry["ERRNO"] == b"27" and entry["PRIORITY"] == b"3"
    assert b"Cannot record: file size limit reached (" in entry["MESSAGE"]
    _check_catalog(journal)


def _environment(server: Server, *parts: dict[str, str]) -> None:
    server.env = {name: value for part in parts for name, value in part.items()}


def test_a_new_day_is_logged_with_its_file(service, journal):
    _environment(service, {"TZ": "UTC", "POCSTIME": "2026-05-20 11:59:58"})
    _start(service, journal)
    for number in range(4):
        service.record("dome", number)

    days = [journal.wait_for("The site stream goes to")["TELEMETRY_FILE"].decode() for _ in range(2)]

    assert [Path(day).name for day in days] == ["site_20260519.ndjson", "site_20260520.ndjson"]
    _check_catalog(journal)


def test_a_place_that_cannot_be_written_is_logged_as_what_it_is(service, journal, tmp_path):
    _start(service, journal)
    service.record("dome", 1)
    moved = service.site_dir.rename(tmp_path / "unmounted")

    assert service.post("/event", {"type": "dome", "data": 2}).status == 503
    entry = journal.wait_for("Cannot record")
    moved.rename(service.site_dir)

    assert entry["MESSAGE_ID"].decode() == MESSAGES["cannotRecord"]
    assert entry["ERRNO"] == b"2"
    assert journal.wait_for("Recording works again")["PRIORITY"] == b"5"
    _check_catalog(journal)


def test_a_failed_sync_is_logged_with_its_file(service, journal, sync_faults):
    _environment(service, sync_faults.env)
    _start(service, journal)
    service.record("dome", 1)
    sync_faults.fail(".ndjson")
    assert service.post("/event", {"type": "dome", "data": 2}).status == 503

    entry = journal.wait_for("Nothing can be recorded any more")

    assert service.wait() == IO_ERROR
    assert entry["MESSAGE_ID"].decode() == MESSAGES["syncFailed"]
    assert (entry["ERRNO"], entry["PRIORITY"]) == (b"5", b"2")
    assert entry["TELEMETRY_FILE"].endswith(b".ndjson")
    assert _kinds(journal).count("syncFailed") == 1
    assert "cannotRecord" not in _kinds(journal)
    _check_catalog(journal)


def test_a_part_that_is_late_is_logged_by_its_name(service, journal, manager, held_calls):
    _environment(service, manager.watching(2.0), held_calls.env)
    _start(service, journal)
    service.record("dome", 0)
    held_calls.hold("sync")
    connection = service.connect()
    connection.request("POST", "/event", b'{"type":"dome","data":1}', {"Content-Type": "application/json"})

    entry = journal.wait_for("No answer from the commit thread")
    held_calls.release("sync")

    assert entry["MESSAGE_ID"].decode() == MESSAGES["watchdogLate"]
    assert entry["TELEMETRY_PART"] == b"the commit thread"
    assert connection.getresponse().status == 200
    connection.close()
    _check_catalog(journal)


def test_why_it_cannot_start_is_an_error_in_the_journal(service, journal, make_server):
    make_server().start()
    service.spawn()

    entry = journal.wait_for("is held by the telemetry server")

    assert service.wait() == TEMPORARY_FAILURE
    assert entry["PRIORITY"] == b"2"
    assert service.log == []


def test_lines_go_to_standard_error_when_that_is_not_the_journal(make_server, journal):
    server = make_server()
    server.launcher = journal.launcher_beside
    server.start()
    server.start_run(run_id="night")

    line = server.wait_for_line("Run night started")

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ info: Run night started in \S+ file=\S+ run_id=night\n", line)
    assert journal.take_all() == []


def test_what_the_journal_does_not_take_goes_to_standard_error(service, journal):
    _start(service, journal)
    journal.close()

    assert service.get("/health").status == 200
    service.start_run(run_id="night")

    service.wait_for_line("Run night started")


def test_requests_that_repeat_each_other_are_logged_once_and_counted(make_server):
    server = make_server().start()
    for _ in range(5):
        server.post("/run/stop", headers=HOSTILE)
    server.post("/shutdown", headers=HOSTILE)

    server.stop()

    lines = [line for line in server.log if "Request refused" in line]
    assert ["(repeated" in line for line in lines] == [False, False, True], lines
    assert "(repeated 4 times in the last minute)" in lines[2]
    assert all("\u202e" not in line and r"origin=http://evil\u{202e}.example" in line for line in lines)


def test_a_client_that_invents_origins_does_not_fill_the_log(make_server):
    server = make_server().start()
    connection = server.connect()
    for number in range(1_000):
        connection.request("GET", "/health", headers={"Origin": f"http://{number}.example"})
        assert connection.getresponse().read()
    connection.close()

    server.stop()

    assert 200 < sum("Request refused" in line for line in server.log) < 300
    assert any("repeated" in line for line in server.log)
