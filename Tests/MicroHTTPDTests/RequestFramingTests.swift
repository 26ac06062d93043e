import Testing

@testable import MicroHTTPD

/// Requests whose end two readers could see in different places (RFC 9112, section 11.2).
@Suite struct RequestFramingTests {
    private static let smuggled = "GET /echo?a=smuggled HTTP/1.1\r\nHost: x\r\n\r\n"

    private static func post(_ fields: String, _ body: String = "", version: String = "HTTP/1.1") -> String {
        "POST /echo \(version)\r\nHost: x\r\nContent-Type: application/json\r\n\(fields)\r\n\r\n\(body)"
    }

    private static func get(_ fields: String) -> String {
        "GET /echo HTTP/1.1\r\nHost: x\r\n\(fields)\r\n"
    }

    @Test(arguments: [
        post("Content-Length: 2\r\nContent-Length: 48", "hi"),
        post("Content-Length: 2\r\nContent-Length: 2", "hi"),
        post("Content-Length: 2, 2", "hi"),
        post("Content-Length: +2", "hi"),
        post("Content-Length: 0x2", "hi"),
        post("Content-Length: -2", "hi"),
        post("Content-Length: 2x", "hi"),
        post("Content-Length:", "hi"),
        post("Content-Length : 2", "hi"),
        post("Content-Length\t: 2", "hi"),
        post("Content-Length: 2\r\nTransfer-Encoding: chunked", "2\r\nhi\r\n0\r\n\r\n"),
        post("Transfer-Encoding: chunked\r\nContent-Length: 2", "2\r\nhi\r\n0\r\n\r\n"),
        post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "2\r\nhi\r\n0\r\n\r\n"),
        post("Transfer-Encoding: gzip, chunked", "2\r\nhi\r\n0\r\n\r\n"),
        post("Transfer-Encoding: identity", "hi"),
        post("Transfer-Encoding: xchunked", "2\r\nhi\r\n0\r\n\r\n"),
        post("Transfer-Encoding: chunked", "2\r\nhi\r\n0\r\n\r\n", version: "HTTP/1.0"),
        post("Transfer-Encoding : chunked", "2\r\nhi\r\n0\r\n\r\n"),
        post("Transfer-Encoding: chunked", "0x2\r\nhi\r\n0\r\n\r\n"),
        post("Transfer-Encoding: chunked", "-2\r\nhi\r\n0\r\n\r\n"),
        post("Transfer-Encoding: chunked", "\r\nhi\r\n0\r\n\r\n"),
        post("Transfer-Encoding: chunked", "1\r\nhi\r\n0\r\n\r\n"),
        post("Content-: 2\r\n Length", "hi"),
        post("X: y\r\n Content-Length: 2", "hi"),
        get("X: y\r\n\tz\r\n"),
        get(" X: y\r\n"),
        get("X: y\nZ: z\r\n"),
        get("X: y\n"),
        get("X: a\u{0}b\r\n"),
        get("X\u{0}: y\r\n"),
        get("X: a\rb\r\n"),
        get("X: a\u{1}b\r\n"),
        get("X: a\u{7F}b\r\n"),
        get("X y: z\r\n"),
        get("X(y): z\r\n"),
        get(": z\r\n"),
        get("no colon\r\n"),
        "GET /echo HTTP/1.1\nHost: x\n\n",
        "GET /echo HTTP/1.1\r\nHost: x\r\n\n",
        "GET /ec ho HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /echo?a=b c HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /echo?a=\tc HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET echo HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET ftp://x/echo HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /echo\r\nHost: x\r\n\r\n",
    ])
    func anAmbiguousRequestIsRefusedOnceAndNothingAfterItIsRead(request: String) throws {
        let daemon = try HTTPDaemon.echoing()
        defer { daemon.stop() }

        let answer = daemon.lastExchange(request + Self.smuggled)

        #expect(answer.hasPrefix("HTTP/1.1 400 "))
        #expect(answer.hasSuffix("\r\n\r\nrefused."))
        #expect(answer.ranges(of: "HTTP/1.1 ").count == 1)
    }

    @Test func theLibraryCallsTheServersOwnFunction() {
        #expect(HTTPDaemon.answersForLibrary)
    }

    @Test(arguments: [
        (get("X: " + String(repeating: "x", count: 33_000) + "\r\n"), "431"),
        (get("X: " + String(repeating: "x", count: 100_000) + "\r\n"), "431"),
        (get(String(repeating: "a:b\r\n", count: 6_000)), "431"),
        ("GET /" + String(repeating: "x", count: 100_000) + " HTTP/1.1\r\nHost: x\r\n\r\n", "431"),
        ("GET /echo HTTP/2.0\r\nHost: x\r\n\r\n", "505"),
        (post("Content-Length: 99999999999999999999999999", "hi"), "413"),
        (post("Transfer-Encoding: chunked", "fffffffffffffffffff\r\nhi"), "413"),
    ])
    func whatTheLibraryRefusesByItselfIsAnsweredInTheServersForm(request: String, status: String) throws {
        let daemon = try HTTPDaemon.echoing()
        defer { daemon.stop() }

        let answer = daemon.lastExchange(request)

        #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
        #expect(answer.hasSuffix("\r\n\r\nrefused."))
        #expect(answer.ranges(of: "HTTP/1.1 ").count == 1)
    }

    @Test(arguments: [
        get("X-A: b\r\n"),
        get("X-A:b\r\n"),
        get("X-A:  \t b\r\nX-Empty:\r\n"),
        get("X-A: b \t \r\nX-Empty: \t \r\n"),
        get("X: y \r\nX-A: b \r\nConnection: keep-alive \r\n"),
        "\r\nGET /echo HTTP/1.1\r\nHost: x\r\nX-A: b\r\n\r\n",
        "GET http://x/echo HTTP/1.1\r\nHost: x\r\nX-A: b\r\n\r\n",
        get("X-A: b\r\nX-Long: " + String(repeating: "x", count: 30_000) + "\r\n"),
        get("X-A: b\r\nX-Text: caf\u{E9} \"q\" (c) {}\r\nCookie: a=b; c=d\r\n"),
    ])
    func anUnusualRequestThatIsClearIsServed(request: String) throws {
        let daemon = try HTTPDaemon.echoing()
        defer { daemon.stop() }

        #expect(daemon.exchange(request).hasSuffix("GET /echo - b ."))
    }

    /// Blanks after a value are no part of it (RFC 9110, section 5.5).
    @Test(arguments: [
        "Content-Length: 2%", "Transfer-Encoding: chunked%", "Content-Length: 2%\r\nExpect: 100-continue%",
    ])
    func blanksAfterTheFramingAreNoPartOfIt(fields: String) throws {
        let daemon = try HTTPDaemon.echoing()
        defer { daemon.stop() }
        for blanks in [" ", "\t", "  \t "] {
            let fields = fields.replacing("%", with: blanks)
            let body = fields.hasPrefix("T") ? "2\r\nhi\r\n0\r\n\r\n" : "hi"
            let client = RawClient(port: daemon.port)
            client.send(Self.post(fields, body))
            let answer = client.receive(until: "hi.")
            #expect(answer.hasSuffix("POST /echo - - hi."))
            if fields.contains("Expect") { #expect(answer.hasPrefix("HTTP/1.1 100 Continue\r\n")) }
        }
    }

    @Test(arguments: [
        post("Content-Length: 2 \r\nContent-Length: 48", "hi"), post("Content-Length: 2 2", "hi"),
        post("Content-Length: \t", "hi"), post("Transfer-Encoding: gzip, chunked ", "2\r\nhi\r\n0\r\n\r\n"),
        get("X: y \u{0}\r\n"), get("X: y \u{0} \r\n"), get("X: y \n"),
    ])
    func blanksHideNothing(request: String) throws {
        let daemon = try HTTPDaemon.echoing()
        defer { daemon.stop() }

        let answer = daemon.lastExchange(request + Self.smuggled)

        #expect(answer.hasPrefix("HTTP/1.1 400 "))
        #expect(answer.ranges(of: "HTTP/1.1 ").count == 1)
    }

    @Test func aNameHasTheCharactersThatItMayHave() {
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
        let allowed = Set("!#$%&'*+-.^_`|~0123456789\(letters)".utf8)
        for byte in UInt8.min...UInt8.max {
            #expect(RequestFraming.isTokenCharacter(byte) == allowed.contains(byte))
        }
    }

    @Test(arguments: [1, 7, 8, 9, 16, 23])
    func aControlCharacterIsSeenWhereverItStands(length: Int) {
        for byte in UInt8.min...UInt8.max {
            let isControl = byte < 0x20 && byte != 0x09 || byte == 0x7F
            for place in 0..<length {
                for filler in [UInt8(ascii: "x"), 0x20, 0x7E, 0x80, 0xFF, 0x09] {
                    var value = [UInt8](repeating: filler, count: length)
                    value[place] = byte
                    #expect(value.withUnsafeBytes { $0.hasControlCharacter } == isControl)
                }
            }
        }
    }

    @Test(arguments: [
        ("Host", \HTTPKnownFields.host), ("ORIGIN", \.origin), ("sec-fetch-site", \.secFetchSite),
        ("authorization", \.authorization), ("Content-Type", \.contentType), ("content-LENGTH", \.contentLength),
        ("Transfer-Encoding", \.transferEncoding), ("expect", \.expect), ("Referer", \.referer),
    ])
    func aKnownFieldIsFoundWhateverTheCaseOfItsName(
        name: String, field: any KeyPath<HTTPKnownFields, HTTPKnownFields.Field> & Sendable
    ) {
        let value = Array("first".utf8)
        // Each bit of its name is turned once, and what is no other case of a letter is another name.
        for index in 0..<name.utf8.count {
            for bit in UInt8(0)..<8 {
                var bytes = Array(name.utf8)
                bytes[index] ^= 1 << bit
                let isSame = String(decoding: bytes, as: UTF8.self).lowercased() == name.lowercased()
                var fields = HTTPKnownFields()
                let isKnown = bytes.withUnsafeBytes { name in value.withUnsafeBytes { fields.note(name, $0) } }
                #expect(isKnown == isSame)
                #expect(fields[keyPath: field].count == (isSame ? 1 : 0))
            }
        }
        var fields = HTTPKnownFields()
        name.utf8.withContiguousStorageIfAvailable { name in
            value.withUnsafeBytes { value in
                fields.note(UnsafeRawBufferPointer(name), value)
                fields.note(UnsafeRawBufferPointer(name), UnsafeRawBufferPointer(rebasing: value.dropFirst()))
                #expect(fields[keyPath: field].count == 2)
                #expect(fields[keyPath: field].text == "first")
            }
        }
    }
}
