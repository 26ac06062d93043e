"""Events that are refused: with the right status, a useful detail, and without a trace."""

import pytest

from e2e.support.refusals import detail_text, faults, nothing_recorded
from e2e.support.server import exchange

LIMIT = 1 << 20

NOT_JSON = {
    "an integer above 64 bits": b'{"type":"a","data":18446744073709551616}',
    "an integer below 64 bits": b'{"type":"a","data":[-9223372036854775809]}',
    "an integer of 400 digits": b'{"type":"a","data":' + b"9" * 400 + b"}",
    "a number above the range of doubles": b'{"type":"a","data":1e400}',
    "a number below the range of doubles": b'{"type":"a","data":{"x":-1e400}}',
    "NaN": b'{"type":"a","data":NaN}',
    "Infinity": b'{"type":"a","data":{"x":Infinity}}',
    "negative Infinity": b'{"type":"a","data":[-Infinity]}',
    "NaN in meta": b'{"type":"a","data":1,"meta":{"x":NaN}}',
    "a big integer in a member that is not known": b'{"type":"a","data":1,"extra":18446744073709551616}',
    "a lone high surrogate": rb'{"type":"a","data":"\ud83d"}',
    "a lone low surrogate": rb'{"type":"a","data":"\udd2d"}',
    "surrogates in the wrong order": rb'{"type":"a","data":"\udd2d\ud83d"}',
    "a lone surrogate in a name": rb'{"type":"a","data":{"\ud83d":1}}',
    "a lone surrogate in the type": rb'{"type":"\ud83d","data":1}',
    "a raw newline in a string": b'{"type":"a","data":"x\ny"}',
    "a raw tab in a string": b'{"type":"a","data":"x\ty"}',
    "a raw NUL in a string": b'{"type":"a","data":"x\0y"}',
    "a raw NUL after the value": b'{"type":"a","data":1}\0',
    "a byte that is not UTF-8": b'{"type":"a","data":"\xff"}',
    "Latin-1": '{"type":"a","data":"café"}'.encode("latin-1"),
    "an overlong form of UTF-8": b'{"type":"a","data":"\xc0\xaf"}',
    "a surrogate in UTF-8": b'{"type":"a","data":"\xed\xa0\xbd"}',
    "a cut character of UTF-8": b'{"type":"a","data":"\xe2\x82"}',
    "UTF-16": '{"type":"a","data":1}'.encode("utf-16"),
    "a cut body": b'{"type":"a","data":',
    "blanks only": b"  \n",
    "two values": b'{"type":"a","data":1}{"type":"b","data":2}',
    "text after the value": b'{"type":"a","data":1} x',
    "a trailing comma": b'{"type":"a","data":1,}',
    "single quotes": b"{'type':'a','data':1}",
    "a comment": b'{"type":"a","data":1/*x*/}',
    "a leading zero": b'{"type":"a","data":01}',
    "an unknown escape": rb'{"type":"a","data":"\x41"}',
    "100,000 brackets": b'{"type":"a","data":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
}

# A member and its value; the rest of the event is good.
BAD_MEMBERS = {
    "a type that is a number": ("type", 5),
    "a type that is null": ("type", None),
    "a type that is empty": ("type", ""),
    "a type of 257 bytes": ("type", "x" * 257),
    "a type of 129 letters that are 258 bytes": ("type", "é" * 129),
    "a type with a newline": ("type", "a\nb"),
    "a type with a NUL": ("type", "a\0b"),
    "a type with an escape character": ("type", "\x1b[31m"),
    "a type with a delete character": ("type", "a\x7f"),
    "meta that is null": ("meta", None),
    "meta that is a list": ("meta", [1]),
    "meta that is a text": ("meta", "x"),
    "make_current that is no boolean": ("make_current", "perhaps"),
    "make_current that is null": ("make_current", None),
    "store_permanently that is no boolean": ("store_permanently", 2),
    "store_permanently that is a list": ("store_permanently", []),
    "a ts that is a word": ("ts", "yesterday"),
    "a ts that is empty": ("ts", ""),
    "a ts that is a number": ("ts", 1779271200),
    "a ts without time": ("ts", "2026-05-20"),
    "a ts without offset": ("ts", "2026-05-20T10:00:00"),
    "a ts without seconds": ("ts", "2026-05-20T10:00Z"),
    "a ts in month 13": ("ts", "2026-13-01T00:00:00Z"),
    "a ts on February 30": ("ts", "2026-02-30T00:00:00Z"),
    "a ts on February 29 of a common year": ("ts", "2026-02-29T00:00:00Z"),
    "a ts at hour 24": ("ts", "2026-05-20T24:00:00Z"),
    "a ts at minute 60": ("ts", "2026-05-20T10:60:00Z"),
    "a ts with an offset of 24 hours": ("ts", "2026-05-20T10:00:00+24:00"),
    "a ts in the basic form": ("ts", "20260520T100000Z"),
    "a ts with text after it": ("ts", "2026-05-20T10:00:00Z\n"),
    "a stream that is unknown": ("stream", "both"),
    "a stream in capitals": ("stream", "SITE"),
    "a stream that is a number": ("stream", 1),
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=list(NOT_JSON))
def test_a_body_that_some_reader_could_not_parse_is_refused(body, shared_server, shared_root):
    with nothing_recorded(shared_server, shared_root):
        assert faults(shared_server.post("/event", body))


