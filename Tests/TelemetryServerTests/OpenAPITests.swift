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

    private func document() throws -> JSONText {
        JSONText(validated: try JSONParser(maximumDepth: 64).minify(PackageResources.openapi_json))
    }

    @Test func theOpenAPIDocumentDescribesEveryEndpointAndNoOther() throws {
        let routes = Routes(service: service, requestShutdown: nil).all.map { route in
            Operation(
                method: route.method.name, path: route.path, access: "\(route.access)",
                mediaTypes: route.method == .post ? route.mediaTypes : [])
        }

        var described: [Operation] = []
        for path in try #require(try document().member("paths")).members {
            for operation in path.value.members {
                let scopes = operation.value.member("security")?.elements.first(where: { _ in true })?.member("token")?
                    .elements
                let body = operation.value.member("requestBody")?.member("content")?.members.map {
                    $0.name.string ?? ""
                }
                described.append(
                    Operation(
                        method: operation.name.string?.uppercased() ?? "", path: path.name.string ?? "",
                        access: scopes?.first(where: { _ in true })?.string ?? "open",
                        // Where no body is expected, an empty one is fine, and any other is not looked at.
                        mediaTypes: body ?? (operation.name.string == "post" ? ["application/json"] : [])))
            }
        }
        #expect(Set(described) == Set(routes))
        #expect(described.count == routes.count)
    }

    @Test func theOpenAPIDocumentHasTheVersionOfTheServer() throws {
        #expect(try document().member("info")?.member("version")?.string == telemetryVersion)
    }
}
