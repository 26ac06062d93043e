import Testing
import TestSupport

@testable import TelemetryFiles
@testable import TelemetryStore

/// The external merge sort.
@Suite struct MigrationSorterTests {
    private let directory = TemporaryDirectory()

    private func sorted(
        _ records: [(time: Int64, text: [UInt8])], _ limits: RecordSorter.Limits
    ) throws -> [(time: Int64, text: [UInt8])] {
        var sorter = try RecordSorter(in: directory.path, limits: limits, PosixFileSystem())
        for record in records { try sorter.add(time: record.time, record.text[...], sourceLength: 1) }
        var merge = try sorter.merge(MigrationLog())
        var result: [(time: Int64, text: [UInt8])] = []
        while !merge.isAtEnd {
            let time = merge.header.time
            var text: [UInt8] = []
            try merge.take(into: &text)
            result.append((time, text))
        }
        return result
    }

    @Test(
        arguments: [
            RecordSorter.Limits(), RecordSorter.Limits(text: 300, records: 100, sequences: 2), .tiny,
            RecordSorter.Limits(text: 1, records: 1, sequences: 7),
        ])
    func recordsComeInOrderOfTimeAndOtherwiseAsTheyCame(_ limits: RecordSorter.Limits) throws {
        var random = SplitMix64(seed: 5)
        let records = (0..<500).map { index in
            let length = index % 97 == 0 ? 70_000 : Int.random(in: 0...40, using: &random)
            let text = Array("\(index) ".utf8) + [UInt8](repeating: 7, count: length)
            return (time: Int64.random(in: -20...20, using: &random), text: text)
        }

        let result = try sorted(records, limits)

        let expected = records.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
        #expect(result.map(\.time) == expected.map(\.element.time))
        #expect(result.map(\.text) == expected.map(\.element.text))
        #expect(try directory.names().isEmpty)
    }

    @Test func nothingIsSortedToNothing() throws {
        #expect(try sorted([], RecordSorter.Limits()).isEmpty)
    }
}
