"""What the server makes of OTLP requests, compared with protobuf's own library, over generated messages."""

import json
import os
import random

import pytest
from google.protobuf import json_format
from google.protobuf.message import DecodeError

from e2e.otlp.messages import REQUESTS, Source, as_otlp, as_proto3, expected, items
from e2e.otlp.transcoder import Refused, Transcoder

SIGNALS = ["traces", "metrics", "logs"]
MESSAGES = int(os.environ.get("TELEMETRY_OTLP_MESSAGES", "9000"))
"""How many messages are compared in all. 100,000 take some minutes."""


@pytest.mark.parametrize("signal", SIGNALS)
def test_the_json_form_is_that_of_protobuf(transcoder: Transcoder, signal: str) -> None:
    source = Source(21, valid=False)
    for _ in range(MESSAGES // 3):
        body = source.request(signal)
        assert transcoder.json(signal, body) == expected(signal, body), body.hex()


@pytest.mark.parametrize("signal", SIGNALS)
def test_json_and_protobuf_of_a_request_give_the_same_lines(transcoder: Transcoder, signal: str) -> None:
    source = Source(22, valid=False)
    for number in range(MESSAGES // 30):
        body = source.request(signal)
        lines = transcoder.lines(signal, body)
        message = REQUESTS[signal].FromString(body)
        for names in (False, True):
            for numbers in (False, True):
                document = json_format.MessageToDict(
                    message, preserving_proto_field_name=names, use_integers_for_enums=numbers
                )
                form = as_otlp(document, upper_case=number % 2 == 0)
                text = json.dumps(form, ensure_ascii=number % 2 == 0, indent=number % 3)
                assert transcoder.lines(signal, text.encode()) == lines, body.hex()
        _check_lines(lines)


@pytest.mark.parametrize("signal", SIGNALS)
@pytest.mark.parametrize("plain", [False, True])
def test_what_came_in_is_made_again_from_the_events(transcoder: Transcoder, signal: str, plain: bool) -> None:
    source = Source(23, valid=True, plain=plain)
    for _ in range(MESSAGES // 20):
        body = source.request(signal)
        if plain:
            assert b'"otlp":' not in transcoder.lines(signal, body), body.hex()
        document = transcoder.round_trip(signal, body)
        message = json_format.ParseDict(as_proto3(document), REQUESTS[signal]())
        again = as_otlp(json_format.MessageToDict(message, use_integers_for_enums=True))
        assert items(signal, again) == items(signal, expected(signal, body)), body.hex()
        if document and items(signal, again):
            # What the transcoder makes of the document is the same, too.
            text = json.dumps(document).encode()
            assert items(signal, transcoder.json(signal, text)) == items(signal, again), body.hex()


@pytest.mark.parametrize("signal", SIGNALS)
def test_what_is_damaged_is_refused_or_read_as_protobuf_reads_it(transcoder: Transcoder, signal: str) -> None:
    source = Source(24, valid=True)
    pick = random.Random(25)
    refused = 0
    for _ in range(MESSAGES // 3):
        body = bytearray(source.request(signal))
        for _ in range(pick.randrange(1, 4)):
            if body:
                body[pick.randrange(len(body))] = pick.getrandbits(8)
        if pick.random() < 0.3:
            del body[pick.randrange(len(body) + 1) :]
        try:
            form = transcoder.json(signal, b"" if body.startswith(b"{") else bytes(body))
        except Refused:
            refused += 1
            continue
        if not body.startswith(b"{"):
            try:
                assert form == expected(signal, bytes(body)), body.hex()
            except DecodeError:
                pytest.fail(f"protobuf refuses {body.hex()}")
    assert refused > MESSAGES // 30


def _check_lines(lines: bytes) -> None:
    """They are events as clients see them, without a name twice in any object."""

    def once(members: list[tuple[str, object]]) -> dict[str, object]:
        assert len({name for name, _ in members}) == len(members), members
        return dict(members)

    *events, _ = [json.loads(line, object_pairs_hook=once) for line in lines.splitlines()]
    for event in events:
        assert list(event) == ["seq", "ts", "type", "data", "meta"]
        assert event["type"].startswith("otel.") and len(event["type"].encode()) <= 256
