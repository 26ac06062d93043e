internal import TelemetryModel

/// Writes the events of a request, all into one text: what a resource and a scope say, the `meta` of their events, and a type
/// stand in it once.
///
/// An item's `data` has what a reader wants, attributes as a plain object. What a plain object cannot say (bytes, a key twice,
/// NaN, an attribute without a value) is written as far as it can be, and the item stands whole in `data.otlp`, in OTLP's
/// JSON form; of a resource or a scope, in `meta.otlp`. ``OTLPDocument`` is the way back.
struct EventWriter: ~Copyable {
    let json: JSONWriter
    let signal: OTLPSignal
    let limits: OTLPLimits
    var buffer: TextBuffer

    /// Whether what was written says all of the item.
    var isExact = true

    /// The keys of the objects that are being written, see ``writeAttributes(from:)``.
    var keys: [Node] = []

    /// The `service.name` of the resource.
    private(set) var service = EventType.unknownService

    private(set) var type = TextRange()
    private(set) var meta = TextRange()

    private var parts: [EventParts] = []
    private var linesLength = 0
    private var rejected = 0
    private var message: String?

    init(_ json: JSONWriter, _ signal: OTLPSignal, _ limits: OTLPLimits, requestLength: Int) {
        self.json = json
        self.signal = signal
        self.limits = limits
        buffer = TextBuffer(capacity: 2 * requestLength, limit: limits.linesLength)
    }

    consuming func finish() -> OTLPEvents {
        let text = parts.isEmpty ? [] : buffer.bytes
        let requests = parts.isEmpty ? nil : EventRequests(sharing: text, parts: parts)
        return OTLPEvents(
            requests: requests, rejected: rejected,
            message: message.map { "\(rejected) \(signal.itemName) were not recorded; the first: \($0)" })
    }

    /// Writes all items. Requests, resources and scopes of all three signals have the same fields in the same places.
    mutating func writeRequest() throws(OTLPError) {
        var resource = json.nodes[Int(NodeStore.request)].first
        while resource != 0 {
            if json.nodes[Int(resource)].number == 1 { try writeResource(resource) }
            resource = json.nodes[Int(resource)].next
        }
    }

    private mutating func writeResource(_ index: UInt32) throws(OTLPError) {
        let values = Values(of: index, in: json.nodes)
        service = serviceName(of: values[1])
        type = TextRange()
        var scope = values[2]
        while scope != 0 {
            if json.nodes[Int(scope)].number == 2 { try writeScope(scope, resource: values) }
            scope = json.nodes[Int(scope)].next
        }
    }

    private mutating func writeScope(_ index: UInt32, resource: Values) throws(OTLPError) {
        let values = Values(of: index, in: json.nodes)
        var item = values[2]
        if item == 0 { return }
        let start = buffer.count
        writeMeta(resource: resource, scope: values)
        guard !buffer.isOverLimit else { throw tooLarge }
        meta = TextRange(start..<buffer.count)
        if type.isEmpty, signal != .metrics { type = writeType() }
        let refusal =
            meta.count <= limits.metaLength
            ? nil
            : "its resource and scope take \(meta.count) bytes, and \(limits.metaLength) at most are kept with each event"
        while item != 0 {
            if json.nodes[Int(item)].number == 2 {
                if let refusal {
                    reject(refusal, count: signal == .metrics ? pointCount(ofMetric: item) : 1)
                } else {
                    try writeItem(item)
                }
            }
            item = json.nodes[Int(item)].next
        }
    }

    private mutating func writeItem(_ index: UInt32) throws(OTLPError) {
        switch signal {
        case .traces: writeSpan(index)
        case .metrics: writeMetric(index)
        case .logs: writeLogRecord(index)
        }
        guard !buffer.isOverLimit, linesLength <= limits.linesLength else { throw tooLarge }
    }

    private var tooLarge: OTLPError {
        .tooLarge("What the request says would take more than \(limits.linesLength) bytes: send less at a time")
    }

    mutating func reject(_ reason: String, count: Int = 1) {
        rejected += count
        if message == nil { message = reason }
    }

    /// Writes a type, which stands in the text until another one is written.
    mutating func writeType(metric: UnsafeBufferPointer<UInt8>? = nil) -> TextRange {
        let start = buffer.count
        EventType.type(signal, service: service, metric: metric).withUnsafeBufferPointer {
            buffer.write(string: $0, isPlain: false)
        }
        return TextRange(start..<max(start, buffer.count))
    }

    /// Writes the time of an event.
    ///
    /// - Parameter nanoseconds: 0 for an event without a time of its own.
    /// - Returns: where it stands.
    mutating func writeTime(_ nanoseconds: UInt64) -> Range<Int> {
        let start = buffer.count
        if nanoseconds != 0 { buffer.write(time: nanoseconds) }
        return start..<max(start, buffer.count)
    }

    /// Ends the data of an item, and adds its event.
    ///
    /// - Parameters:
    ///   - index: the item's node.
    ///   - start: where its data starts.
    ///   - time: where its time stands, and what it is.
    mutating func finish(
        _ index: UInt32, type: TextRange, from start: Int, time: Range<Int>, _ nanoseconds: UInt64, makeCurrent: Bool
    ) {
        if !isExact {
            buffer.write(",\"otlp\":")
            json.write(index, as: signal.item, to: &buffer)
        }
        buffer.write(UInt8(ascii: "}"))
        if buffer.isOverLimit { return }
        let event = EventParts(
            type: type, data: TextRange(start..<buffer.count), meta: meta, ts: TextRange(time),
            timestamp: Timestamp(milliseconds: Int64(nanoseconds / 1_000_000)), makeCurrent: makeCurrent)
        linesLength += event.type.count + event.data.count + event.meta.count + EventTexts.maximumEnvelopeLength
        parts.append(event)
    }
}
