"""Messages of OTLP made from random numbers, and what protobuf's own library says of them."""

import base64
import random
import string
import struct
from collections.abc import Callable, Iterator
from typing import Any

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

REQUESTS: dict[str, type[Message]] = {
    "traces": ExportTraceServiceRequest,
    "metrics": ExportMetricsServiceRequest,
    "logs": ExportLogsServiceRequest,
}
_IDS = {"trace_id": 16, "span_id": 8, "parent_span_id": 8}
_NOT_PLAIN = {"bytes_value", "key_strindex", "string_value_strindex"}
_JSON_IDS = {"traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id"}
_CHARACTERS = string.ascii_letters + string.digits + ' ._-/%"\\\n\x00\x7f\u0085äß€😀\u2028'
_DOUBLES = [0.0, -0.0, 1.0, -1.5, 0.1, 1e16, 1e300, 5e-324, 123456789.123, float("nan"), float("inf"), float("-inf")]

_WIRE_TYPES = {
    FieldDescriptor.TYPE_DOUBLE: 1,
    FieldDescriptor.TYPE_FIXED64: 1,
    FieldDescriptor.TYPE_SFIXED64: 1,
    FieldDescriptor.TYPE_FIXED32: 5,
    FieldDescriptor.TYPE_STRING: 2,
    FieldDescriptor.TYPE_BYTES: 2,
    FieldDescriptor.TYPE_MESSAGE: 2,
}


class Source:
    """Makes requests. With `valid`, ids are of the right lengths; without, the bytes may also be as no SDK writes them.
    With `plain`, all of it can be said by plain objects: no bytes, no NaN, no key twice."""

    def __init__(self, seed: int, *, valid: bool, plain: bool = False) -> None:
        self._random = random.Random(seed)
        self._valid = valid
        self._plain = plain

    def request(self, signal: str) -> bytes:
        return self._message(REQUESTS[signal].DESCRIPTOR, 0)

    def _message(self, descriptor: Descriptor, depth: int) -> bytes:
        """A message's bytes: fields in any order, and, unless valid, repeated as protobuf allows, or not known."""
        parts: list[bytes] = []
        oneofs: set[str] = set()
        chance = 0.75 if depth < 4 else 0.55 if depth < 9 else 0.15
        for field in descriptor.fields:
            if self._plain and field.name in _NOT_PLAIN:
                continue
            oneof = field.containing_oneof
            if field.is_repeated:
                count = self._random.choice((0, 1, 1, 2, 3)) if self._random.random() < chance else 0
                parts += self._repeated(field, count, depth)
                continue
            if self._valid and oneof:
                if oneof.name in oneofs:
                    continue
                choices = [choice for choice in oneof.fields if not self._plain or choice.name not in _NOT_PLAIN]
                chosen = self._random.choice(choices)
                oneofs.add(oneof.name)
                if self._random.random() < 0.9:
                    parts.append(self._tagged(chosen, depth))
                continue
            must = self._valid and field.name in ("trace_id", "span_id") and descriptor.name == "Span"
            must = must or (self._plain and descriptor.name == "KeyValue")
            if must or self._random.random() < (chance if not oneof else 0.35):
                parts.append(self._tagged(field, depth))
                if not self._valid and self._random.random() < 0.08:
                    parts.append(self._tagged(field, depth))
        if not self._valid:
            if self._random.random() < 0.03:
                parts.append(_varint(self._random.choice((17, 100, 5000)) << 3 | 2) + b"\x03abc")
            if self._random.random() < 0.03:
                parts.append(_varint(200 << 3) + _varint(self._random.getrandbits(64)))
            self._random.shuffle(parts)
        return b"".join(parts)

    def _repeated(self, field: FieldDescriptor, count: int, depth: int) -> Iterator[bytes]:
        wire_type = _WIRE_TYPES.get(field.type, 0)
        if wire_type == 2:
            for _ in range(count):
                yield self._tagged(field, depth)
            return
        packed = self._valid or self._random.random() < 0.5
        values = [self._value(field, depth) for _ in range(count)]
        if packed and values:
            body = b"".join(values)
            yield _varint(field.number << 3 | 2) + _varint(len(body)) + body
        else:
            for value in values:
                yield _varint(field.number << 3 | wire_type) + value

    def _tagged(self, field: FieldDescriptor, depth: int) -> bytes:
        wire_type = _WIRE_TYPES.get(field.type, 0)
        value = self._value(field, depth)
        if wire_type == 2:
            value = _varint(len(value)) + value
        return _varint(field.number << 3 | wire_type) + value

    def _value(self, field: FieldDescriptor, depth: int) -> bytes:
        pick = self._random
        match field.type:
            case FieldDescriptor.TYPE_MESSAGE:
                return self._message(field.message_type, depth + 1)
            case FieldDescriptor.TYPE_STRING:
                return self._text(field).encode()
            case FieldDescriptor.TYPE_BYTES:
                length = _IDS.get(field.name)
                if length is None or (not self._valid and pick.random() < 0.1):
                    length = pick.choice((0, 1, 2, 3, 7, 16))
                zero = not self._valid and pick.random() < 0.05
                return bytes(length) if zero else pick.randbytes(length)
            case FieldDescriptor.TYPE_DOUBLE:
                rare = _DOUBLES[:-3] if self._plain else _DOUBLES
                return struct.pack("<d", pick.choice(rare) if pick.random() < 0.3 else pick.uniform(-1e3, 1e3))
            case FieldDescriptor.TYPE_FIXED64 | FieldDescriptor.TYPE_SFIXED64:
                return pick.choice((0, 1, pick.getrandbits(63), pick.getrandbits(64))).to_bytes(8, "little")
            case FieldDescriptor.TYPE_FIXED32:
                return pick.choice((0, 1, pick.getrandbits(32))).to_bytes(4, "little")
            case FieldDescriptor.TYPE_BOOL:
                return _varint(pick.randrange(2))
            case FieldDescriptor.TYPE_ENUM:
                return _varint(pick.choice((0, 1, 2, 3, 5, 17, 99)))
            case FieldDescriptor.TYPE_INT64:
                return _varint(pick.choice((0, 1, pick.getrandbits(20), pick.getrandbits(64))))
            case FieldDescriptor.TYPE_INT32 | FieldDescriptor.TYPE_SINT32 | FieldDescriptor.TYPE_UINT32:
                # More than 32 bits are cut, by every reader.
                return _varint(pick.choice((0, 1, pick.getrandbits(31), pick.getrandbits(32))))
            case FieldDescriptor.TYPE_UINT64:
                return _varint(pick.choice((0, 1, pick.getrandbits(20), pick.getrandbits(64))))
        raise AssertionError(field.full_name)

    def _text(self, field: FieldDescriptor) -> str:
        if field.name == "key" and not self._plain:
            return self._random.choice(("service.name", "a", "a", "band", "http.status", "", "ü"))
        length = 12 if field.name == "key" else self._random.choice((0, 1, 5, 8, 9, 30))
        return "".join(self._random.choices(_CHARACTERS, k=length))


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def expected(signal: str, body: bytes) -> dict[str, Any]:
    """What protobuf's own library makes of a request, ids in hexadecimal as OTLP wants them."""
    message = REQUESTS[signal].FromString(body)
    return as_otlp(json_format.MessageToDict(message, use_integers_for_enums=True))


