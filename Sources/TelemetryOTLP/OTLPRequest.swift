package import SimdJSON
internal import TelemetryModel

/// A request to export spans, metrics or log records, in either of OTLP's encodings.
///
/// It is a tree of values that refer to the request's bytes. Both encodings of the same request make the same tree, so what is
/// made from it, its JSON form and the events, is the same.
package struct OTLPRequest: ~Copyable {
    /// How deep a parser for requests in JSON must go: two objects or arrays for each message.
    package static let jsonDepth = 2 * TreeBuilder.maximumDepth + 10

    package let signal: OTLPSignal

    /// How many fields were skipped that this server does not know.
    package private(set) var unknownFields = 0

    private let body: [UInt8]
    private let store: NodeStore

    /// Reads a request.
    ///
    /// - Parameters:
    ///   - body: less than 4 GiB.
    ///   - parser: for JSON, of at least ``jsonDepth``.
    /// - Throws: ``OTLPError`` when it cannot be read.
    package init(
        _ body: consuming [UInt8], _ encoding: OTLPEncoding, _ signal: OTLPSignal, parser: JSONParser
    ) throws(OTLPError) {
        self.signal = signal
        var count = 0
        switch encoding {
        case .protobuf:
            let bytes = body
            store = try bytes.span.withUnsafeBufferPointer { bytes throws(OTLPError) in
                try ProtobufReader.read(bytes, as: signal.request, unknownFields: &count)
            }
            self.body = bytes.isEmpty ? [0] : bytes
        case .json:
            var text: [UInt8] = body
            do throws(ByteOrderMark.ForeignEncoding) {
                try ByteOrderMark.remove(from: &text)
            } catch {
                throw .malformed(error.description)
            }
            do throws(JSONSyntaxError) {
                text = try parser.minify(text)
            } catch {
                throw .malformed("\(error)")
            }
            var span = text.mutableSpan
            store = try span.withUnsafeMutableBufferPointer { text throws(OTLPError) in
                try JSONReader.read(text, as: signal.request, unknownFields: &count)
            }
            self.body = text
        }
        unknownFields = count
    }

    /// The request in OTLP's JSON form, minified.
    package var json: [UInt8] {
        withTree { writer in
            var buffer = TextBuffer(capacity: 2 * body.count, limit: .max)
            writer.write(NodeStore.request, as: signal.request, to: &buffer)
            return buffer.bytes
        }
    }

    /// The events that record it.
    ///
    /// - Throws: ``OTLPError`` when they would take more than the limits allow.
    package func events(_ limits: OTLPLimits = OTLPLimits()) throws(OTLPError) -> OTLPEvents {
        try withTree { json throws(OTLPError) in
            var writer = EventWriter(json, signal, limits, requestLength: body.count)
            try writer.writeRequest()
            return writer.finish()
        }
    }

    private func withTree<Result, Failure: Error>(_ use: (JSONWriter) throws(Failure) -> Result) throws(Failure)
        -> Result
    {
        let nodes = UnsafePointer(store.nodes)
        return try body.withUnsafeBufferPointer { text throws(Failure) in
            guard let base = text.baseAddress else { preconditionFailure("the body is never empty") }
            return try use(JSONWriter(text: base, nodes: nodes))
        }
    }
}
