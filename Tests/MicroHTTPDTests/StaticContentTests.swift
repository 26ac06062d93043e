import Testing

@testable import MicroHTTPD

@Suite struct StaticContentTests {
    private let plain = Array("a page".utf8)

    private func content(
        isCompressed: Bool = false, cacheControl: String = "no-cache", fields: [HTTPResponse.Field] = []
    ) -> StaticContent {
        StaticContent(
            HTTPResponse.SharedBytes(copying: plain), mediaType: "text/html", isCompressed: isCompressed,
            cacheControl: cacheControl, fields: fields)
    }

    private func response(_ content: StaticContent, _ headers: [(name: String, value: String)] = []) -> HTTPResponse {
        content.response(to: HTTPFields(headers))
    }

    @Test func aDocumentIsSentWithItsTagAndMayBeKept() {
        let content = content(
            cacheControl: "max-age=60", fields: [HTTPResponse.Field("Referrer-Policy", "no-referrer")])
        let response = response(content, [("Accept-Encoding", "gzip")])

        #expect(response.status == .ok)
        #expect(response.body == plain)
        #expect(response["Content-Type"] == "text/html")
        #expect(response["Cache-Control"] == "max-age=60")
        #expect(response["Referrer-Policy"] == "no-referrer")
        #expect(response["ETag"] == "\(EntityTag(of: plain))")
        // There is one form only.
        #expect(response["Vary"] == nil && response["Content-Encoding"] == nil)
    }

    @Test func thoseWhoPreferItGetTheCompressedForm() throws {
        let content = content(isCompressed: true)

        let compressed = response(content, [("Accept-Encoding", "br"), ("accept-encoding", "gzip")])
        #expect(try inflated(compressed.body) == plain)
        #expect(compressed["Content-Encoding"] == "gzip" && compressed["Vary"] == "Accept-Encoding")
        let other = response(content, [("Accept-Encoding", "gzip;q=0")])
        #expect(other.body == plain)
        #expect(other["Content-Encoding"] == nil && other["Vary"] == "Accept-Encoding")
        // A strong tag is that of the bytes that are sent.
        #expect(compressed["ETag"] != other["ETag"])
        // It is made once: who asks next gets the same bytes.
        #expect(response(content, [("Accept-Encoding", "gzip")]) == compressed)
    }

    @Test(arguments: [0, 1, 100_000])
    func whatIsCompressedIsTheSameWhenItIsUnpacked(length: Int) throws {
        let text = (0..<length).map { UInt8(truncatingIfNeeded: $0 / 3) }
        let gzip = try #require(text.withUnsafeBytes { GzipCompressor.compress($0) })

        #expect(try inflated(gzip) == text)
        #expect(length < 100 || gzip.count < length / 4)
        // Two builds of the same page send the same bytes: no time is in them.
        #expect(gzip[4..<8] == [0, 0, 0, 0])
    }

    private func inflated(_ gzip: [UInt8]) throws -> [UInt8] {
        let inflater = try #require(GzipInflater())
        var text: [UInt8] = []
        try gzip.withUnsafeBytes { bytes in
            try inflater.inflate(bytes) { (piece: UnsafeRawBufferPointer) throws(HTTPError) in text += piece }
        }
        #expect(inflater.isAtEnd)
        return text
    }

    @Test func whoHasADocumentAlreadyIsNotSentItAgain() throws {
        let content = content(isCompressed: true)
        for accepted in ["gzip", "identity"] {
            let first = response(content, [("Accept-Encoding", accepted)])
            let tag = try #require(first["ETag"])

            let again = response(content, [("Accept-Encoding", accepted), ("If-None-Match", "\"x\", W/\(tag)")])
            #expect(again.status == .notModified)
            for name in ["ETag", "Cache-Control", "Vary"] { #expect(again[name] == first[name]) }
            #expect(again["Content-Type"] == nil)
        }
    }

    @Test func aTagIsThatOfTheBytes() {
        #expect(EntityTag(of: plain) == EntityTag(of: plain))
        #expect(EntityTag(of: plain) != EntityTag(of: Array("a pagf".utf8)))
        #expect(EntityTag(of: [0, 0]) != EntityTag(of: [0]))
        #expect("\(EntityTag(of: [] as [UInt8]))" == "\"0-cbf29ce484222325\"")
    }

    @Test(
        arguments: [
            (nil, false), ("", false), ("\"a\"", true), ("W/\"a\"", true), ("\"b\"", false), ("\"b\", \"a\"", true),
            ("\"b\",W/\"a\"", true), ("*", true), (" * ", true), ("\"*\"", false), ("a", false), ("w/\"a\"", false),
            ("\"b,\"a\"", false), ("\"a,b\"", false), ("\"A\"", false),
        ] as [(String?, Bool)])
    func ifNoneMatchNamesATagInAList(text: String?, isListed: Bool) {
        #expect(EntityTag("a").isListed(in: text) == isListed)
    }

    @Test func a304HasNoBodyAndTheConnectionLivesOn() throws {
        let content = content()
        let tag = EntityTag(of: plain)
        let route = Route(.get, "/page") { $0.answer(content.response(to: $0.request.headers)) }
        let daemon = try HTTPDaemon.echoing(extra: [route])
        defer { daemon.stop() }
        func get(_ headers: String, method: String = "GET") -> String {
            "\(method) /page HTTP/1.1\r\nHost: x\r\n\(headers)\r\n"
        }
        let next = "GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

        for (method, headers, status) in [
            ("GET", "If-None-Match: *\r\n", 304), ("GET", "If-None-Match: \"x\"\r\nif-none-match: \(tag)\r\n", 304),
            ("HEAD", "", 200), ("HEAD", "If-None-Match: *\r\n", 304),
        ] {
            let answer = daemon.lastExchange(get(headers, method: method) + next)
            let heads = answer.components(separatedBy: "HTTP/1.1 ")
            try #require(heads.count == 3, "\(answer)")
            #expect(heads[1].hasPrefix("\(status) ") && heads[1].hasSuffix("\r\n\r\n"))
            #expect(heads[2].hasPrefix("200 ") && heads[2].hasSuffix("GET /echo - - ."))
            // The length is that of what a GET would be answered with (RFC 9110, section 8.6).
            #expect(heads[1].contains("Content-Length: 6\r\n"))
        }
    }
}

extension HTTPResponse {
    /// The value of a header field; nil when there is none.
    fileprivate subscript(name: String) -> String? {
        fields.first { $0.name == name }?.value
    }
}

extension String {
    fileprivate func components(separatedBy separator: String) -> [Substring] {
        var parts: [Substring] = []
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(rest[..<range.lowerBound])
            rest = rest[range.upperBound...]
        }
        return parts + [rest]
    }
}
