import Testing

@testable import MicroHTTPD

@Suite struct AcceptHeaderTests {
    private let json = MediaType.json
    private let csv = MediaType.csv

    /// What is preferred of JSON, CSV and SSE, in this order.
    @Test(
        arguments: [
            (nil, "application/json"),
            ("", "application/json"),
            ("*/*", "application/json"),
            ("text/csv", "text/csv"),
            ("TEXT/CSV", "text/csv"),
            ("text/*", "text/csv"),
            ("text/*;q=0.5, application/json;q=0.4", "text/csv"),
            ("text/*;q=0.5, application/json;q=0.5", "application/json"),
            ("text/*;q=0.5, text/event-stream", "text/event-stream"),
            ("text/csv;q=0, */*", "application/json"),
            ("application/json;q=0, */*", "text/csv"),
            ("*/*;q=0.1, text/csv;q=0.2", "text/csv"),
            ("*/*, application/*;q=0.2", "text/csv"),
            ("text/csv;q=0.001", "text/csv"),
            ("text/csv ; Q=0.3 , application/json ; q=0.2", "text/csv"),
            ("text/csv;q=0.3;x=y, application/json;q=0.2", "text/csv"),
            ("image/png, text/csv", "text/csv"),
            // Malformed entries do not count; when nothing is left, everything is taken.
            ("text/csv;q=1.1, application/json;q=0.1", "application/json"),
            ("text/csv;q=0.1234", "application/json"),
            ("text/csv;q, nonsense, */json, /, text/, ;q=1, text/event-stream;q=0.1", "text/event-stream"),
            (",,,", "application/json"),
            // A comma or a semicolon in a quoted string parts nothing.
            (#"text/csv;a="x,y;q=0", application/json;q=0.5"#, "application/json"),
        ] as [(String?, String)])
    func theMediaTypeIsTheOneThatTheClientPrefers(accept: String?, preferred: String) {
        #expect(AcceptHeader(accept).preferred(of: [json, csv, .eventStream])?.description == preferred)
    }

    @Test(arguments: [
        "image/png", "text/csv;q=0", "*/*;q=0", "text/*;q=0.0, application/xml", "text/csv;header=absent",
    ])
    func aClientThatTakesNothingOfWhatThereIsGetsNothing(accept: String) {
        #expect(AcceptHeader(accept).preferred(of: [csv]) == nil)
    }

    @Test func theParametersOfARangeMustBeThoseOfTheOffer() throws {
        let present = try #require(MediaType("text/csv; header=present"))
        let absent = try #require(MediaType("text/csv; Header=\"absent\""))

        let accept = AcceptHeader("text/csv;q=0.5, text/csv;header=ABSENT, text/csv;header=present;q=0.1")
        #expect(accept.preferred(of: [present, absent]) == absent)
        #expect(accept.preferred(of: [present, csv]) == csv)
        #expect(accept.preferred(of: [present]) == present)
    }

    @Test(arguments: ["", "text", "text/", "/csv", "text/csv/x", "te xt/csv", "text/csv;x", "text/csv;x=\"y"])
    func whatIsNoMediaTypeIsRefused(text: String) {
        #expect(MediaType(text) == nil)
    }

    @Test(
        arguments: [
            (nil, false), ("", false), ("gzip", true), ("GZIP", true), ("x-gzip", true), ("deflate, gzip", true),
            ("gzip;q=0", false), ("gzip;q=0.000", false), ("gzip;q=0.001", true), ("*", true), ("*;q=0", false),
            ("*, gzip;q=0", false), ("gzip, *;q=0", true), ("identity", false), ("identity;q=0.5, gzip;q=0.4", false),
            ("identity;q=0.5, gzip;q=0.5", true), ("br, zstd", false), ("gzip;q=2", false), ("gzipped", false),
        ] as [(String?, Bool)])
    func aBodyIsCompressedForThoseWhoPreferIt(acceptEncoding: String?, prefersGzip: Bool) {
        #expect(AcceptEncodingHeader(acceptEncoding).prefersGzip == prefersGzip)
    }
}
