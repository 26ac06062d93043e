"""What schemathesis has to be told about this server; it is named by $SCHEMATHESIS_HOOKS."""

import json

import schemathesis


@schemathesis.serializer("application/x-ndjson", "application/jsonl")
def ndjson(context: schemathesis.SerializationContext, value: object) -> bytes:
    """A body that is described as a text: of every other length as it is, else as the data of two events."""
    text = value if isinstance(value, str) else json.dumps(value)
    if len(text) % 2 == 0:
        return text.encode(errors="surrogatepass")
    line = json.dumps({"type": "batch", "data": text})
    return f"{line}\n{line}\n".encode()
