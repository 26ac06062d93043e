"""What can be asked: the current view and its age, HEAD, names with special characters, and what is ignored."""

import socket
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from e2e.support import stored
from e2e.support.refusals import detail_text, faults
from e2e.support.server import exchange

NDJSON = {"Content-Type": "application/x-ndjson"}


def _ago(**duration) -> str:
    return (datetime.now(UTC) - timedelta(**duration)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/health?x=1"), ("GET", "/current?x=%20&y"), ("POST", "/event?token=1"), ("GET", "/run?a=b")],
)
def test_unknown_query_parameters_are_ignored(method, path, server):
    server.start_run(run_id="a")

    body = {"type": "a", "data": 1} if method == "POST" else None
    assert server.request(method, path, body).status == 200


def test_max_age_leaves_out_what_is_older(server):
    server.record("young", 1)
    server.record("old", 1, ts=_ago(hours=1))
    server.record("ancient", 1, ts="1999-12-31T23:59:59Z")

    assert set(server.get("/current").json["current"]) == {"young", "old", "ancient"}
    assert set(server.get("/current?max_age=600").json["current"]) == {"young"}
    assert set(server.get("/current?max_age=7200").json["current"]) == {"young", "old"}


def test_max_age_hides_an_older_event_of_one_type(server):
    server.record("old", 1, ts=_ago(hours=1))

    assert server.get("/current/old").status == 200
    assert server.get("/current/old?max_age=7200").status == 200
    assert "'old'" in detail_text(server.get("/current/old?max_age=600"), 404)


@pytest.mark.parametrize("path", ["/current", "/current/weather"])
@pytest.mark.parametrize("max_age", ["abc", "-1", "nan", "inf", "", "1e999", "10s", "0x10"])
def test_a_max_age_that_is_no_number_of_seconds_is_refused(path, max_age, server):
    server.record("weather", 1)

    assert set(faults(server.get(f"{path}?max_age={max_age}"))) == {("query", "max_age")}


@pytest.mark.parametrize("path", ["/current", "/current/weather"])
@pytest.mark.parametrize("query", ["max_age", "x=1&max_age", "max_age=1&max_age=2", "max_age=600&max%5Fage"])
def test_a_max_age_without_a_value_and_a_second_one_are_refused(path, query, server):
    server.record("weather", 1)

    assert set(faults(server.get(f"{path}?{query}"))) == {("query", "max_age")}


def test_the_age_header_tells_the_seconds_since_the_timestamp(server):
    server.record("old", 1, ts=_ago(hours=1))
    server.record("young", 1)

    assert 3600 <= int(server.get("/current/old").headers["Age"]) < 7200
    assert 0 <= int(server.get("/current/young").headers["Age"]) < 3600


def test_a_time_a_little_ahead_of_the_clock_is_now(server):
    # Half a minute would pass between the two before this fails.
    for _ in range(100):
        server.record("soon", 1, ts=_ago(seconds=-4))
        answer = server.get("/current/soon?max_age=0")
        if answer.status == 200:
            break
    assert answer.headers["Age"] == "0"


@pytest.mark.parametrize("max_age", ["0", "1", "60", "1e6", "1e300"])
def test_what_is_ahead_of_the_clock_is_fresh_for_no_max_age(max_age, server):
    server.record("weather", 1, ts=_ago(hours=-10))
    server.record("dome", 1, ts="9999-12-31T23:59:59.999Z")
    server.record("wind", 1, ts=_ago(hours=-1), store_permanently=False)

    assert server.get(f"/current?max_age={max_age}").json == {"current": {}}
    for event_type in ("weather", "dome", "wind"):
        detail_text(server.get(f"/current/{event_type}?max_age={max_age}"), 404)


def test_what_is_ahead_of_the_clock_has_no_age(server):
    server.record("weather", 1, ts=_ago(minutes=-1))

    answer = server.get("/current/weather")
    assert (answer.status, answer.json["data"], answer.headers["Age"]) == (200, 1, None)
    assert set(server.get("/current").json["current"]) == {"weather"}


def test_a_type_that_is_ahead_of_the_clock_is_reported_once(make_server):
    server = make_server().start()
    for data in range(3):
        server.record("weather", data, ts=_ago(hours=-10))
        server.post("/events", b'{"type":"dome","data":1,"ts":"%s"}\n' % _ago(hours=-9).encode() * 2, NDJSON)
        server.get("/current?max_age=5")
    server.record("hidden", 1, ts=_ago(hours=-10), make_current=False)
    server.stop()
    reports = [line for line in server.log if "ahead of the clock" in line]
    assert [("weather" in line, "dome" in line) for line in reports] == [(True, False), (False, True)]
    assert all(" warning: " in line for line in reports)


def test_a_clock_that_was_put_back_leaves_no_value_fresh(make_server):
    server = make_server(env={"POCSTIME": "2026-05-20 22:00:00"}).start()
    server.record("weather", {"safe": True})
    server.stop()

    server = make_server(env={"POCSTIME": "2026-05-20 21:00:00"}).start()
    # Reported before anything is served.
    assert any("weather is dated 2026-05-20T22:00:0" in line for line in server.log)
    detail_text(server.get("/current/weather?max_age=60"), 404)
    server.record("weather", {"safe": False})
    assert server.get("/current/weather?max_age=60").json["data"] == {"safe": False}


