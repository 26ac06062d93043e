internal import TelemetryModel

/// Spans, log records and metrics, from the data of their events.
extension ItemExport {
    mutating func writeSpan(_ data: JSONText) {
        writeObject { item in
            item.write("traceId", data.member("trace_id"), .text)
            item.write("spanId", data.member("span_id"), .text)
            item.write("traceState", data.member("trace_state"), .text)
            item.write("parentSpanId", data.member("parent_span_id"), .text)
            item.write("name", data.member("name"), .text)
            item.write(
                "kind", data.member("kind"),
                names: ["unspecified", "internal", "server", "client", "producer", "consumer"])
            if data.member("start")?.isNull != true { item.write("startTimeUnixNano", item.time) }
            item.write("endTimeUnixNano", data.member("end"), .time)
            item.write("attributes", data.member("attributes"), .attributes)
            item.write("droppedAttributesCount", data.member("dropped_attributes_count"), .integer)
            item.write("events", objectsOf: data.member("events")) { item, event in
                item.write("timeUnixNano", event.member("time"), .time)
                item.write("name", event.member("name"), .text)
                item.write("attributes", event.member("attributes"), .attributes)
                item.write("droppedAttributesCount", event.member("dropped_attributes_count"), .integer)
            }
            item.write("droppedEventsCount", data.member("dropped_events_count"), .integer)
            item.write("links", objectsOf: data.member("links")) { item, link in
                item.write("traceId", link.member("trace_id"), .text)
                item.write("spanId", link.member("span_id"), .text)
                item.write("traceState", link.member("trace_state"), .text)
                item.write("attributes", link.member("attributes"), .attributes)
                item.write("droppedAttributesCount", link.member("dropped_attributes_count"), .integer)
                item.write("flags", link.member("flags"), .integer)
            }
            item.write("droppedLinksCount", data.member("dropped_links_count"), .integer)
            if let status = data.member("status") {
                item.open("status")
                item.writeObject { item in
                    item.write("message", data.member("status_message"), .text)
                    item.write("code", status, names: ["unset", "ok", "error"])
                }
            }
            item.write("flags", data.member("flags"), .integer)
        }
    }

    mutating func writeLogRecord(_ data: JSONText) {
        writeObject { item in
            if data.member("time")?.isNull != true { item.write("timeUnixNano", item.time) }
            item.write("observedTimeUnixNano", data.member("observed"), .time)
            item.write("severityNumber", data.member("severity_number"), .integer)
            item.write("severityText", data.member("severity"), .text)
            if let body = data.member("body") {
                item.open("body")
                item.writeAnyValue(body)
            }
            item.write("attributes", data.member("attributes"), .attributes)
            item.write("droppedAttributesCount", data.member("dropped_attributes_count"), .integer)
            item.write("flags", data.member("flags"), .integer)
            item.write("traceId", data.member("trace_id"), .text)
            item.write("spanId", data.member("span_id"), .text)
            item.write("eventName", data.member("event_name"), .text)
        }
    }

    mutating func writeMetric(_ data: JSONText) {
        let kinds: [(name: StaticString, label: StaticString)] = [
            ("gauge", "gauge"), ("sum", "sum"), ("histogram", "histogram"),
            ("exponential_histogram", "exponentialHistogram"), ("summary", "summary"),
        ]
        writeObject { item in
            item.write("name", data.member("name"), .text)
            item.write("description", data.member("description"), .text)
            item.write("unit", data.member("unit"), .text)
            item.write("metadata", data.member("metadata"), .attributes)
            guard let kind = data.member("kind"), let shape = kinds.first(where: { kind.equals($0.name) }) else {
                return
            }
            item.open(shape.label)
            item.writeObject { item in
                if let points = data.member("points"), !points.isEmptyArray {
                    item.write("dataPoints", objectsOf: points) { $0.writePoint($1) }
                }
                item.write(
                    "aggregationTemporality", data.member("temporality"), names: ["unspecified", "delta", "cumulative"])
                if data.member("monotonic")?.boolean == true { item.write("isMonotonic", verbatim: true) }
            }
        }
    }

    /// Writes a data point: the names of all kinds differ, or mean the same.
    private mutating func writePoint(_ point: JSONText) {
        if let attributes = point.member("attributes"), !attributes.isEmptyObject {
            write("attributes", attributes, .attributes)
        }
        write("startTimeUnixNano", point.member("start"), .time)
        if let own = point.member("time") { write("timeUnixNano", own, .time) } else { write("timeUnixNano", time) }
        writeValue(of: point)
        write("count", point.member("count"), .longInteger)
        write("sum", point.member("sum"), .number)
        write("min", point.member("min"), .number)
        write("max", point.member("max"), .number)
        write("explicitBounds", point.member("explicit_bounds"), .numbers)
        write("bucketCounts", point.member("bucket_counts"), .longIntegers)
        write("scale", point.member("scale"), .integer)
        write("zeroCount", point.member("zero_count"), .longInteger)
        write("zeroThreshold", point.member("zero_threshold"), .number)
        writeBuckets("positive", point.member("positive"))
        writeBuckets("negative", point.member("negative"))
        write("quantileValues", objectsOf: point.member("quantiles")) { item, quantile in
            item.write("quantile", quantile.member("quantile"), .number)
            item.write("value", quantile.member("value"), .number)
        }
        write("exemplars", objectsOf: point.member("exemplars")) { item, exemplar in
            if let attributes = exemplar.member("attributes"), !attributes.isEmptyObject {
                item.write("filteredAttributes", attributes, .attributes)
            }
            item.write("timeUnixNano", exemplar.member("time"), .time)
            item.writeValue(of: exemplar)
            item.write("traceId", exemplar.member("trace_id"), .text)
            item.write("spanId", exemplar.member("span_id"), .text)
        }
        write("flags", point.member("flags"), .integer)
    }

    private mutating func writeValue(of point: JSONText) {
        guard let value = point.member("value"), value.kind == .number else { return }
        if value.isInteger { write("asInt", quoted: value) } else { write("asDouble", verbatim: value) }
    }

    private mutating func writeBuckets(_ label: StaticString, _ buckets: JSONText?) {
        guard let buckets, buckets.kind == .object else { return }
        open(label)
        writeObject { item in
            item.write("offset", buckets.member("offset"), .integer)
            item.write("bucketCounts", buckets.member("bucket_counts"), .longIntegers)
        }
    }
}
