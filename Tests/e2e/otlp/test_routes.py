"""What OpenTelemetry programs meet over HTTP."""

import gzip
import json

import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from e2e.otlp.messages import Source
from e2e.support import stored
from e2e.support.scarcity import fill
from e2e.support.server import Response, Server
from e2e.support.tokens import READER, WRITER, bearer

PROTOBUF = {"Content-Type": "application/x-protobuf"}
JSON = {"Content-Type": "application/json"}
RESPONSES = {
    "traces": ExportTraceServiceResponse,
    "metrics": ExportMetricsServiceResponse,
    "logs": ExportLogsServiceResponse,
}


def span(**members: object) -> dict:
    return {"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", **members}


def traces(*spans: dict, service: str = "shop") -> dict:
    attributes = [{"key": "service.name", "value": {"stringValue": service}}]
    return {"resourceSpans": [{"resource": {"attributes": attributes}, "scopeSpans": [{"spans": list(spans)}]}]}


def metrics(*names: str) -> dict:
    made = [
        {"name": name, "gauge": {"dataPoints": [{"asInt": "1", "timeUnixNano": "1780000000000000000"}]}}
        for name in names
    ]
    return {"resourceMetrics": [{"scopeMetrics": [{"metrics": made}]}]}


def status(response: Response, code: int) -> str:
    """The message of a refusal, which is in the encoding of the request."""
    assert response.status == code, response
    if response.headers.get_content_type() == "application/json":
        assert set(response.json) == {"code", "message"}
        return response.json["message"]
    assert response.headers.get_content_type() == "application/x-protobuf"
    message = Status.FromString(response.body)
    assert message.code and message.message
    return message.message


@pytest.mark.parametrize("signal", list(RESPONSES))
def test_an_empty_request_is_answered_in_its_encoding(server: Server, signal: str) -> None:
    binary = server.post(f"/v1/{signal}", b"", PROTOBUF)
    assert (binary.status, binary.body, binary.headers["Content-Type"]) == (200, b"", "application/x-protobuf")
    text = server.post(f"/v1/{signal}", b"{}", JSON)
    assert (text.status, text.body, text.headers["Content-Type"]) == (200, b"{}", "application/json")


