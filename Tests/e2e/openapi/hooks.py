"""What schemathesis has to be told about this server; it is named by $SCHEMATHESIS_HOOKS."""

import json
import re

import schemathesis

_WITHIN_64_BITS = range(-(1 << 63), 1 << 64)
_TRUE = re.compile("1|t|true|y|yes|on", re.IGNORECASE)
_LEFT_OUT = {
    "follow": _TRUE,
    "format": re.compile("sse"),
    "current": _TRUE,
    "mode": re.compile("latest"),
    "replay": re.compile("[0-9]+"),
    "after": re.compile(r"1\.[0-9a-f]{16}(\.[0-9]+){6}"),
}
# What is refused beside another parameter, which the document can say in words only.
_EXCLUSIVE = (("from", "to"), ("run", "stream"), ("cursors", "format"))
# Of a history `from` alone must be before now, and `to` not at the beginning of time; nor can the document say that.
_LEFT_OUT_OF_HISTORY = {
    "from": re.compile("-0+(ms|s|m|h|d)|[0-9]{4}-.*"),
    "to": re.compile("-[0-9]{6,}(ms|s|m|h|d)|0[0-9]{3}-.*"),
}


@schemathesis.serializer("application/x-ndjson", "application/jsonl")
def ndjson(context: schemathesis.SerializationContext, value: object) -> bytes:
    """The document can say of such a body no more than that it is a text, and nearly no text is a batch.

    So a text, which is right by the document, is sent as the data of two events, and anything else, which is wrong, as
    a line of JSON that is no event.
    """
    if not isinstance(value, str):
        return json.dumps(value).encode()
    if not value:
        return b""
    line = json.dumps({"type": "batch", "data": value.encode(errors="replace").decode()})
    return f"{line}\n{line}\n".encode()


@schemathesis.serializer("application/x-protobuf", "application/protobuf")
def protobuf(context: schemathesis.SerializationContext, value: object) -> bytes:
    """Nearly no bytes are a message: a text, which is right by the document, is sent as a field that nobody knows, and
    anything else as the end of a group.
    """
    if not isinstance(value, str | bytes):
        return b"\x0c"
    text = (value.encode(errors="replace") if isinstance(value, str) else value)[:100]
    return b"\xa2\x06" + bytes([len(text)]) + text


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: object) -> object:
    """No integer is beyond 64 bits: the document does not say so of each number in `data`, however deep it lies.

    The suites conformance and json send such integers.
    """
    if isinstance(body, dict):
        return {name: map_body(context, value) for name, value in body.items()}
    if isinstance(body, list):
        return [map_body(context, value) for value in body]
    return 0 if type(body) is int and body not in _WITHIN_64_BITS else body


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict) -> None:
    """Nobody follows, since schemathesis reads each answer to its end; and nobody makes up a cursor, which would be of
    another directory. The suite readers follows, and has cursors.
    """
    for name, pattern in _LEFT_OUT.items():
        if case.query and pattern.fullmatch(str(case.query.get(name))):
            del case.query[name]
    for name, other in _EXCLUSIVE:
        if case.query and name in case.query:
            case.query.pop(other, None)
    if case.query and case.path.startswith("/history/"):
        for name, pattern in _LEFT_OUT_OF_HISTORY.items():
            if pattern.fullmatch(str(case.query.get(name))):
                del case.query[name]
    if case.query and case.query.get("format") != "csv":
        case.query.pop("fields", None)
