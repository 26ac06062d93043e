"""What a run is called: names are bytes, and no number is given out twice."""

import shutil
import signal
import unicodedata

import pytest

from e2e.support import stored
from e2e.support.refusals import faults, nothing_recorded


@pytest.mark.parametrize("is_restarted", [False, True], ids=["", "after a restart"])
@pytest.mark.parametrize("is_checkpoint_lost", [False, True], ids=["", "without the checkpoint"])
def test_ids_that_differ_only_in_their_unicode_form_are_two_runs(is_restarted, is_checkpoint_lost, server):
    ids = [unicodedata.normalize(form, "Café") for form in ("NFC", "NFD")]
    for number, run_id in enumerate(ids):
        server.start_run(run_id=run_id, replace=True)
        for _ in range(number + 1):
            server.record("dome", number)
    if is_restarted:
        server.stop(signal.SIGKILL)
        if is_checkpoint_lost:
            (server.site_dir / ".telemetry" / "checkpoint.json").unlink()
        server.start()

    runs = server.get("/runs").json["runs"]
    assert [(run["run_id"], run["events"], run["stopped_at"] is None) for run in runs] == [
        (ids[1], 2, True),
        (ids[0], 1, False),
    ]
    assert [len(stored.run_lines(run)) for run in runs] == [2, 1]
    assert server.get("/run").json["run_dir"] == str(server.site_dir / ids[1])
    assert server.record("dome", 1)["seq"] == 3


JOINING = {"a combining acute": "\u0301x", "a combining circle": "\u20dd", "a zero-width joiner": "\u200dx"}
JOINING |= {"a variation selector": "\ufe0f", "a vowel sign": "\u093ex"}


@pytest.mark.parametrize("name", JOINING.values(), ids=list(JOINING))
def test_a_name_that_begins_with_a_combining_mark_is_refused_with_the_reason(name, shared_server, shared_root):
    for member, value in [("run_id", name), ("run_dir", name), ("run_dir", f"a/{name}/b"), ("run_dir", f"a/{name}")]:
        with nothing_recorded(shared_server, shared_root):
            found = faults(shared_server.post("/run/start", {member: value}))
        assert f"combining mark (U+{ord(name[0]):04X})" in found["body", member]["msg"]


@pytest.mark.parametrize("name", [".\u0301x", ".\u200dx"])
def test_a_hidden_name_is_refused_also_with_a_mark_on_its_dot(name, shared_server, shared_root):
    for member in ("run_id", "run_dir"):
        with nothing_recorded(shared_server, shared_root):
            found = faults(shared_server.post("/run/start", {member: name}))
        assert "may not begin with a dot" in found["body", member]["msg"]


def test_a_run_may_lie_eight_directories_deep_and_no_deeper(server, tmp_path):
    deep = "/".join("abcdefgh")
    with nothing_recorded(server, tmp_path):
        found = faults(server.post("/run/start", {"run_id": "x", "run_dir": f"{deep}/i"}))
        assert "at most 8 directories" in found["body", "run_dir"]["msg"]

    run = server.start_run(run_id="x", run_dir=deep)
    server.stop_run()
    server.stop()
    server.start()
    assert [listed["run_dir"] for listed in server.get("/runs").json["runs"]] == [run["run_dir"]]


def test_each_run_that_used_a_directory_is_listed_with_its_own_lines(server):
    expected = []
    for number, run_id in enumerate(["a", "b", "a"]):
        server.start_run(run_id=run_id, run_dir="shared", meta={"number": number})
        for _ in range(number + 1):
            server.record("dome", number)
        if number < 2:
            server.stop_run()
        expected.insert(0, (run_id, number, number + 1, number == 2))

    def listed() -> list:
        runs = server.get("/runs").json["runs"]
        return [(run["run_id"], run["meta"]["number"], run["events"], run["stopped_at"] is None) for run in runs]

    assert listed() == expected
    server.stop(signal.SIGKILL)
    server.start()
    assert listed() == expected
    assert len(stored.lines(server.site_dir / "shared" / "telemetry.ndjson")) == 6


def test_a_run_counts_its_own_lines_also_when_those_before_were_taken_away(server):
    server.start_run(run_id="a", run_dir="shared")
    for number in range(5):
        server.record("dome", number)
    server.stop_run()
    (server.site_dir / "shared" / "telemetry.ndjson").unlink()
    server.start_run(run_id="b", run_dir="shared")
    server.record("dome", 5)

    assert [(run["run_id"], run["events"]) for run in server.get("/runs").json["runs"]] == [("b", 1), ("a", 5)]


@pytest.mark.parametrize("ending", [None, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("reuse", ["another name", "deleted", "moved away"])
def test_no_number_is_given_out_twice(reuse, ending, server, tmp_path):
    given = []
    for number in range(3):
        given.append(server.start_run(run_dir="shared" if number else None, replace=True)["run_id"])
        server.record("dome", number)
    server.stop_run()
    if reuse == "another name":
        server.start_run(run_id="m42", run_dir="shared")
        server.stop_run()
    elif reuse == "deleted":
        shutil.rmtree(server.site_dir / "shared")
    else:
        (server.site_dir / "shared").rename(tmp_path / "elsewhere")
    if ending:
        server.stop(ending)
        server.start()

    given.append(server.start_run()["run_id"])

    assert given == ["001", "002", "003", "004"]
