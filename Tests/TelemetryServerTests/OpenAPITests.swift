import MicroHTTPD
import SimdJSON
import TelemetryModel
import Testing

@testable import TelemetryServer

/// The OpenAPI document against the one list of endpoints.
extension RoutesTests {
    private struct Operation: Hashable, CustomStringConvertible {
        let method: String
        let path: String
        let access: String
        let mediaTypes: [String]

        var description: String { "\(method) \(path) \(access) \(mediaTypes)" }
    }

    /// The document of a server with tokens, or of one without.
    private func document(needsTokens: Bool = true) -> JSONText {
        JSONText(validated: OpenAPIDocument(needsTokens: needsTokens).text)
    }

    @Test func theOpenAPIDocumentDescribesEveryEndpointAndNoOther() throws {
        let routes = Routes(service: service, requestShutdown: nil).all.map { route in
            Operation(
                method: route.method.name, path: route.path,
                // That others may link to it is no matter of tokens.
                access: route.access == .page ? "open" : "\(route.access)",
                mediaTypes: route.method == .post ? route.mediaTypes : [])
        }

        var described: [Operation] = []
        for path in try #require(document().member("paths")).members {
            for operation in path.value.members {
                let security = operation.value.member("security").map { Array($0.elements) } ?? []
                let scopes = security.first?.member("token")?.elements
                let isOptional = security.count == 2 && security[0].members.allSatisfy { _ in false }
                let body = operation.value.member("requestBody")?.member("content")?.members.map {
                    $0.name.string ?? ""
                }
                described.append(
                    Operation(
                        method: operation.name.string?.uppercased() ?? "", path: path.name.string ?? "",
                        access: isOptional ? "optional" : scopes?.first(where: { _ in true })?.string ?? "open",
                        // Where no body is expected, an empty one is fine, and any other is not looked at.
                        mediaTypes: body ?? (operation.name.string == "post" ? ["application/json"] : [])))
            }
        }
        #expect(Set(described) == Set(routes))
        #expect(described.count == routes.count)
    }

    @Test func theOpenAPIDocumentHasTheVersionOfTheServer() throws {
        #expect(document().member("info")?.member("version")?.string == telemetryVersion)
    }

    @Test func theDocumentOfAServerWithTokensIsTheWholeResource() throws {
        #expect(
            document()
                == JSONText(validated: try JSONParser(maximumDepth: 64).minify(PackageResources.openapi_json)))
    }

    @Test func theDocumentOfAServerWithoutTokensSaysNothingOfThem() throws {
        let document = document(needsTokens: false)
        #expect(try JSONParser(maximumDepth: 64).minify(Array(document.utf8)) == Array(document.utf8))

        // Whatever is left out was under one of these names, and everything else is the same.
        let about: Set = [
            #""security""#, #""securitySchemes""#, #""401""#, #""Unauthorized""#, #""UnauthorizedText""#,
            #""OTLPUnauthorized""#,
        ]
        func compare(_ whole: JSONText, _ part: JSONText) {
            guard whole.kind == .object else {
                #expect(whole == part)
                return
            }
            let kept = whole.members.filter { !about.contains($0.name.description) }
            let members = Array(part.members)
            #expect(kept.map(\.name) == members.map(\.name))
            for (whole, part) in zip(kept, members) { compare(whole.value, part.value) }
        }
        compare(self.document(), document)
        #expect(!document.description.lowercased().contains("the token"))
    }

    @Test(arguments: [false, true])
    func theDocumentIsServedAsItIsTrueOfTheServer(needsTokens: Bool) throws {
        let response = try openAPI(needsTokens: needsTokens)

        #expect(response.status == .ok)
        #expect(response.body == Array(document(needsTokens: needsTokens).utf8))
        let tag = try #require(response.fields.first { $0.name == "ETag" }?.value)
        #expect(response.fields.contains(HTTPResponse.Field("Content-Type", "application/json")))
        let again = try openAPI(needsTokens: needsTokens, headers: [("If-None-Match", tag)])
        #expect(again.status == .notModified)
    }

    private func openAPI(
        needsTokens: Bool, headers: [(name: String, value: String)] = []
    ) throws -> HTTPResponse {
        let routes = Routes(service: service, needsTokens: needsTokens, requestShutdown: nil)
        let route = try Router(routes.all).match(.get, "/openapi.json").route
        let exchange = HTTPExchange(HTTPRequest(method: .get, path: route.path, headers: HTTPFields(headers)))
        route.handler(exchange)
        let response = exchange.takeAnswer(orWait: { {} })
        return try #require(response)
    }
}
