import MicroHTTPD
import TelemetryPage
import Testing

@testable import TelemetryServer

/// What the page needs of the server: itself, who the server is, and that nobody keeps the data.
extension RoutesTests {
    private static let page = Page()

    private func value(_ name: String, of fields: [HTTPResponse.Field]) -> String? {
        fields.first { $0.name == name }?.value
    }

    @Test func thePageIsAskedForEachTimeAndItsFilesOnce() throws {
        let page = try request(.get, "/")
        #expect(page.status == 200 && Array(page.body.utf8) == Self.page.document.bytes)
        #expect(value("Cache-Control", of: page.fields) == "no-cache")

        for file in Self.page.files {
            let answer = try request(.get, "/page/\(Self.page.version)/\(file.name)")
            #expect(answer.status == 200 && answer.body.utf8.elementsEqual(file.bytes), "\(file.name)")
            #expect(value("Content-Type", of: answer.fields) == file.mediaType)
            #expect(value("Cache-Control", of: answer.fields) == "public, max-age=31536000, immutable")
        }
    }

    @Test(arguments: ["/", "/page/{version}/app.js", "/page/{version}/core/api.js"])
    func whoHasAPartOfThePageIsToldThatItIsTheSame(path: String) throws {
        let path = path.split(separator: "{version}", omittingEmptySubsequences: false).joined(
            separator: Self.page.version)
        for coding in ["gzip", "identity"] {
            let first = try request(.get, path, headers: [("Accept-Encoding", coding)])
            #expect((value("Content-Encoding", of: first.fields) == "gzip") == (coding == "gzip"))
            let tag = try #require(value("ETag", of: first.fields))
            let again = try request(.get, path, headers: [("Accept-Encoding", coding), ("If-None-Match", tag)])
            #expect(again.status == 304)
        }
    }

    /// Each part is held to the rules of the whole: a browser may be led to any of them.
    @Test(arguments: ["/", "/page/{version}/app.js", "/page/{version}/icon.svg", "/page/{version}/style.css"])
    func thePageLoadsNothingFromElsewhereAndIsNoPartOfAnother(path: String) throws {
        let path = path.split(separator: "{version}", omittingEmptySubsequences: false).joined(
            separator: Self.page.version)
        let fields = try request(.get, path).fields

        let policy = try #require(value("Content-Security-Policy", of: fields)).split(separator: "; ")
        #expect(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"))
        #expect(policy.contains("base-uri 'none'") && policy.contains("form-action 'none'"))
        #expect(!policy.contains { $0.contains("unsafe") || $0.hasPrefix("script-src") })
        #expect(value("X-Content-Type-Options", of: fields) == "nosniff")
        #expect(value("Referrer-Policy", of: fields) == "no-referrer")
        #expect(value("X-Frame-Options", of: fields) == "DENY")
        #expect(value("Cross-Origin-Opener-Policy", of: fields) == "same-origin")
    }

    @Test(arguments: [
        "0/app.js", "0000000000000000/core/api.js", "{version}/index.html", "{version}/core/nothing.js",
        "{version}/core/..", "{version}/%2E%2E/app.js", "{version}x/app.js",
        // The Kelvin sign, which Swift's strings take for a K.
        "{version}/core/\u{212A}eys.js",
    ])
    func aFileThatThePageHasNotIsNotFound(path: String) throws {
        let path = path.split(separator: "{version}", omittingEmptySubsequences: false).joined(
            separator: Self.page.version)
        let answer = try request(.get, "/page/\(path)")

        #expect(answer.status == 404, "\(path)")
        #expect(answer.body.hasPrefix(#"{"detail":"#))
        #expect(value("Content-Type", of: answer.fields) == "application/json")
        #expect(value("Cache-Control", of: answer.fields)?.contains("immutable") != true)
    }

    @Test(arguments: [
        "/current", "/current/weather", "/events", "/types", "/history/weather", "/run", "/runs", "/server", "/metrics",
        "/telemetry/hosts", "/api/v1/telemetry/history",
    ])
    func dataIsKeptByNobodyOnTheWay(path: String) throws {
        for _ in 1...2 {
            #expect(value("Cache-Control", of: try request(.get, path).fields) == "no-store")
            // Then as an answer that is no refusal, where that was one.
            _ = try request(.post, "/event", #"{"type":"weather","data":1}"#)
            _ = try request(.post, "/run/start", #"{"replace":true}"#)
        }
        #expect(value("Cache-Control", of: try request(.get, "/openapi.json").fields) == "no-cache")
    }

    @Test func theServerTellsWhatItIsAndWhatItsClientMayDo() throws {
        let answer = try request(.get, "/server")

        #expect(answer.status == 200)
        #expect(answer.body.hasPrefix(#"{"version":"\#(telemetryVersion)","host":""#))
        #expect(
            answer.body.hasSuffix(
                #","needs_token":false,"scopes":["read","write","admin"],"history":false,"alarms":false}"#))
    }

    @Test(arguments: [
        (nil, #""needs_token":true,"scopes":[],"#), ("reader", #""needs_token":true,"scopes":["read"],"#),
        ("writer", #""needs_token":true,"scopes":["read","write"],"#),
    ])
    func theScopesAreThoseOfTheTokenOfTheRequest(token: String?, told: String) throws {
        let routes = Routes(
            service: service,
            allows: { authorization, _, access in
                authorization == "writer" ? access != .admin : authorization == "reader" && access == .read
            }, requestShutdown: nil)
        let headers = token.map { [(name: "Authorization", value: $0)] } ?? []
        let response = try routes.server(HTTPRequest(method: .get, path: "/server", headers: HTTPFields(headers)))

        #expect(String(decoding: response.body, as: UTF8.self).contains(told))
    }
}
