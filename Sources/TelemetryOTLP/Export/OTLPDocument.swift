package import TelemetryModel

/// A request in OTLP's JSON form, made from the events that recorded it: what came in, with items of the same resource and scope
/// together.
///
/// ```
/// {"resourceSpans":[{"resource":{…},"scopeSpans":[{"scope":{…},"spans":[…]}]}]}
/// ```
///
/// Events that somebody else has posted under such a type are taken as far as they can be: a member of another kind than
/// ``EventWriter`` writes is left out.
package struct OTLPDocument {
    private let signal: OTLPSignal

    /// In the order of their first items.
    private var resources: [Resource] = []

    /// The places of resources and scopes, by their texts.
    private var resourcePlaces: [[UInt8]: Int] = [:]

    /// The `meta` of the last event, and where its items go: most events have that of the one before.
    private var last: (meta: JSONText, resource: Int, scope: Int)?

    private struct Resource {
        /// Its members before the scopes, each with a comma behind it.
        let text: [UInt8]
        var scopes: [Scope] = []
        var scopePlaces: [[UInt8]: Int] = [:]
    }

    private struct Scope {
        /// Its members before the items, each with a comma behind it.
        let text: [UInt8]

        /// The items, each with a comma behind it.
        var items: [UInt8] = []
    }

    package init(_ signal: OTLPSignal) {
        self.signal = signal
    }

    /// Adds what an event recorded.
    ///
    /// - Parameters:
    ///   - ts: the event's time, RFC 3339.
    ///   - data: the event's data.
    /// - Returns: false if the data is no object, and so nothing was added.
    @discardableResult
    package mutating func add(ts: String, data: JSONText, meta: JSONText) -> Bool {
        guard data.kind == .object else { return false }
        let (resource, scope) = place(of: meta)
        var item = ItemExport(time: UnixTime(rfc3339: ts), bytes: [])
        swap(&item.bytes, &resources[resource].scopes[scope].items)
        if let whole = data.member("otlp"), whole.kind == .object {
            item.bytes.append(whole)
        } else {
            switch signal {
            case .traces: item.writeSpan(data)
            case .metrics: item.writeMetric(data)
            case .logs: item.writeLogRecord(data)
            }
        }
        item.bytes.append(UInt8(ascii: ","))
        swap(&item.bytes, &resources[resource].scopes[scope].items)
        return true
    }

    /// The document.
    package var json: [UInt8] {
        let (resourcesName, scopesName, itemsName): (StaticString, StaticString, StaticString) =
            switch signal {
            case .traces: ("resourceSpans", "scopeSpans", "spans")
            case .metrics: ("resourceMetrics", "scopeMetrics", "metrics")
            case .logs: ("resourceLogs", "scopeLogs", "logRecords")
            }
        var bytes: [UInt8] = []
        func open(_ name: StaticString) {
            bytes.append(UInt8(ascii: "\""))
            bytes.append(ascii: name)
            bytes.append(ascii: "\":[")
        }
        bytes.append(UInt8(ascii: "{"))
        open(resourcesName)
        for (index, resource) in resources.enumerated() {
            bytes.append(ascii: index == 0 ? "{" : ",{")
            bytes += resource.text
            open(scopesName)
            for (index, scope) in resource.scopes.enumerated() {
                bytes.append(ascii: index == 0 ? "{" : ",{")
                bytes += scope.text
                open(itemsName)
                bytes += scope.items.dropLast()
                bytes.append(ascii: "]}")
            }
            bytes.append(ascii: "]}")
        }
        bytes.append(ascii: "]}")
        return bytes
    }

    private mutating func place(of meta: JSONText) -> (resource: Int, scope: Int) {
        if let last, last.meta == meta { return (last.resource, last.scope) }
        let exact = meta.member("otlp")
        let resourceText = text(
            of: exact?.member("resource"), meta.member("resource"), schema: meta.member("resource_schema_url"),
            "resource")
        let scopeText = text(
            of: exact?.member("scope"), meta.member("scope"), schema: meta.member("scope_schema_url"), "scope")
        let resource = resourcePlaces[resourceText] ?? resources.count
        if resource == resources.count {
            resources.append(Resource(text: resourceText))
            resourcePlaces[resourceText] = resource
        }
        let scope = resources[resource].scopePlaces[scopeText] ?? resources[resource].scopes.count
        if scope == resources[resource].scopes.count {
            resources[resource].scopes.append(Scope(text: scopeText))
            resources[resource].scopePlaces[scopeText] = scope
        }
        last = (meta, resource, scope)
        return (resource, scope)
    }

    private func text(of exact: JSONText?, _ plain: JSONText?, schema: JSONText?, _ name: StaticString) -> [UInt8] {
        var item = ItemExport(time: nil, bytes: [])
        if let object = exact ?? plain, object.kind == .object {
            item.bytes.append(UInt8(ascii: "\""))
            item.bytes.append(ascii: name)
            item.bytes.append(ascii: "\":")
            if exact != nil { item.bytes.append(object) } else { item.writeSource(object) }
            item.bytes.append(UInt8(ascii: ","))
        }
        if let schema, schema.kind == .string {
            item.bytes.append(ascii: "\"schemaUrl\":")
            item.bytes.append(schema)
            item.bytes.append(UInt8(ascii: ","))
        }
        return item.bytes
    }
}

/// An instant in nanoseconds.
struct UnixTime {
    /// Since 1970-01-01T00:00:00Z.
    let nanoseconds: UInt64

    /// An RFC 3339 time in the years 1970 to 2554, of which nine digits of the second count; nil for any other text.
    init?(rfc3339 text: String) {
        guard let time = Timestamp(rfc3339: text), time.milliseconds >= 0 else { return nil }
        var fraction: UInt64 = 0
        var weight: UInt64 = 100_000_000
        if let point = text.utf8.firstIndex(of: UInt8(ascii: ".")) {
            for byte in text.utf8[point...].dropFirst() {
                guard byte &- UInt8(ascii: "0") < 10 else { break }
                fraction += UInt64(byte - UInt8(ascii: "0")) * weight
                weight /= 10
            }
        }
        let (product, isTooLarge) = UInt64(time.seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isSumTooLarge) = product.addingReportingOverflow(fraction)
        if isTooLarge || isSumTooLarge { return nil }
        nanoseconds = sum
    }
}
