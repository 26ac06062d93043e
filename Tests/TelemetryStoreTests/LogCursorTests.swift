import TelemetryModel
import Testing

@testable import TelemetryStore

@Suite struct LogCursorTests {
    private let epoch = LogEpoch()

    @Test func aCursorIsTheSameAfterItsText() throws {
        let cursors = [
            LogCursor(epoch: epoch),
            LogCursor(
                epoch: epoch, site: .init(file: "site_20260520.ndjson", seq: 17, offset: 4_096),
                run: .init(order: 1_779_310_800_000, seq: 3, offset: 512)),
            LogCursor(epoch: epoch, run: .init(order: UInt64(Int64.max), seq: JSONText.largestExactInteger)),
        ]
        for cursor in cursors { #expect(LogCursor(text: cursor.text) == cursor) }
    }

    @Test(arguments: [
        "", "1", "1.0123456789abcdef", "2.0123456789abcdef.0.0.0.0.0.0", "1.0123456789abcdeg.0.0.0.0.0.0",
        "1.0123456789ABCDEF.0.0.0.0.0.0", "1.0123456789abcdef.0.0.0.0.0", "1.0123456789abcdef.0.0.0.0.0.0.0",
        "1.0123456789abcdef.20261301.0.0.0.0.0", "1.0123456789abcdef.0.-1.0.0.0.0", "1.0123456789abcdef.0.+1.0.0.0.0",
        "1.0123456789abcdef.0.0.99999999999999999999.0.0.0", "1.0123456789abcdef.0.0.9223372036854775808.0.0.0",
        "1.0123456789abcdef.0.1.7.0.0.0", "1.0123456789abcdef.0.٣.0.0.0.0", " 1.0123456789abcdef.0.0.0.0.0.0",
    ])
    func anyOtherTextIsNoCursor(text: String) {
        #expect(LogCursor(text: text) == nil)
    }
}
