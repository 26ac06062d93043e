import Logging
import Testing

@testable import Systemd

@Suite struct LogLineTests {
    private func line(
        _ message: String, _ level: Logger.Level = .notice, isColored: Bool = false, _ metadata: Logger.Metadata = [:]
    ) -> String {
        LogLine(.made(message, level, metadata), at: 1_795_251_600, isColored: isColored).text
    }

    @Test func aLineHasTheTimeInUTCTheLevelTheMessageAndTheMetadataInOrder() {
        #expect(
            line("Run a started", ["run_id": "a", "file": "/data/a/telemetry.ndjson"])
                == "2026-11-21T09:00:00Z notice: Run a started file=/data/a/telemetry.ndjson run_id=a\n")
    }

    @Test func theMessageIDAndTheKeyOfRepeatsAreLeftOut() {
        #expect(line("Stopped", .info, ["message_id": "x", "repeats": "y"]) == "2026-11-21T09:00:00Z info: Stopped\n")
    }

    @Test(arguments: [
        ("two words", "\"two words\""), ("", "\"\""), ("a\"b", "\"a\\\"b\""), ("a=b", "\"a=b\""), ("plain", "plain"),
        ("a\nb", "a\\nb"),
    ])
    func aValueThatIsNoWordIsQuoted(_ value: String, _ text: String) {
        #expect(line("m", ["key": .string(value)]) == "2026-11-21T09:00:00Z notice: m key=\(text)\n")
    }

    @Test func nothingThatATerminalWouldObeyIsWritten() {
        let text = line("a\u{1B}[2J\r\nb\0\u{9B}c\u{2028}\u{202E}", ["k\u{7}": "\u{1B}]0;x\u{7}"])

        #expect(text.hasSuffix("a\\x1b[2J\\r\\nb\\x00\\x9bc\\u{2028}\\u{202e} k\\x07=\\x1b]0;x\\x07\n"))
        #expect(text.unicodeScalars.filter { $0.value < 0x20 } == ["\n"])
    }

    @Test(arguments: [(Logger.Level.error, "\u{1B}[1;31merror:\u{1B}[0m m"), (.info, "info: m")])
    func onATerminalTheLevelIsColored(_ level: Logger.Level, _ text: String) {
        #expect(line("m", level, isColored: true) == "2026-11-21T09:00:00Z \(text)\n")
    }

    @Test func aLongValueIsCutBetweenCharactersAndSaysSo() {
        let value = String(repeating: "é", count: 3_000)

        #expect(
            line("m", ["k": .string(value)]).hasSuffix(
                "\"" + String(repeating: "é", count: 2_048) + "… (6000 bytes)\"\n"))
    }

    private func line(_ message: String, _ metadata: Logger.Metadata) -> String {
        line(message, .notice, isColored: false, metadata)
    }
}

extension LogRecord {
    static func made(
        _ message: String, _ level: Logger.Level = .notice, _ metadata: Logger.Metadata = [:], line: UInt = 7
    ) -> LogRecord {
        LogRecord(
            LogEvent(
                level: level, message: "\(message)", metadata: metadata, source: nil, file: "Room/File.swift",
                function: "work(on:)", line: line), metadata: [:])
    }
}