@pytest.mark.parametrize("signal", list(RESPONSES))
def test_a_request_is_recorded_as_the_transcoder_shows_it(server: Server, transcoder, signal: str) -> None:
    source = Source(31, valid=True)
    bodies = [source.request(signal) for _ in range(20)]
    for body in bodies:
        response = server.post(f"/v1/{signal}", body, PROTOBUF)
        assert (response.status, response.body) == (200, b""), body.hex()
    shown = [json.loads(line) for body in bodies for line in transcoder.lines(signal, body).splitlines()[:-1]]
    recorded = stored.site_lines(server.site_dir)
    assert [(line["type"], line["data"], line["meta"]) for line in recorded] == [
        (line["type"], line["data"], line["meta"]) for line in shown
    ]
    assert all(line.get("make_current", True) == (signal == "metrics") for line in recorded)


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json; charset=utf-8"},
        {"Content-Type": "application/JSON"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
def test_json_may_have_parameters_and_be_compressed(server: Server, headers: dict[str, str]) -> None:
    body = json.dumps(traces(span(name="a"))).encode()
    if "Content-Encoding" in headers:
        body = gzip.compress(body)
    assert server.post("/v1/traces", body, headers).body == b"{}"
    (line,) = stored.site_lines(server.site_dir)
    assert line["type"] == "otel.span/shop" and line["data"]["name"] == "a"


def test_protobuf_has_two_names(server: Server) -> None:
    body = Source(32, valid=True).request("traces")
    for name in ("application/x-protobuf", "application/protobuf", "application/protobuf; charset=binary"):
        response = server.post("/v1/traces", gzip.compress(body), {"Content-Type": name, "Content-Encoding": "gzip"})
        assert (response.status, response.headers["Content-Type"]) == (200, "application/x-protobuf")


def test_another_media_type_is_refused(server: Server) -> None:
    for name in ("text/plain", "application/x-ndjson", "application/grpc"):
        assert "application/x-protobuf" in status(server.post("/v1/traces", b"{}", {"Content-Type": name}), 415)
    # Nor may it be left open how an empty request is encoded.
    assert status(server.post("/v1/traces", b"", {}), 415)
    headers = PROTOBUF | {"Content-Encoding": "br"}
    assert "gzip" in status(server.post("/v1/traces", b"a", headers), 415)


def test_what_cannot_be_read_is_refused_and_nothing_of_it_is_recorded(server: Server) -> None:
    body = ExportTraceServiceRequest.FromString(Source(33, valid=True).request("traces")).SerializeToString()
    assert "ends within a value" in status(server.post("/v1/traces", body + b"\x0a\x7f", PROTOBUF), 400)
    request = traces(span(name="a"), span(name=7))
    assert status(server.post("/v1/traces", request), 400) == "Span.name should be a string"
    assert status(server.post("/v1/traces", b"{", JSON), 400)
    assert stored.site_lines(server.site_dir) == []


def test_single_spans_that_cannot_be_recorded_are_told_of(server: Server) -> None:
    request = traces(span(), span(traceId="00" * 16), span(spanId="0102"))
    response = server.post("/v1/traces", request)
    assert response.status == 200
    assert response.json["partialSuccess"]["rejectedSpans"] == "2"
    assert "trace_id of a span is all zeros" in response.json["partialSuccess"]["errorMessage"]
    assert len(stored.site_lines(server.site_dir)) == 1


def test_a_bomb_is_refused_while_it_is_unpacked(server: Server) -> None:
    # 65 MiB of a field that nobody knows.
    bomb = gzip.compress(b"\xa2\x06" + b"\x80\x80\x84\x20" + bytes(65 << 20))
    assert len(bomb) < 1 << 20
    assert "67108864" in status(server.post("/v1/traces", bomb, PROTOBUF | {"Content-Encoding": "gzip"}), 413)


def test_an_attribute_may_have_four_mebibytes_and_a_request_ten_thousand_spans(server: Server) -> None:
    text = "x" * (4 << 20)
    attributes = [{"key": "a", "value": {"stringValue": text}}]
    assert server.post("/v1/traces", traces(span(attributes=attributes))).body == b"{}"
    assert server.post("/v1/traces", traces(*(span(name=str(number)) for number in range(10_000)))).body == b"{}"
    first, *others = stored.site_lines(server.site_dir)
    assert first["data"]["attributes"] == {"a": text}
    assert [line["data"]["name"] for line in others] == [str(number) for number in range(10_000)]


def test_spans_become_current_if_the_server_is_asked_to(make_server) -> None:
    server = make_server("--otlp-current").start()
    assert server.post("/v1/traces", traces(span(name="a"))).status == 200
    assert server.get("/current/otel.span%2Fshop").json["data"]["name"] == "a"


def test_more_metrics_than_there_may_be_types_are_recorded_and_told_of(make_server) -> None:
    server = make_server("--max-types", "3").start()
    server.record("dome", 1)
    response = server.post("/v1/metrics", metrics("a", "b", "c", "d"))
    assert response.status == 200
    assert "rejectedDataPoints" not in response.json["partialSuccess"]
    assert "--max-types" in response.json["partialSuccess"]["errorMessage"]
    recorded = {
        line["type"].rpartition("/")[2]: line.get("make_current", True) for line in stored.site_lines(server.site_dir)
    }
    assert recorded == {"dome": True, "a": True, "b": True, "c": False, "d": False}
    # Those that are current go on.
    assert server.post("/v1/metrics", metrics("b", "c")).status == 200
    assert server.get("/current/otel.metric%2Funknown_service%2Fb").json["seq"] == 6


def test_a_token_must_allow_to_write(make_server, token_file) -> None:
    server = make_server("--token-file", str(token_file)).start()
    body = json.dumps(traces(span())).encode()
    assert status(server.post("/v1/traces", body, JSON), 401)
    assert status(server.post("/v1/traces", b"", PROTOBUF), 401)
    assert status(server.post("/v1/traces", body, JSON | bearer(READER)), 403)
    assert server.post("/v1/traces", body, JSON | bearer(WRITER)).status == 200


def test_a_full_disk_is_a_reason_to_try_again(small_disk, make_server) -> None:
    server = make_server(site_dir=small_disk.site_dir).start()
    fill(server)
    request = traces(*(span(name="x" * 1000) for _ in range(50)))
    response = server.post("/v1/traces", request)
    assert status(response, 503).startswith("No room to record")
    assert 1 <= int(response.headers["Retry-After"]) <= 5
    small_disk.make_room(server)
    assert server.post("/v1/traces", request).status == 200


def test_a_second_port_is_refused_where_there_is_to_be_none(make_server, tmp_path) -> None:
    code, text = make_server("--otlp-port", "0", "--no-tcp", "--unix-socket", str(tmp_path / "socket")).refusal()
    assert code == 64 and "--otlp-port" in text and "--no-tcp" in text


def test_a_second_port_is_listened_on(make_server) -> None:
    server = make_server("--otlp-port", "0").start()
    ports = {int(url.rpartition(":")[2]) for url in server.urls}
    assert len(ports) == 2
    for server.port in ports:
        assert server.post("/v1/traces", traces(span())).status == 200
