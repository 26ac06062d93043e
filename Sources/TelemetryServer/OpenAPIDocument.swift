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
        "security", "securitySchemes", "401", "Unauthorized", "UnauthorizedText",
    ]

    /// JSON, minified.
    let text: [UInt8]

    init(needsTokens: Bool) {
        let resource = PackageResources.openapi_json
        guard let minified = try? JSONParser(maximumDepth: 64).minify(resource) else {
            preconditionFailure("Resources/openapi.json is not strict JSON")
        }
        if needsTokens {
            text = minified
        } else {
            var text: [UInt8] = []
            text.reserveCapacity(minified.count)
            Self.append(JSONText(validated: minified), to: &text)
            self.text = text
        }
    }

    var content: StaticContent {
        StaticContent(HTTPResponse.SharedBytes(copying: text), mediaType: "application/json")
    }

    /// Appends a value without the members that tell of tokens.
    private static func append(_ value: JSONText, to text: inout [UInt8]) {
        guard value.kind == .object else { return text.append(value) }
        text.append(UInt8(ascii: "{"))
        for member in value.members where !aboutTokens.contains(where: { member.name.equals($0) }) {
            if text.last != UInt8(ascii: "{") { text.append(UInt8(ascii: ",")) }
            text.append(member.name)
            text.append(UInt8(ascii: ":"))
            append(member.value, to: &text)
        }
        text.append(UInt8(ascii: "}"))
    }
}
