import Testing
import TestSupport

@testable import TelemetryFiles
@testable import TelemetryStore

/// How lines are taken from a file.
@Suite struct VerificationLineScannerTests {
    private final class Counter: ProgressObserver {
        var bytes: Int64 = 0
        func expect(bytes: Int64) {}
        func advance(bytes: Int64) { self.bytes += bytes }
    }

    private let directory: SampleDirectory

    init() throws {
        directory = try SampleDirectory()
    }

    /// The lines as `range text`, with `~` for a missing newline and `!` for a text that is too long.
    private func lines(
        of text: String, end: Int64? = nil, maximumLength: Int64 = 100, pieceLength: Int, progress: Counter = Counter()
    ) throws -> [String] {
        try directory.write(text, to: "file")
        let fileSystem = PosixFileSystem()
        let file = try fileSystem.openForReading(directory["file"])
        defer { fileSystem.close(file) }
        var scanner = LineScanner(
            file, of: fileSystem, end: end ?? Int64(text.utf8.count), progress: progress, maximumLength: maximumLength,
            pieceLength: pieceLength)
        var found: [String] = []
        while let line = try scanner.next() {
            #expect(line.number == UInt64(found.count + 1))
            let text = line.text.map { String(decoding: $0, as: UTF8.self) } ?? "!"
            found.append("\(line.range.lowerBound)-\(line.range.upperBound) \(text)\(line.hasNewline ? "" : "~")")
        }
        return found
    }

    @Test(arguments: [1, 2, 3, 5, 7, 64]) func linesAreTheSameHoweverTheFileIsRead(pieceLength: Int) throws {
        let progress = Counter()

        let found = try lines(of: "ab\n\ncdefg\nhi", pieceLength: pieceLength, progress: progress)

        #expect(found == ["0-3 ab", "3-4 ", "4-10 cdefg", "10-12 hi~"])
        #expect(progress.bytes == 12)
    }

    @Test(arguments: [1, 4, 64]) func ofALineThatIsTooLongOnlyTheRangeIsKept(pieceLength: Int) throws {
        let found = try lines(of: "abc\nabcd\nabcdefgh\nx", maximumLength: 3, pieceLength: pieceLength)

        #expect(found == ["0-4 abc", "4-9 !", "9-18 !", "18-19 x~"])
    }

    @Test func whatIsAppendedMeanwhileIsNotRead() throws {
        #expect(try lines(of: "ab\ncd\nef\n", end: 6, pieceLength: 64) == ["0-3 ab", "3-6 cd"])
    }

    @Test func aFileThatIsCutMeanwhileEndsWhereItEnds() throws {
        #expect(try lines(of: "ab\ncd", end: 50, pieceLength: 4) == ["0-3 ab", "3-5 cd~"])
    }

    @Test func anEmptyFileHasNoLines() throws {
        #expect(try lines(of: "", pieceLength: 4) == [])
    }
}
