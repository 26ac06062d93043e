import Logging
import Testing

@testable import Systemd

@Suite struct JournalEntryTests {
    private func fields(_ message: String, _ level: Logger.Level, _ metadata: Logger.Metadata) -> [String] {
        JournalEntry(.made(message, level, metadata), identifier: "telemetry").fields.map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    @Test func metadataBecomesFields() {
        let metadata: Logger.Metadata = [
            "message_id": "0c9614f15ffe4ecc97b4091ac8065b3d", "run_id": "a", "type": "dome", "stream": "run",
            "seq": "3",
            "file": "/data/a/telemetry.ndjson", "errno": "28", "moved_to": "x", "repeats": "key",
        ]

        #expect(
            Set(fields("Run a started", .info, metadata)) == [
                "MESSAGE=Run a started", "PRIORITY=6", "SYSLOG_IDENTIFIER=telemetry",
                "MESSAGE_ID=0c9614f15ffe4ecc97b4091ac8065b3d", "TELEMETRY_RUN_ID=a", "TELEMETRY_TYPE=dome",
                "TELEMETRY_STREAM=run", "TELEMETRY_SEQ=3", "TELEMETRY_FILE=/data/a/telemetry.ndjson", "ERRNO=28",
                "TELEMETRY_MOVED_TO=x",
            ])
    }

    @Test(arguments: [
        (Logger.Level.trace, 7), (.debug, 7), (.info, 6), (.notice, 5), (.warning, 4), (.error, 3), (.critical, 2),
    ])
    func theLevelBecomesThePriority(_ level: Logger.Level, _ priority: Int) {
        #expect(fields("m", level, [:]).contains("PRIORITY=\(priority)"))
    }

    @Test func textOfAClientStaysInItsField() {
        let all = fields("a\nPRIORITY=0", .info, ["type": "x\nMESSAGE=forged\0", "a b\n=é": "v"])

        #expect(
            Set(all) == [
                "MESSAGE=a\\nPRIORITY=0", "PRIORITY=6", "SYSLOG_IDENTIFIER=telemetry",
                "TELEMETRY_TYPE=x\nMESSAGE=forged\0", "TELEMETRY_A_B___=v",
            ])
    }

    @Test func aFieldNameIsNoLongerThanTheJournalTakes() {
        let name = String(repeating: "n", count: 100)

        #expect(fields("m", .info, [name: "v"]).contains("TELEMETRY_" + String(repeating: "N", count: 54) + "=v"))
    }
}
