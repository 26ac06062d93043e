extension JSONText {
    /// One member of an object. The name is as written: quoted, with its escapes.
    public struct Member: Sendable {
        /// The name, a JSON string.
        public let name: JSONText

        /// The value.
        public let value: JSONText
    }

    /// The members of an object in their order; none for any other value.
    public var members: Members { Members(cursor: ValueCursor(self, opening: .object)) }

    /// The elements of an array; none for any other value.
    public var elements: Elements { Elements(cursor: ValueCursor(self, opening: .array)) }

    /// The value of the member named `ascii`: of several, the last, as with most JSON readers.
    package func member(_ ascii: StaticString) -> JSONText? {
        var found: JSONText?
        for member in members where member.name.equals(ascii) { found = member.value }
        return found
    }

    /// Walks the members of an object without decoding their values.
    public struct Members: Sequence, IteratorProtocol {
        fileprivate var cursor: ValueCursor

        /// The next member; nil after the last.
        public mutating func next() -> Member? {
            guard let name = cursor.next(), let value = cursor.next() else { return nil }
            return Member(name: name, value: value)
        }
    }

    /// Walks the elements of an array without decoding them.
    public struct Elements: Sequence, IteratorProtocol {
        fileprivate var cursor: ValueCursor

        /// The next element; nil after the last.
        public mutating func next() -> JSONText? { cursor.next() }
    }
}

extension JSONText {
    /// Calls `body` with the name of each member, as written, and the range of its value in ``utf8``.
    ///
    /// This is cheaper than iterating ``members``, each of which retains the text.
    func forEachMember(_ body: (_ name: UnsafeBufferPointer<UInt8>, _ value: Range<Int>) -> Void) {
        guard kind == .object else { return }
        let base = utf8.startIndex
        utf8.withUnsafeBufferPointer { bytes in
            var position = 1
            while position < bytes.count - 1 {
                let nameEnd = ValueScanner.endOfValue(in: bytes, from: position)
                let valueEnd = ValueScanner.endOfValue(in: bytes, from: nameEnd + 1)
                body(
                    UnsafeBufferPointer(rebasing: bytes[position..<nameEnd]), base + nameEnd + 1..<base + valueEnd)
                position = valueEnd + 1
            }
        }
    }
}

/// Iterates over the values within an object or an array; the names of members count as values.
///
/// It requires valid, minified text, and checks nothing.
private struct ValueCursor {
    private let utf8: ArraySlice<UInt8>

    /// The start of the next value: after the opening bracket, or after the separator that follows the previous value.
    private var position: Int

    init(_ container: JSONText, opening kind: JSONText.Kind) {
        utf8 = container.utf8
        position = container.kind == kind ? utf8.startIndex + 1 : utf8.endIndex
    }

    mutating func next() -> JSONText? {
        guard position < utf8.endIndex - 1 else { return nil }
        let start = position
        let end = utf8.withUnsafeBufferPointer { bytes in
            utf8.startIndex + ValueScanner.endOfValue(in: bytes, from: start - utf8.startIndex)
        }
        position = end + 1
        return JSONText(validated: utf8[start..<end])
    }
}

/// Finds the ends of values in valid, minified JSON.
private enum ValueScanner {
    static func endOfValue(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var position = start
        var depth = 0
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position = endOfString(in: bytes, from: position)
                if depth == 0 { return position }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth &+= 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return position }
                depth &-= 1
                if depth == 0 { return position &+ 1 }
            case UInt8(ascii: ","):
                if depth == 0 { return position }
            default:
                break
            }
            position &+= 1
        }
        return position
    }

    private static func endOfString(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var position = start &+ 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            position &+= bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        return position &+ 1
    }
}
