import SimdJSON
import TelemetryModel
import TelemetryOTLP
import Testing

/// Requests as tests write them.
enum Requests {
    static let parser = JSONParser(maximumDepth: OTLPRequest.jsonDepth)

    static let traceID = "5b8efff798038103d269b633813fc60c"
    static let spanID = "eee19b7ec3c1b174"

    /// The JSON form of a request.
    static func json(
        of body: [UInt8], _ encoding: OTLPEncoding = .protobuf, _ signal: OTLPSignal = .traces
    ) throws(OTLPError) -> String {
        let request = try OTLPRequest(body, encoding, signal, parser: parser)
        return String(decoding: request.json, as: UTF8.self)
    }

    static func events(
        of body: String, _ signal: OTLPSignal = .traces, _ limits: OTLPLimits = OTLPLimits()
    ) throws(OTLPError) -> OTLPEvents {
        try OTLPRequest(Array(body.utf8), .json, signal, parser: parser).events(limits)
    }

    /// The only event of a request in JSON.
    static func event(of body: String, _ signal: OTLPSignal = .traces) throws -> EventRequest {
        let requests = try #require(try events(of: body, signal).requests)
        #expect(requests.count == 1)
        return requests[0]
    }

    /// A request with one span of the service `shop`.
    ///
    /// - Parameter members: those of the span behind its ids, each with a comma before it.
    static func span(_ members: String = "") -> String {
        traces(#"{"traceId":"\#(traceID)","spanId":"\#(spanID)"\#(members)}"#)
    }

    static func traces(_ spans: String) -> String {
        #"{"resourceSpans":[{"resource":\#(shop),"scopeSpans":[{"scope":{"name":"orders"},"spans":[\#(spans)]}]}]}"#
    }

    static func log(_ members: String) -> String {
        #"{"resourceLogs":[{"resource":\#(shop),"scopeLogs":[{"logRecords":[{\#(members)}]}]}]}"#
    }

    static func metric(_ members: String, service: String = "shop") -> String {
        """
        {"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"\(service)"}}]},\
        "scopeMetrics":[{"metrics":[{\(members)}]}]}]}
        """
    }

    static let shop = #"{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]}"#

    /// The document that is made from the events of a request.
    static func roundTrip(_ body: String, _ signal: OTLPSignal = .traces) throws(OTLPError) -> String {
        var document = OTLPDocument(signal)
        for event in try events(of: body, signal).requests.map({ Array($0) }) ?? [] {
            document.add(ts: event.time?.text ?? "2026-05-20T10:00:00.000Z", data: event.data, meta: event.meta)
        }
        return try json(of: document.json, .json, signal)
    }
}
