internal import MicroHTTPD
internal import TelemetryIndex
internal import TelemetryModel
internal import TelemetryStore

/// The routes of the reference's history store. A host is a type `host.<name>` under that name, or any other type under its
/// own.
///
/// Their errors are plain text, and unknown parameters are ignored, as with the reference.
extension Routes {
    private static let prefix = "host."

    /// `GET /telemetry/hosts`: the hosts there are.
    @Sendable
    func hosts(_ request: HTTPRequest) throws(TelemetryError) -> HTTPResponse {
        let types = try read { index throws(LogReadError) in try index.types() }.types
        let hosts = Self.hosts(of: types.map(\.type))
        var body: [UInt8] = []
        body.append(ascii: "{\"hosts\":[")
        for (index, host) in hosts.enumerated() {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            body.append(jsonString: host)
        }
        body.append(ascii: "]}")
        return HTTPResponse(json: body)
    }

    /// The names of hosts, each once, in the order of their bytes.
    static func hosts(of types: [String]) -> [String] {
        var known: Set<[UInt8]> = []
        for type in types {
            let name = type.utf8.starts(with: prefix.utf8) ? type.utf8.dropFirst(prefix.utf8.count) : type.utf8[...]
            known.insert(Array(name.isEmpty ? type.utf8[...] : name))
        }
        return known.sorted { ByteOrder.precedes($0, $1) }.map { String(decoding: $0, as: UTF8.self) }
    }

    /// `GET /telemetry/history?host=H[&range=R]`: the samples of a host.
    @Sendable
    func hostHistory(_ request: HTTPRequest) throws(TelemetryError) -> HTTPResponse {
        let host = Self.trimmed(request.query["host"] ?? "")
        if host.isEmpty { throw .hostRequired }
        let text = request.query["range"] ?? ""
        guard let range = HostRange(text.isEmpty ? "1h" : text) else { throw .invalidHostRange }
        let now = service.clock.peek()
        for type in [Self.prefix + host, host] {
            var query = range.query(type, resolution: range.resolution, now: now)
            let resolution = range.resolution(samples: try points(for: query))
            query = range.query(type, resolution: resolution, now: now)
            guard let answer = try read({ index throws(LogReadError) in try index.history(query) }) else { continue }
            return HTTPResponse(json: HostSamples(answer, resolution: resolution).json(host: host, label: range.label))
        }
        return HTTPResponse(json: HostSamples(nil, resolution: range.resolution).json(host: host, label: range.label))
    }

    /// A text without the blanks around it.
    private static func trimmed(_ text: String) -> String {
        let blanks = " \t\n\r\u{0B}\u{0C}"
        return String(
            text.drop { blanks.contains($0) }.reversed().drop { blanks.contains($0) }.reversed())
    }
}