def test_types_that_differ_in_their_code_points_only_are_two(make_server):
    types = ["caf\u00e9", "cafe\u0301", "\u0301x", "\u212a", "K", "/\u0301"]
    server = make_server("--site-type", types[0]).start()
    server.start_run(run_id="a")
    for number, event_type in enumerate(types):
        server.record(event_type, number)

    assert server.get("/current").json["current"].keys() == set(types)
    for number, event_type in enumerate(types):
        assert server.get(f"/current/{quote(event_type, safe='')}").json["data"] == number
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        # Not percent-encoded, which is lenient.
        client.sendall("GET /current/\u0301x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        assert b'"data":2' in client.makefile("rb").read()
    assert [line["type"] for line in stored.site_lines(server.site_dir)] == types[:1]


def test_a_timestamp_with_an_offset_is_the_same_instant(server):
    event = server.record("weather", 1, ts="2026-05-20T12:00:00+02:00")

    assert datetime.fromisoformat(event["ts"]) == datetime(2026, 5, 20, 10, tzinfo=UTC)


def test_a_timestamp_that_is_null_is_absent(server):
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    event = server.record("weather", 1, ts=None)

    assert before <= datetime.fromisoformat(event["ts"]) <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/health", 200),
        ("/ready", 200),
        ("/run", 404),
        ("/runs", 200),
        ("/current", 200),
        ("/current/weather", 200),
        ("/current/nothing", 404),
        ("/nope", 404),
    ],
)
def test_head_answers_as_get_does_but_without_a_body(path, status, server):
    server.record("weather", {"sky": "clear"}, ts="2026-05-20T10:00:00Z")
    connection = server.connect()

    head = exchange(connection, "HEAD", path)
    # On the same connection: a body after HEAD would be taken for this answer.
    get = exchange(connection, "GET", path)
    connection.close()

    assert (head.status, get.status) == (status, status)
    assert head.body == b"" and get.body != b""
    assert head.headers["Content-Type"] == get.headers["Content-Type"]
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


@pytest.mark.parametrize("path", ["/event", "/run/start", "/run/stop", "/shutdown"])
def test_head_is_not_allowed_where_get_is_not(path, server):
    response = server.request("HEAD", path)

    assert (response.status, response.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("event_type", "path"),
    [
        ("dome/shutter", "/current/dome%2Fshutter"),
        ("dome/shutter", "/current/dome%2fshutter"),
        ("50%", "/current/50%25"),
        ("a%2Fb", "/current/a%252Fb"),
        ("café", "/current/caf%C3%A9"),
        ("a+b", "/current/a+b"),
        ("what?", "/current/what%3F"),
        ("..", "/current/%2E%2E"),
    ],
)
def test_a_type_is_found_by_its_percent_encoded_name(event_type, path, server):
    event = server.record(event_type, 1)

    response = server.get(path)
    assert (response.status, response.json) == (200, event)


def test_a_slash_that_is_not_encoded_parts_the_path(server):
    server.record("dome/shutter", 1)

    assert detail_text(server.get("/current/dome/shutter"), 404) == "Not Found"


def test_data_and_meta_keep_their_numbers_and_the_order_of_their_members(server):
    data = b'{"z":1,"a":18446744073709551615,"m":-9223372036854775808,"f":0.10000000000000000555,"e":1E+2,"n":-0.0}'
    posted = server.post("/event", b'{"type":"exact","data":' + data + b',"meta":{"y":1.0,"b":2}}')

    assert posted.status == 200
    [path] = server.site_dir.glob("site_*.ndjson")
    for text in (posted.body, server.get("/current/exact").body, server.get("/current").body, path.read_bytes()):
        assert data in text
        assert b'{"y":1.0,"b":2}' in text


def test_blanks_and_newlines_of_a_request_are_not_in_the_file(server):
    body = b'\n{ "type" : "a" ,\r\n "data" : { "x" : [ 1 , 2 ] ,\t"y" : " two  blanks " } }\n'
    assert server.post("/event", body).status == 200

    [path] = server.site_dir.glob("site_*.ndjson")
    assert path.read_bytes().count(b"\n") == 1
    assert b'"data":{"x":[1,2],"y":" two  blanks "}' in path.read_bytes()


def test_types_are_told_apart_by_their_bytes(server):
    # Canonically equivalent in Unicode, and two names for every reader of JSON.
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    server.record(composed, 1)
    server.record(decomposed, 2)
    server.record(composed, 3)

    current = server.request("GET", "/current").json["current"]
    assert {name: event["data"] for name, event in current.items()} == {composed: 3, decomposed: 2}
    assert server.request("GET", "/current/caf%C3%A9").json["data"] == 3
    assert server.request("GET", "/current/cafe%CC%81").json["data"] == 2
