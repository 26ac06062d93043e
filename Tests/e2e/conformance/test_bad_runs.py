"""Runs that are refused: with the right status, a useful detail, and without a trace on disk."""

import pytest

from e2e.support.refusals import faults, nothing_recorded

BAD_IDS = {
    "the parent directory": "..",
    "the directory itself": ".",
    "a leading dot": ".hidden",
    "the server's own directory": ".telemetry",
    "a slash": "a/b",
    "a way out": "../outside",
    "an absolute path": "/tmp",
    "a NUL": "a\0b",
    "a newline": "a\nb",
    "300 bytes": "x" * 300,
    "150 letters that are 300 bytes": "é" * 150,
    "the name of a file of the site stream": "site_20260520.ndjson",
}

# `<root>` is the directory that holds the site directory `site`, the run root `runs`, and `outside`.
BAD_DIRECTORIES = {
    "the parent directory": "..",
    "a neighbour of the site directory": "../outside/x",
    "a neighbour with a name that begins alike": "../site-2/x",
    "a way out by a detour": "a/b/../../../outside/x",
    "a link to the outside": "link",
    "below a link to the outside": "link/x",
    "below a link that is relative": "relative-link/x",
    "through a link that leads nowhere yet": "dangling/x",
    "the server's own directory": ".telemetry",
    "below the server's own directory": ".telemetry/x",
    "below the server's own directory by a detour": "a/../.telemetry/x",
    "below the server's own directory by a link": "link-to-own/x",
    "an absolute path outside the run roots": "<root>/outside/x",
    "an absolute path that leaves the site directory": "<root>/site/../outside/x",
    "an absolute path to the server's own directory": "<root>/site/.telemetry/x",
    "a neighbour of the run root": "<root>/runs-2/x",
    "a way out of the run root": "<root>/runs/../outside/x",
    "a link out of the run root": "<root>/runs/link/x",
    "the root of the file system": "/",
    "a NUL": "a\0b",
}


@pytest.fixture(scope="module", autouse=True)
def links(shared_root, shared_server):
    outside = shared_root / "outside"
    for directory in (outside, shared_root / "site-2", shared_root / "runs-2"):
        directory.mkdir()
    (shared_root / "site" / "link").symlink_to(outside)
    (shared_root / "site" / "relative-link").symlink_to("../outside")
    (shared_root / "site" / "dangling").symlink_to(outside / "later")
    (shared_root / "site" / "link-to-own").symlink_to(".telemetry")
    (shared_root / "runs" / "link").symlink_to(outside)


def _own_directory(root) -> set:
    return {str(path) for path in (root / "site" / ".telemetry").rglob("*") if path.is_dir()}


@pytest.mark.parametrize("run_id", BAD_IDS.values(), ids=list(BAD_IDS))
def test_a_run_id_that_is_no_plain_name_is_refused(run_id, shared_server, shared_root):
    with nothing_recorded(shared_server, shared_root):
        assert set(faults(shared_server.post("/run/start", {"run_id": run_id}))) == {("body", "run_id")}


@pytest.mark.parametrize("run_id", BAD_IDS.values(), ids=list(BAD_IDS))
def test_a_run_id_in_meta_that_is_no_plain_name_is_refused(run_id, shared_server, shared_root):
    with nothing_recorded(shared_server, shared_root):
        assert ("body", "meta", "run_id") in faults(shared_server.post("/run/start", {"meta": {"run_id": run_id}}))


def test_a_run_id_that_is_a_link_to_the_outside_is_refused(shared_server, shared_root):
    with nothing_recorded(shared_server, shared_root):
        assert faults(shared_server.post("/run/start", {"run_id": "link"}))


@pytest.mark.parametrize("run_dir", BAD_DIRECTORIES.values(), ids=list(BAD_DIRECTORIES))
def test_a_run_dir_outside_of_what_is_allowed_is_refused(run_dir, shared_server, shared_root):
    request = {"run_dir": run_dir.replace("<root>", str(shared_root)), "run_id": "m42"}
    own = _own_directory(shared_root)

    with nothing_recorded(shared_server, shared_root):
        assert set(faults(shared_server.post("/run/start", request))) == {("body", "run_dir")}
    assert _own_directory(shared_root) == own


@pytest.mark.parametrize(
    ("member", "value"),
    [("run_dir", 5), ("run_dir", ["a"]), ("run_id", 5), ("meta", 3), ("meta", None), ("replace", "perhaps")],
)
def test_a_member_of_the_wrong_kind_is_refused_and_named(member, value, shared_server, shared_root):
    with nothing_recorded(shared_server, shared_root):
        found = faults(shared_server.post("/run/start", {member: value}))
        assert set(found) == {("body", member)}
        assert found["body", member]["input"] == value


@pytest.mark.parametrize(
    ("member", "value"), [("run_dir", '"a"'), ("run_id", '"a"'), ("meta", "{}"), ("replace", "true")]
)
def test_a_member_that_is_given_twice_is_refused_and_named(member, value, shared_server, shared_root):
    with nothing_recorded(shared_server, shared_root):
        body = f'{{"{member}":{value},"{member}":{value}}}'.encode()
        assert set(faults(shared_server.post("/run/start", body))) == {("body", member)}


def test_every_fault_of_a_start_is_listed(shared_server, shared_root):
    start = {"run_dir": 1, "run_id": 2, "meta": 3, "replace": "perhaps"}

    with nothing_recorded(shared_server, shared_root):
        assert set(faults(shared_server.post("/run/start", start))) == {("body", member) for member in start}


@pytest.mark.parametrize("body", [b"[]", b'"001"', b"{bad", b'{"run_id":"\xff"}'])
def test_a_start_that_is_no_object_is_refused(body, shared_server, shared_root):
    with nothing_recorded(shared_server, shared_root):
        assert faults(shared_server.post("/run/start", body))


@pytest.mark.parametrize("refused", [{"run_id": "../b"}, {"run_id": "b", "run_dir": "/nowhere/b"}])
def test_a_refused_replacement_leaves_the_active_run_active(refused, server, tmp_path):
    run = server.start_run(run_id="a")
    with nothing_recorded(server, tmp_path):
        assert faults(server.post("/run/start", refused | {"replace": True}))

    assert server.get("/run").json == run


@pytest.mark.parametrize(
    ("start", "run_id"),
    [
        ({"run_id": ""}, "001"),
        ({"run_id": None, "run_dir": None, "meta": {}}, "001"),
        ({"run_id": "", "meta": {"run_id": "m"}}, "m"),
        ({"meta": {"run_id": ""}}, "001"),
        ({"run_id": "M 42 – ✓"}, "M 42 – ✓"),
        ({"run_id": "a..b"}, "a..b"),
    ],
    ids=str,
)
def test_an_empty_run_id_counts_as_absent_and_any_plain_name_is_accepted(start, run_id, server):
    run = server.start_run(**start)

    assert (run["run_id"], run["run_dir"]) == (run_id, str(server.site_dir / run_id))


def test_a_run_dir_may_be_absolute_within_the_site_directory_or_a_run_root(make_server, tmp_path):
    for root in ("x", "y"):
        (tmp_path / root).mkdir()
    server = make_server("--run-root", str(tmp_path / "x"), "--run-root", str(tmp_path / "y")).start()

    for place in ("site/deep/er", "x/m42", "y/2026/m42"):
        run = server.start_run(run_id="m42", run_dir=str(tmp_path / place), replace=True)
        assert run["run_dir"] == str(tmp_path / place)
        assert server.record("status", place)["seq"] == 1
        assert (tmp_path / place / "telemetry.ndjson").is_file()