@pytest.mark.parametrize(("member", "value"), BAD_MEMBERS.values(), ids=list(BAD_MEMBERS))
def test_a_bad_member_is_refused_and_named(member, value, shared_server, shared_root):
    with nothing_recorded(shared_server, shared_root):
        found = faults(shared_server.post("/event", {"type": "a", "data": 1, member: value}))
        assert set(found) == {("body", member)}
        assert found["body", member]["input"] == value


def test_every_fault_of_an_event_is_listed(shared_server, shared_root):
    event = {"type": 5, "meta": 3, "make_current": "perhaps", "store_permanently": "no way", "ts": "x", "stream": "y"}

    with nothing_recorded(shared_server, shared_root):
        found = faults(shared_server.post("/event", event))
        assert set(found) == {("body", member) for member in [*event, "data"]}


@pytest.mark.parametrize(
    "member", ["type", "data", "meta", "ts", "make_current", "store_permanently", "stream", "st\\u0072eam"]
)
def test_a_member_of_the_request_that_is_given_twice_is_refused_and_named(member, shared_server, shared_root):
    name = member.replace("\\u0072", "r")
    value = {"type": '"a"', "meta": "{}", "ts": "null", "stream": "null"}.get(name, "true")
    event = {"type": '"a"', "data": "true", name: value}
    body = ",".join(f'"{name}":{value}' for name, value in event.items()) + f',"{member}":{value}'

    with nothing_recorded(shared_server, shared_root):
        for path, place, kind in [("/event", (), "json"), ("/events", (2,), "x-ndjson")]:
            text = f"{{{body}}}" if path == "/event" else f'{{"type":"a","data":1}}\n{{{body}}}\n'
            found = faults(shared_server.post(path, text.encode(), {"Content-Type": f"application/{kind}"}))
            assert set(found) == {("body", *place, name)}


def test_members_within_the_data_may_be_given_twice(server):
    assert server.post("/event", b'{"type":"a","data":{"a":1,"a":2}}').status == 200


@pytest.mark.parametrize("event_type", ["x" * 256, "é" * 128, "dome/shutter", "a b", "Ω"], ids=lambda text: text[:12])
def test_a_type_of_up_to_256_bytes_is_accepted(event_type, server):
    assert server.record(event_type, 1)["type"] == event_type
    assert list(server.get("/current").json["current"]) == [event_type]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "text/json", "x", ""])
@pytest.mark.parametrize("path", ["/event", "/run/start"])
def test_a_body_that_is_not_said_to_be_json_is_refused(path, content_type, shared_server, shared_root):
    with nothing_recorded(shared_server, shared_root):
        response = shared_server.post(path, b'{"type":"a","data":1}', {"Content-Type": content_type})
        assert "application/json" in detail_text(response, 415)


@pytest.mark.parametrize("path", ["/event", "/run/start"])
def test_a_body_without_content_type_is_refused(path, shared_server, shared_root):
    with nothing_recorded(shared_server, shared_root):
        response = shared_server.post(path, b'{"type":"a","data":1}', {})
        assert "application/json" in detail_text(response, 415)


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "Application/JSON", "application/json;x=y"]
)
def test_a_content_type_may_have_parameters_and_capitals(content_type, server):
    assert server.post("/event", b'{"type":"a","data":1}', {"Content-Type": content_type}).status == 200


def _event_of(size: int) -> bytes:
    head, tail = b'{"type":"big","data":"', b'"}'
    return head + b"x" * (size - len(head) - len(tail)) + tail


def test_a_body_of_one_mebibyte_is_accepted(server):
    assert server.post("/event", _event_of(LIMIT)).status == 200


@pytest.mark.parametrize("size", [LIMIT + 1, 4 * LIMIT])
def test_a_body_over_one_mebibyte_is_refused(size, shared_server, shared_root):
    with nothing_recorded(shared_server, shared_root):
        detail_text(shared_server.post("/event", _event_of(size)), 413)


def test_a_body_is_refused_by_its_announced_length_before_it_is_sent(shared_server, shared_root):
    with nothing_recorded(shared_server, shared_root):
        headers = {"Content-Type": "application/json", "Content-Length": str(1 << 40)}
        detail_text(shared_server.post("/event", b"", headers), 413)


def _send_in_chunks(server, body: bytes):
    headers = {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}
    chunks = [body[start : start + 65536] for start in range(0, len(body), 65536)]
    framed = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
    return server.post("/event", framed, headers)


def test_a_body_in_chunks_is_accepted(server):
    assert _send_in_chunks(server, _event_of(200_000)).status == 200
    assert len(server.get("/current/big").json["data"]) > 199_000


def test_a_body_in_chunks_over_one_mebibyte_is_refused(shared_server, shared_root):
    with nothing_recorded(shared_server, shared_root):
        detail_text(_send_in_chunks(shared_server, _event_of(LIMIT + 1)), 413)


def test_a_connection_can_be_used_again_after_a_refusal(server):
    connection = server.connect()
    assert exchange(connection, "POST", "/event", {"type": "a"}).status == 422
    assert exchange(connection, "POST", "/event", b"{bad").status == 422
    assert exchange(connection, "GET", "/nope").status == 404
    assert exchange(connection, "POST", "/event", {"type": "a", "data": 1}).json["seq"] == 1
    connection.close()
