"""What an operator reads in the journal and in systemctl status."""

import pytest

from e2e.support.messages import MESSAGES
from e2e.support.waiting import wait_until
from e2e.system.machine import SERVICE, STATE, Machine


def test_entries_have_their_fields(machine):
    machine.start_run(run_id="night")
    (entry,) = machine.journal("TELEMETRY_RUN_ID=night")

    assert "night" in entry["MESSAGE"]
    assert entry["_SYSTEMD_UNIT"] == SERVICE
    assert entry["PRIORITY"] == "6"
    assert entry["SYSLOG_IDENTIFIER"] == "telemetry"
    assert entry["CODE_FILE"].endswith(".swift") and entry["CODE_LINE"] and entry["CODE_FUNC"]
    assert entry["MESSAGE_ID"] == MESSAGES["runStarted"]
    verbose = machine.output("journalctl", "--unit", SERVICE, "--output=verbose")
    assert "TELEMETRY_RUN_ID=night" in verbose


def test_the_entries_of_a_run_are_found_by_its_id(machine):
    machine.start_run(run_id="first")
    machine.post("/run/stop", {})
    machine.start_run(run_id="second")

    entries = machine.journal("TELEMETRY_RUN_ID=first")

    assert [entry["MESSAGE_ID"] for entry in entries] == [MESSAGES["runStarted"], MESSAGES["runStopped"]]
    assert {entry["TELEMETRY_RUN_ID"] for entry in entries} == {"first"}


def test_the_catalog_explains_the_messages(machine):
    machine.start_run(run_id="night")

    explained = machine.output("journalctl", "--catalog", "--no-pager", "TELEMETRY_RUN_ID=night")

    assert "Subject:" in explained
    assert "night" in explained.partition("Subject:")[2].partition("\n")[0], "the field is filled in"


def test_every_message_is_known_to_journalctl(machine):
    listed = machine.output("journalctl", "--list-catalog")

    assert len(MESSAGES) >= 12
    assert [name for name, identifier in MESSAGES.items() if identifier not in listed] == []


def test_what_a_client_writes_stays_within_its_field(machine):
    machine.start_run(run_id="a MESSAGE=b")
    machine.drop_in("[Service]", "Environment=PANOPTES_TELEMETRY_VERBOSE=1")
    machine.systemctl("restart", SERVICE)
    machine.record("x\u2028PRIORITY=0", "secret\nPRIORITY=0")

    entries = machine.journal()

    assert all(entry["PRIORITY"] in "4567" for entry in entries)
    assert all(isinstance(entry["MESSAGE"], str) for entry in entries), "a message that journalctl hides"
    assert not any("secret" in entry["MESSAGE"] for entry in entries)


def test_the_status_tells_what_is_recorded(machine):
    status = machine.property("StatusText")
    assert status.startswith("Recording site stream"), status

    machine.start_run(run_id="night")
    machine.record("weather", 1)

    status = wait_until(lambda: _status(machine, "night", "1 event"), "the status tells of the run")
    assert status in machine.output("systemctl", "status", SERVICE)


def _status(machine: Machine, *words: str) -> str | None:
    status = machine.property("StatusText")
    return status if all(word in status for word in words) else None


def test_a_reload_turns_the_verbosity(machine):
    default = machine.root / "etc/default/telemetry-server"
    process = machine.property("MainPID")
    machine.record("quiet", 1)

    default.write_text('TELEMETRY_OPTIONS=""\nPANOPTES_TELEMETRY_VERBOSE=1\n')
    machine.systemctl("reload", SERVICE)
    machine.record("loud", 1)

    assert machine.property("MainPID") == process
    types = [entry["TELEMETRY_TYPE"] for entry in machine.journal() if "TELEMETRY_TYPE" in entry]
    assert types == ["loud"]


@pytest.mark.parametrize("origin", ["http://evil.example"])
def test_refused_origins_are_told_once_with_a_count(origin, machine):
    for _ in range(50):
        assert _refused(machine, origin) == "403"

    identifier = MESSAGES["requestRefused"]
    entries = machine.journal(f"MESSAGE_ID={identifier}")
    assert len(entries) == 1, [entry["MESSAGE"] for entry in entries]
    assert origin in entries[0]["MESSAGE"]


def _refused(machine: Machine, origin: str) -> str:
    code = ("curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}")
    return machine.output(*code, "--header", f"Origin: {origin}", "localhost:6562/health")


def test_a_torn_line_is_told_at_the_next_start(machine):
    machine.record("weather", 1)
    machine.systemctl("stop", SERVICE)
    (path,) = machine.seen(STATE).glob("site_*.ndjson")
    with path.open("ab") as file:
        file.write(b'{"seq":2,"ts":"20')

    machine.systemctl("start", SERVICE)

    (entry,) = machine.journal(f"MESSAGE_ID={MESSAGES['tornTailRepaired']}")
    assert path.name in entry["TELEMETRY_FILE"]
    assert machine.record("weather", 2)["seq"] == 2
