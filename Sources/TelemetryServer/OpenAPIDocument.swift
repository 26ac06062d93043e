internal import MicroHTTPD
internal import SimdJSON
internal import TelemetryModel

/// The description of the API as it is true of one server.
///
/// `Resources/openapi.json` describes a server that has tokens. Where there are none, the members that tell of them are left
/// out.
struct OpenAPIDocument {
    /// The members that tell of tokens, wherever they stand.
    private static let aboutTokens: [StaticString] = [
        "security", "securitySchemes", "401", "Unauthorized", "UnauthorizedText", "OTLPUnauthorized",
    ]

    /// JSON, minified.
    let text: [UInt8]

    /// The paths that need no token where metrics are open.
    private static let ofMetrics: [StaticString] = ["/metrics", "/metrics/values"]

    /// - Parameter opensMetrics: whether metrics need no token where others do.
    init(needsTokens: Bool, opensMetrics: Bool = false) {
        let resource = PackageResources.openapi_json
        guard let minified = try? JSONParser(maximumDepth: 64).minify(resource) else {
            preconditionFailure("Resources/openapi.json is not strict JSON")
        }
        if needsTokens, !opensMetrics {
            text = minified
        } else {
            var text: [UInt8] = []
            text.reserveCapacity(minified.count)
            Self.append(JSONText(validated: minified), to: &text, openingMetricsOnly: needsTokens)
            self.text = text
        }
    }

    var content: StaticContent {
        StaticContent(HTTPResponse.SharedBytes(copying: text), mediaType: "application/json")
    }

    /// Appends a value without the members that tell of tokens.
    ///
    /// - Parameter isMetricsOnly: whether only those below the paths of metrics are left out. Then they have no `security` of
    ///   their own, which is what a path without a token has to have.
    private static func append(_ value: JSONText, to text: inout [UInt8], openingMetricsOnly isMetricsOnly: Bool) {
        guard value.kind == .object else { return text.append(value) }
        text.append(UInt8(ascii: "{"))
        for member in value.members {
            if !isMetricsOnly, aboutTokens.contains(where: { member.name.equals($0) }) { continue }
            if text.last != UInt8(ascii: "{") { text.append(UInt8(ascii: ",")) }
            text.append(member.name)
            text.append(UInt8(ascii: ":"))
            let isOfMetrics = ofMetrics.contains { member.name.equals($0) }
            append(member.value, to: &text, openingMetricsOnly: isMetricsOnly && !isOfMetrics)
        }
        text.append(UInt8(ascii: "}"))
    }
}
