"""What schemathesis has to be told about this server; it is named by $SCHEMATHESIS_HOOKS."""

import json

import schemathesis

_WITHIN_64_BITS = range(-(1 << 63), 1 << 64)


@schemathesis.serializer("application/x-ndjson", "application/jsonl")
def ndjson(context: schemathesis.SerializationContext, value: object) -> bytes:
    """The document can say of such a body no more than that it is a text, and nearly no text is a batch.

    So a text, which is right by the document, is sent as the data of two events, and anything else, which is wrong, as
    a line of JSON that is no event.
    """
    if not isinstance(value, str):
        return json.dumps(value).encode()
    line = json.dumps({"type": "batch", "data": value.encode(errors="replace").decode()})
    return f"{line}\n{line}\n".encode()


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
def map_query(context: schemathesis.HookContext, query: object) -> object:
    """No answer is without an end: schemathesis reads each to its end. The suite readers follows the log."""
    if isinstance(query, dict) and str(query.get("follow")).lower() == "true":
        return {name: value for name, value in query.items() if name != "follow"}
    return query
