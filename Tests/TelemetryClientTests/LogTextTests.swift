import Foundation
import Testing

@testable import TelemetryClient

/// The texts of a log's wire.
@Suite struct LogTextTests {
    private func lines(_ pieces: [String], maximumLength: Int = 10) throws -> [String] {
        var splitter = LineSplitter(maximumLength: maximumLength)
        var lines: [String] = []
        for piece in pieces {
            splitter.append(Array(piece.utf8))
            while let line = try splitter.next() { lines.append(String(decoding: line, as: UTF8.self)) }
        }
        if splitter.isWithinLine { lines.append("…") }
        return lines
    }

    @Test func linesComeInAnyPieces() throws {
        let text = "a\n\nbc\r\n\r\ndefghijklm\nlast"
        for length in 1...text.utf8.count {
            let bytes = Array(text.utf8)
            let pieces = stride(from: 0, to: bytes.count, by: length).map {
                String(decoding: bytes[$0..<min($0 + length, bytes.count)], as: UTF8.self)
            }
            #expect(try lines(pieces) == ["a", "", "bc", "", "defghijklm", "…"])
        }
    }

    @Test func aLineThatIsTooLongIsNoticedBeforeItEnds() {
        #expect(throws: LineSplitter.TooLong.self) { try lines(["12345678901"]) }
        #expect(throws: LineSplitter.TooLong.self) { try lines(["12345678901\n"]) }
    }

    @Test(arguments: ["", "a b", "a/b", "a\n", "é", "a&b", String(repeating: "a", count: 513)])
    func whatNoServerGivesIsNoCursor(text: String) throws {
        #expect(TelemetryCursor(text) == nil)
        let json = try JSONEncoder().encode([text])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([TelemetryCursor].self, from: json) }
    }

    @Test func aCursorIsItsText() throws {
        let cursor = try #require(TelemetryCursor("1.b326391c6858bb53.20261127.2.176.0.0.0"))
        #expect("\(cursor)" == "1.b326391c6858bb53.20261127.2.176.0.0.0")
        #expect(try JSONEncoder().encode([cursor]) == Data(#"["1.b326391c6858bb53.20261127.2.176.0.0.0"]"#.utf8))
    }

    @Test func timesThatAreRelativeToNowAreTheSameInEachRequest() {
        let now = Timestamp(milliseconds: 1_000_000_000_000)
        func resolved(_ text: String) -> String? { LogQuery(from: text).resolved(at: now).from }

        #expect(resolved("-90s") == Timestamp(milliseconds: now.milliseconds - 90_000).description)
        #expect(resolved("-250ms") == Timestamp(milliseconds: now.milliseconds - 250).description)
        #expect(resolved("-30d") == Timestamp(milliseconds: now.milliseconds - 30 * 86_400_000).description)
        #expect(resolved("-999999999d") == "0001-01-01T00:00:00.000Z")
        for text in ["2026-05-20T10:00:00Z", "-", "-1", "-1x", "-1234567890s", "yesterday"] {
            #expect(resolved(text) == text)
        }
    }

    @Test func whatAFilterHoldsIsEncoded() {
        let query = LogQuery(types: ["a&b", "w*"], stream: .run, run: "é", from: "2026-05-20T10:00:00+02:00")
        let from = "2026-05-20T10%3A00%3A00%2B02%3A00"
        #expect(query.path([]) == "/events?type=a%26b&type=w%2A&stream=run&run=%C3%A9&from=\(from)")
    }

    @Test func theWaitGrowsToALimitAndIsAtLeastWhatTheServerAsksFor() {
        var delay = RetryDelay()
        let waits = (0..<20).map { _ in delay.next() }
        #expect(waits[0] <= .milliseconds(250) && waits.allSatisfy { $0 <= RetryDelay.longest })
        #expect(waits[19] >= RetryDelay.longest / 2)
        delay.reset()
        #expect(delay.next() <= .milliseconds(250))
        #expect(delay.next(atLeast: .seconds(60)) >= .seconds(60))
    }
}
