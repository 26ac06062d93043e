import Logging
import MicroHTTPD
import Synchronization
import Testing

@testable import TelemetryServer

@Suite struct BrowserDefenceTests {
    private let defence = BrowserDefence(
        allowedHosts: ["dome.example"], allowedOrigins: ["http://dashboard.example"],
        scheme: "http", logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })

    private func check(
        _ fields: [(name: String, value: String)], target: String = "/run/stop", version: String = "HTTP/1.1",
        mayBeLinkedTo: Bool = false
    ) throws(HTTPError) {
        try HTTPHead.with(target: target, version: version, fields) { head throws(HTTPError) in
            try defence.check(head, mayBeLinkedTo: mayBeLinkedTo)
        }
    }

    @Test(arguments: [
        "localhost", "localhost:6562", "LOCALHOST:6562", "localhost.:6562", "app.localhost", "127.0.0.1:6562",
        "[::1]:6562", "[::1]", "[::ffff:127.0.0.1]:80", "[fe80::1%eth0]:6562", "[fe80::1%25eth0]", "localhost:",
        "10.0.0.7", "dome.example", "Dome.Example:80",
    ])
    func aProgramThatNamesThisMachineIsServed(host: String) throws {
        try check([("Host", host)])
    }

    @Test(arguments: [
        "evil.example", "evil.example:6562", "localhost.evil.example", "127.0.0.1.evil.example", "1.2.3.4.5",
        "dome.example.", "256.0.0.1", "0x7f.1", "2130706433", "127.1", "[evil.example]", "[]", "evil.localhost.example",
        "localhostevil",
    ])
    func aReboundNameIsRefused(host: String) {
        let error = #expect(throws: HTTPError.self) { try check([("Host", host)]) }
        #expect(error.map { if case .forbidden = $0 { true } else { false } } == true)
    }

    @Test(arguments: [
        "", ":6562", "localhost:abc", "localhost:-1", "localhost:6562:1", "localhost:1234567", "[::1", "[::1]x",
        "user@localhost", "localhost@evil.example", "local host", "localhost/", "localhost, evil.example",
    ])
    func aHostThatIsNoneIsMalformed(host: String) {
        let error = #expect(throws: HTTPError.self) { try check([("Host", host)]) }
        #expect(error.map { if case .malformed = $0 { true } else { false } } == true)
    }

    /// A machine may be given another name while the server runs.
    @Test func theNameOfTheMachineIsTheOneThatItHasNow() throws {
        let name = Mutex("Old-Dome")
        let defence = BrowserDefence(
            allowedHosts: [], allowedOrigins: [], scheme: "http",
            machineName: { name.withLock { $0.lowercasedBytes } },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        func isServed(_ host: String) -> Bool {
            (try? HTTPHead.with(target: "/", version: "HTTP/1.1", [("Host", host)]) { head throws(HTTPError) in
                try defence.check(head)
            }) != nil
        }
        #expect(isServed("old-dome:6562"))
        #expect(!isServed("new-dome"))

        name.withLock { $0 = "new-dome" }

        #expect(isServed("NEW-dome:6562"))
        #expect(!isServed("old-dome"))
    }

    /// é as one code point and as two: Swift's strings are equal, the names are not.
    @Test func namesAreComparedByTheirBytes() throws {
        let defence = BrowserDefence(
            allowedHosts: ["caf\u{E9}.example"], allowedOrigins: ["http://caf\u{E9}.example"], scheme: "http",
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        func isServed(_ fields: [(name: String, value: String)]) -> Bool {
            (try? HTTPHead.with(target: "/", version: "HTTP/1.1", fields) { head throws(HTTPError) in
                try defence.check(head)
            }) != nil
        }
        #expect(isServed([("Host", "caf\u{E9}.example")]))
        #expect(!isServed([("Host", "cafe\u{301}.example")]))
        #expect(isServed([("Host", "localhost"), ("Origin", "http://caf\u{E9}.example")]))
        #expect(!isServed([("Host", "localhost"), ("Origin", "http://cafe\u{301}.example")]))
        #expect(!isServed([("Host", "x\u{301}.localhost\u{301}")]))
    }

    @Test func anAbsoluteTargetIsCheckedAsTheHostIs() throws {
        try check([("Host", "localhost:6562")], target: "http://127.0.0.1:6562/run/stop")
        #expect(throws: HTTPError.self) { try check([("Host", "localhost")], target: "http://evil.example/run/stop") }
        #expect(throws: HTTPError.self) { try check([("Host", "evil.example")], target: "http://localhost/run/stop") }
        #expect(throws: HTTPError.self) { try check([("Host", "localhost")], target: "http://user@localhost/run/stop") }
    }

    @Test func oneHostIsNeededAndOneOnlyButNotByHTTP10() throws {
        #expect(throws: HTTPError.self) { try check([]) }
        #expect(throws: HTTPError.self) { try check([("Host", "localhost"), ("host", "localhost")]) }
        try check([], version: "HTTP/1.0")
    }

    @Test(arguments: [
        [("Origin", "http://evil.example")], [("Origin", "null")], [("Origin", "http://localhost:8080")],
        [("Origin", "https://localhost:6562")], [("Sec-Fetch-Site", "cross-site")], [("Sec-Fetch-Site", "same-site")],
        [("Origin", "http://localhost:6562"), ("Sec-Fetch-Site", "cross-site")], [("Origin", "")],
        [("Origin", "http://localhost")], [("Origin", "http://localhost:6562/")],
        [("Origin", "http://localhost:6562.evil")],
        [("Origin", "http://user@localhost:6562")], [("Sec-Fetch-Site", "Cross-Site")],
    ])
    func aPageOfAnotherOriginIsRefused(fields: [(name: String, value: String)]) {
        let error = #expect(throws: HTTPError.self) { try check([("Host", "localhost:6562")] + fields) }
        #expect(error.map { if case .forbidden = $0 { true } else { false } } == true)
    }

    @Test(arguments: [
        [("Origin", "http://localhost:6562")],
        [("Origin", "http://dashboard.example"), ("Sec-Fetch-Site", "cross-site")],
        [("Sec-Fetch-Site", "same-origin")], [("Sec-Fetch-Site", "none")],
    ])
    func theServersOwnPagesAndAllowedOnesAreServed(fields: [(name: String, value: String)]) throws {
        try check([("Host", "localhost:6562")] + fields)
    }

    /// A view of the page is an address, which people send to each other and put into other pages.
    @Test(arguments: ["cross-site", "same-site"])
    func aLinkOfAnotherSiteLeadsToThePageAndToNothingElse(site: String) throws {
        let link = [("Host", "localhost:6562"), ("Sec-Fetch-Site", site), ("Sec-Fetch-Dest", "document")]

        try check(link, target: "/", mayBeLinkedTo: true)
        #expect(throws: HTTPError.self) { try check(link, target: "/current") }
    }

    @Test(arguments: [
        [("Sec-Fetch-Site", "cross-site")],
        [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Dest", "iframe")],
        [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Dest", "embed")],
        [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Dest", "empty")],
        // A form that is sent to it.
        [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Dest", "document"), ("Origin", "http://evil.example")],
    ])
    func thePageIsNotMadePartOfAnotherOne(fields: [(name: String, value: String)]) {
        let error = #expect(throws: HTTPError.self) {
            try check([("Host", "localhost:6562")] + fields, target: "/", mayBeLinkedTo: true)
        }
        #expect(error.map { if case .forbidden = $0 { true } else { false } } == true)
    }

    @Test func aLinkToAReboundNameIsRefused() {
        #expect(throws: HTTPError.self) {
            try check([("Host", "evil.example"), ("Sec-Fetch-Dest", "document")], target: "/", mayBeLinkedTo: true)
        }
    }
}