def as_otlp(value: Any, *, upper_case: bool = False) -> Any:
    """Proto3's JSON form with ids in hexadecimal."""

    def hexadecimal(text: str) -> str:
        digits = base64.b64decode(text).hex()
        return digits.upper() if upper_case else digits

    return _mapped(value, hexadecimal)


def as_proto3(value: Any) -> Any:
    """OTLP's JSON form with ids in base64."""
    return _mapped(value, lambda text: base64.b64encode(bytes.fromhex(text)).decode())


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {
            name: change(member) if name in _JSON_IDS and isinstance(member, str) else _mapped(member, change)
            for name, member in value.items()
        }
    if isinstance(value, list):
        return [_mapped(element, change) for element in value]
    return value


def items(signal: str, document: dict[str, Any]) -> list[str]:
    """All items of a request with their resources and scopes, as texts in order, for comparing."""
    resources, scopes, members = {
        "traces": ("resourceSpans", "scopeSpans", "spans"),
        "metrics": ("resourceMetrics", "scopeMetrics", "metrics"),
        "logs": ("resourceLogs", "scopeLogs", "logRecords"),
    }[signal]
    return sorted(
        repr(
            [
                _ordered(part)
                for part in (
                    resource.get("resource"),
                    resource.get("schemaUrl"),
                    scope.get("scope"),
                    scope.get("schemaUrl"),
                    item,
                )
            ]
        )
        for resource in document.get(resources, [])
        for scope in resource.get(scopes, [])
        for item in scope.get(members, [])
    )


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _ordered(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [_ordered(element) for element in value]
    return value
