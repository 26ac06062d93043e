/// Which codings of a body a client takes: the `Accept-Encoding` of a request (RFC 9110, section 12.5.3).
package struct AcceptEncodingHeader: Sendable {
    /// Whether a body is best sent compressed with gzip: the client takes it, and does not prefer one that is not coded.
    package let prefersGzip: Bool

    /// - Parameter text: the values of all `Accept-Encoding` fields; nil when there is none. Malformed entries are ignored.
    package init(_ text: String?) {
        var qualities: [String: Int] = [:]
        for entry in QualityList(text ?? "").entries { qualities[entry.value] = entry.quality }
        let gzip = qualities["gzip"] ?? qualities["x-gzip"] ?? qualities["*"] ?? 0
        prefersGzip = gzip > 0 && gzip >= qualities["identity"] ?? 0
    }
}
