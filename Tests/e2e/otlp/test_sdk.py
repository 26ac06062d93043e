"""OpenTelemetry's own SDK exports to the server; what stands in the files is what the program did."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from e2e.support import stored
from e2e.support.scarcity import fill
from e2e.support.server import Server

RESOURCE = Resource({"service.name": "shop", "robots": ["a", "b"]})


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip])
def test_spans_are_recorded_as_the_program_made_them(server: Server, compression: Compression) -> None:
    exporter = OTLPSpanExporter(f"http://127.0.0.1:{server.port}/v1/traces", compression=compression)
    provider = TracerProvider(resource=RESOURCE)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("orders", "1.2")

    with (
        tracer.start_as_current_span("create_order", kind=trace.SpanKind.SERVER) as parent,
        pytest.raises(ValueError),
        tracer.start_as_current_span("pay") as child,
    ):
        child.set_attributes({"total": 12.0, "items": 3, "card": True, "names": ["x", "y"]})
        child.add_event("tried", {"attempt": 1})
        raise ValueError("card refused")
    provider.shutdown()

    pay, order = stored.site_lines(server.site_dir)
    assert {pay["type"], order["type"]} == {"otel.span/shop"}
    assert order["data"]["name"] == "create_order" and order["data"]["kind"] == "server"
    assert order["data"]["trace_id"] == pay["data"]["trace_id"] == f"{parent.get_span_context().trace_id:032x}"
    assert pay["data"]["parent_span_id"] == order["data"]["span_id"] == f"{parent.get_span_context().span_id:016x}"
    assert pay["data"]["attributes"] == {"total": 12.0, "items": 3, "card": True, "names": ["x", "y"]}
    assert isinstance(pay["data"]["attributes"]["total"], float)
    tried, raised = pay["data"]["events"]
    assert (tried["name"], tried["attributes"]) == ("tried", {"attempt": 1})
    assert raised["attributes"]["exception.message"] == "card refused"
    assert pay["data"]["status"] == "error" and "card refused" in pay["data"]["status_message"]
    assert pay["ts"][:19] == order["ts"][:19] or pay["ts"] > order["ts"]
    assert order["data"]["duration_s"] > pay["data"]["duration_s"] > 0
    assert pay["meta"]["resource"]["attributes"]["robots"] == ["a", "b"]
    assert pay["meta"]["scope"] == {"name": "orders", "version": "1.2"}


def test_metrics_of_all_instruments_are_recorded(server: Server) -> None:
    exporter = OTLPMetricExporter(f"http://127.0.0.1:{server.port}/v1/metrics")
    views = [View(instrument_name="latency", aggregation=ExponentialBucketHistogramAggregation())]
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=float("inf"))
    provider = MeterProvider([reader], resource=RESOURCE, views=views)
    meter = provider.get_meter("orders")
    meter.create_counter("orders", unit="1", description="taken").add(2, {"robot": "a"})
    meter.create_up_down_counter("stock").add(-3)
    meter.create_histogram("price", explicit_bucket_boundaries_advisory=[1.0, 10.0]).record(5)
    meter.create_histogram("latency").record(0.25)
    meter.create_gauge("depth").set(1.5, {"band": "left"})
    assert provider.force_flush()
    provider.shutdown()

    lines = {line["data"]["name"]: line for line in stored.site_lines(server.site_dir)}
    assert set(lines) >= {"orders", "stock", "price", "latency", "depth"}
    orders, depth = lines["orders"]["data"], lines["depth"]["data"]
    assert (orders["kind"], orders["monotonic"], orders["temporality"]) == ("sum", True, "cumulative")
    assert (orders["unit"], orders["description"]) == ("1", "taken")
    assert (orders["points"][0]["value"], orders["points"][0]["attributes"]) == (2, {"robot": "a"})
    assert lines["stock"]["data"]["points"][0]["value"] == -3 and not lines["stock"]["data"]["monotonic"]
    (price,) = lines["price"]["data"]["points"]
    assert (price["count"], price["sum"]) == (1, 5.0)
    assert (price["explicit_bounds"], price["bucket_counts"]) == ([1.0, 10.0], [0, 1, 0])
    (latency,) = lines["latency"]["data"]["points"]
    assert lines["latency"]["data"]["kind"] == "exponential_histogram" and latency["positive"]["bucket_counts"] == [1]
    assert (depth["kind"], depth["points"][0]["value"]) == ("gauge", 1.5)
    assert server.get("/current/otel.metric%2Fshop%2Fdepth").json["data"] == depth


def test_log_records_are_recorded_as_the_program_made_them(server: Server) -> None:
    provider = LoggerProvider(resource=RESOURCE)
    exporter = OTLPLogExporter(f"http://127.0.0.1:{server.port}/v1/logs")
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    provider.get_logger("orders").emit(
        LogRecord(
            timestamp=1_780_000_000_123_456_789,
            severity_number=SeverityNumber.ERROR,
            severity_text="ERROR",
            body={"card": "refused", "tries": [1, 2.0, None]},
            attributes={"order": 7, "picture": b"\x01\x02"},
        )
    )
    provider.shutdown()

    (line,) = stored.site_lines(server.site_dir)
    data = line["data"]
    assert line["type"] == "otel.log/shop" and line["ts"] == "2026-05-28T20:26:40.123456789Z"
    assert (data["severity"], data["severity_number"]) == ("ERROR", 17)
    assert data["body"] == {"card": "refused", "tries": [1, 2.0, None]}
    # What JSON cannot say stands whole beside it.
    assert data["attributes"] == {"order": 7, "picture": "AQI="}
    assert {"key": "picture", "value": {"bytesValue": "AQI="}} in data["otlp"]["attributes"]


class _Retries(logging.Handler):
    """Hears that an exporter is going to try again."""

    def __init__(self) -> None:
        super().__init__()
        self.first = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if "retrying" in record.getMessage():
            self.first.set()


def _exported(exporter: SpanExporter, spans: list[ReadableSpan], after_the_first_attempt: Callable[[], None]) -> bool:
    """Whether spans are exported in the end, whose first attempt fails."""
    retries = _Retries()
    logger = logging.getLogger("opentelemetry")
    logger.addHandler(retries)
    try:
        with ThreadPoolExecutor() as pool:
            result = pool.submit(exporter.export, spans)
            assert retries.first.wait(timeout=60)
            after_the_first_attempt()
            return result.result() is SpanExportResult.SUCCESS
    finally:
        logger.removeHandler(retries)


def _spans(count: int) -> list[ReadableSpan]:
    memory = InMemorySpanExporter()
    provider = TracerProvider(resource=RESOURCE)
    provider.add_span_processor(SimpleSpanProcessor(memory))
    for number in range(count):
        provider.get_tracer("orders").start_span(f"{number} {'x' * 1000}").end()
    return list(memory.get_finished_spans())


def test_nothing_is_lost_while_a_disk_is_full(small_disk, make_server) -> None:
    server = make_server(site_dir=small_disk.site_dir).start()
    fill(server)
    spans = _spans(50)
    exporter = OTLPSpanExporter(f"http://127.0.0.1:{server.port}/v1/traces", timeout=60)

    assert _exported(exporter, spans, lambda: small_disk.make_room(server))

    lines = stored.site_lines(small_disk.seen_site_dir)
    assert [line["data"]["name"] for line in lines if line["type"] == "otel.span/shop"] == [s.name for s in spans]


def test_nothing_is_lost_over_a_restart(make_server) -> None:
    server = make_server().start()
    port = server.port
    spans = _spans(3)
    exporter = OTLPSpanExporter(f"http://127.0.0.1:{port}/v1/traces", timeout=60)
    assert server.stop() == 0
    server.arguments[server.arguments.index("--port") + 1] = str(port)

    assert _exported(exporter, spans, lambda: server.start())

    assert [line["data"]["name"] for line in stored.site_lines(server.site_dir)] == [span.name for span in spans]
