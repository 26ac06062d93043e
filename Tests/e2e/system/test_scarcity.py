"""A full disk and a read-only one: told in the status, in the journal once, and by /ready; and gone by itself."""

from collections.abc import Iterator

import pytest

from e2e.support.messages import MESSAGES
from e2e.support.waiting import wait_until
from e2e.system.machine import SERVICE, STATE, Machine

SIZE = 1024 * 1024


@pytest.fixture
def small_disk(machine: Machine) -> Iterator[Machine]:
    """The machine with a state directory on a small file system of its own, which a ballast fills in part."""
    machine.systemctl("stop", SERVICE)
    options = f"size={SIZE},mode=0750,uid=telemetry-server,gid=telemetry-server"
    machine.run("mount", "-t", "tmpfs", "-o", options, "disk", STATE)
    machine.seen(f"{STATE}/ballast").write_bytes(bytes(SIZE // 4))
    machine.systemctl("start", SERVICE)
    yield machine


def _reason(machine: Machine) -> str | None:
    """Why the server says that it cannot record; None when it can."""
    response = machine.get("/ready")
    return None if response.status == 200 else response.json["reason"]


def _check_told(machine: Machine, identifier: str, *words: str) -> None:
    """The status says what the matter is, and the journal said so once."""
    wait_until(
        lambda: all(word in machine.property("StatusText") for word in ("Cannot record", *words)),
        f"the status tells of {words}",
    )
    assert "Cannot record" in machine.output("systemctl", "status", SERVICE)
    assert machine.state() == "active"
    assert len(machine.journal(f"MESSAGE_ID={identifier}")) == 1
    explained = machine.output("journalctl", "--catalog", "--no-pager", f"MESSAGE_ID={identifier}")
    assert "Subject:" in explained and "@" not in explained


def _check_resumed(machine: Machine) -> None:
    wait_until(lambda: machine.property("StatusText").startswith("Recording"), "the status tells that it records again")
    assert _reason(machine) is None
    assert len(machine.journal(f"MESSAGE_ID={MESSAGES['recordingResumed']}")) == 1
    assert machine.property("NRestarts") == "0"


def _fill(machine: Machine) -> list[dict]:
    """Records until nothing finds room, and then a hundred events more, which are refused."""
    acknowledged = []
    for length in (20_000, 1_000, 0):
        while (response := machine.post("/event", {"type": "fill", "data": "x" * length})).status == 200:
            acknowledged.append(response.json)
        assert response.status == 507, response
    for _ in range(100):
        assert machine.post("/event", {"type": "fill", "data": 1}).status == 507
    return acknowledged


def test_a_full_disk_is_told_and_recording_resumes_when_there_is_room(small_disk):
    acknowledged = _fill(small_disk)

    assert "space" in _reason(small_disk).lower() or "full" in _reason(small_disk).lower()
    _check_told(small_disk, MESSAGES["diskFull"], "disk full", STATE)
    assert small_disk.get("/current/fill").json == acknowledged[-1]
    small_disk.seen(f"{STATE}/ballast").unlink()

    # Nobody asks meanwhile: neither an event nor /ready.
    _check_resumed(small_disk)
    assert small_disk.record("after", 1)["seq"] == acknowledged[-1]["seq"] + 1
    assert len(small_disk.site_lines()) == len(acknowledged) + 1


def test_a_read_only_state_directory_is_told_and_recording_resumes_when_it_is_writable(small_disk):
    # No file is open for writing yet: the kernel would not make its file system read-only.
    small_disk.run("mount", "-o", "remount,ro", STATE)

    for _ in range(100):
        assert small_disk.post("/event", {"type": "lost", "data": 1}).status == 503

    assert "Read-only file system" in _reason(small_disk)
    _check_told(small_disk, MESSAGES["cannotRecord"], "Read-only file system")
    small_disk.run("mount", "-o", "remount,rw", STATE)

    _check_resumed(small_disk)
    assert small_disk.record("after", 1)["seq"] == 1
