import Glibc
import Testing

@testable import TelemetryModel

@Suite struct MessageIDTests {
    @Test func eachHasOneEntryInTheMessageCatalogAndEachEntryIsOne() throws {
        let headings = try catalog().split(separator: "\n").filter { $0.hasPrefix("-- ") }
        let entries = headings.map { String($0.dropFirst(3)) }

        #expect(entries.sorted() == MessageID.allCases.map(\.rawValue).sorted())
    }

    @Test(arguments: MessageID.allCases)
    func anIDIsRandomAndWrittenAsTheJournalTakesIt(_ id: MessageID) {
        let text = Array(id.rawValue.utf8)

        #expect(text.count == 32)
        #expect(text.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (97...102).contains($0) })
        #expect(text[12] == UInt8(ascii: "4"), "a UUID of version 4 is random")
    }

    @Test(arguments: MessageID.allCases)
    func anEntryHasASubjectAndSaysWhoDefinedIt(_ id: MessageID) throws {
        let lines = try catalog().split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex(of: "-- \(id.rawValue)"))
        let text = lines[(start + 1)...].prefix { !$0.hasPrefix("-- ") }.joined(separator: "\n")

        #expect(text.hasPrefix("Subject: "))
        #expect(text.contains("\nDefined-By: telemetry-server\n"))
        #expect(text.contains("\n\n"), "the header ends with an empty line")
    }

    private func catalog() throws -> String {
        let file = "\(#filePath)".split(separator: "/").dropLast(3).joined(separator: "/")
        let path = "/\(file)/packaging/debian/telemetry-server.catalog"
        let stream = try #require(fopen(path, "r"), "there is no catalog at \(path)")
        defer { fclose(stream) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, stream)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}
