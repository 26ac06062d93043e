import TelemetryModel
import Testing

@testable import SimdJSON

/// What a parser still holds after a document that needed much.
@Suite struct JSONParserMemoryTests {
    private static let heldAtMost = 2 << 20

    enum Document: CaseIterable {
        case members, elements, withoutEnd

        /// Half a million members or elements.
        var text: [UInt8] {
            let part = self == .members ? "\"\":0," : "0,"
            let parts = String(repeating: part, count: 500_000).dropLast()
            switch self {
            case .members: return Array("{\(parts)}".utf8)
            case .elements: return Array("[\(parts)]".utf8)
            case .withoutEnd: return Array("[\(parts)".utf8)
            }
        }
    }

    @Test(arguments: Document.allCases)
    func littleIsHeldAfterALargeDocument(document: Document) {
        let parser = JSONParser()
        var text = document.text

        _ = try? parser.minify(text)
        #expect(parser.heldBytes <= Self.heldAtMost)

        var members = 0
        try? parser.minify(&text) { _, _ in members += 1 }
        #expect(members == (document == .members ? 500_000 : 0))
        #expect(parser.heldBytes <= Self.heldAtMost)
    }

    @Test func littleIsHeldAfterALargeLineOfABatch() {
        let parser = JSONParser()
        var text = Document.members.text
        text += "\n{}\n".utf8
        var members = 0

        parser.minifyLines(&text) { _, _ in
            members += 1
        } onLine: { _, _, _ in
        } onFault: { number, _ in
            Issue.record("line \(number)")
        }

        #expect(members == 500_000)
        #expect(parser.heldBytes <= Self.heldAtMost)
    }

    @Test func littleIsHeldAfterTheLongestUsualBody() throws {
        let parser = JSONParser()
        var text = Array("[\(String(repeating: "0,", count: 1 << 19 - 2))0]".utf8)

        try parser.minify(&text) { _, _ in }

        #expect(parser.heldBytes <= Self.heldAtMost)
    }

    /// Members are found a few at a time.
    @Test(arguments: [1, 63, 64, 65, 127, 128, 129, 5_000], [0, 1 << 17])
    func eachMemberIsFoundOnceAndInItsOrder(count: Int, length: Int) throws {
        let parser = JSONParser()
        // A long value: the buffers for this document are not kept.
        let rest = String(repeating: "x", count: length)
        var text = Array(("{" + (0..<count).map { "\"\($0)\":{\"a\":[]} , " }.joined() + "\"\":\"\(rest)\"}").utf8)

        var found: [String] = []
        try parser.minify(&text) { name, _ in found.append(String(decoding: name.dropFirst().dropLast(), as: UTF8.self))
        }

        #expect(found == (0..<count).map(String.init) + [""])
    }

    @Test func theCapacityOfAnArrayThatIsSharedIsNotRead() {
        var text = Array("{}".utf8)
        text.reserveCapacity(1_000)
        let own = ReadableMemory(of: text)
        #expect(text.withUnsafeMutableBytes { own.count(of: $0) } >= 1_000)

        let other = text
        let shared = ReadableMemory(of: text)
        #expect(text.withUnsafeMutableBytes { shared.count(of: $0) } == 2)
        #expect(other == text)
    }
}
