/// The mark that some programs write before a text to tell its encoding. JSON is UTF-8 and needs none (RFC 8259, section
/// 8.1); a reader may skip it.
package enum ByteOrderMark {
    /// The mark of UTF-8.
    package static let utf8: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// A text is in an encoding other than UTF-8: its name.
    package struct ForeignEncoding: Error, Hashable, CustomStringConvertible {
        package let name: String

        package var description: String { "The text is \(name), and must be UTF-8" }
    }

    /// Removes the mark of UTF-8, if there is one.
    ///
    /// - Throws: ``ForeignEncoding`` when the text is UTF-16 or UTF-32: by its mark, or by where it has zeros, for JSON
    ///   begins with two characters of ASCII or with one alone.
    @inline(__always)
    package static func remove(from text: inout [UInt8]) throws(ForeignEncoding) {
        guard let first = text.first, first >= 0xEF || first == 0 || text.count > 1 && text[1] == 0 else { return }
        try removeSlowly(from: &text)
    }

    @inline(never)
    private static func removeSlowly(from text: inout [UInt8]) throws(ForeignEncoding) {
        if text.starts(with: utf8) { return text.removeFirst(utf8.count) }
        let start = Array(text.prefix(4))
        if start == [0xFF, 0xFE, 0, 0] || start == [0, 0, 0xFE, 0xFF] { throw ForeignEncoding(name: "UTF-32") }
        switch start.map({ $0 == 0 }) {
        case [false, true, true, true], [true, true, true, false]: throw ForeignEncoding(name: "UTF-32")
        case [false, true, false, true], [true, false, true, false], [false, true], [true, false]:
            throw ForeignEncoding(name: "UTF-16")
        default: break
        }
        if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) {
            throw ForeignEncoding(name: "UTF-16")
        }
    }
}
