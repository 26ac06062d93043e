/// A media type, such as `text/csv; charset=utf-8` (RFC 9110, section 8.3.1).
package struct MediaType: Sendable, Hashable, CustomStringConvertible {
    /// In lower case.
    package let type: String
    package let subtype: String

    /// Names in lower case, values without their quotes.
    package let parameters: [String: String]

    /// The text as it was given.
    package let description: String

    /// - Returns: nil when it is no media type.
    package init?(_ text: String) {
        let parts = text.split(outsideQuotesAt: ";").map(\.trimmed)
        let names = parts.first?.asciiLowercased.split(separator: "/", omittingEmptySubsequences: false) ?? []
        guard names.count == 2, names.allSatisfy({ $0.utf8.allSatisfy(RequestFraming.isTokenCharacter) && !$0.isEmpty })
        else { return nil }
        var parameters: [String: String] = [:]
        for part in parts.dropFirst() {
            guard let (name, value) = part.nameAndValue else { return nil }
            parameters[name] = value
        }
        self.init(type: String(names[0]), subtype: String(names[1]), parameters: parameters, description: text)
    }

    package static let json = MediaType(type: "application", subtype: "json")
    package static let ndjson = MediaType(type: "application", subtype: "x-ndjson")
    package static let csv = MediaType(type: "text", subtype: "csv")
    package static let eventStream = MediaType(type: "text", subtype: "event-stream")
    package static let html = MediaType(type: "text", subtype: "html")
    package static let plainText = MediaType(type: "text", subtype: "plain")

    private init(type: String, subtype: String, parameters: [String: String] = [:], description: String? = nil) {
        self.type = type
        self.subtype = subtype
        self.parameters = parameters
        self.description = description ?? "\(type)/\(subtype)"
    }
}
