internal import Glibc
internal import TelemetryModel

/// Event types, numbered from 0 in the order in which they were added.
struct EventTypes: Sendable {
    private(set) var names: [String] = []

    /// By their text: Swift treats canonically equivalent strings as equal, JSON does not.
    private var numbers: [[UInt8]: Int] = [:]

    /// A cache of recent lookups: the number of a type by a cheap hash of its text; -1 for none.
    ///
    /// Most events have one of a few types. A hit saves decoding the text, and the collision-resistant hash of
    /// `numbers`.
    private var recent = [Int](repeating: -1, count: 64)

    /// The text of each type: a JSON string, as the server writes it.
    private var texts: [[UInt8]] = []

    var count: Int { names.count }

    /// The number of a type; nil when it is none of these.
    ///
    /// - Parameter text: a JSON string, as the server writes it.
    mutating func number(of text: UnsafeBufferPointer<UInt8>) -> Int? {
        let mark = Self.mark(text)
        let candidate = recent[mark]
        if candidate >= 0, Self.areEqual(texts[candidate], text) { return candidate }
        guard let number = numbers[Array(text)] else { return nil }
        recent[mark] = number
        return number
    }

    mutating func append(_ name: String) {
        let text = Array(JSONText(string: name).utf8)
        numbers[text] = names.count
        names.append(name)
        texts.append(text)
    }

    /// Forgets the type that was appended last.
    mutating func removeLast() {
        names.removeLast()
        numbers[texts.removeLast()] = nil
        for mark in recent.indices where recent[mark] == names.count { recent[mark] = -1 }
    }

    /// The type that a JSON string means.
    static func name(_ text: UnsafeBufferPointer<UInt8>) -> String { JSONText(validated: Array(text)).string ?? "" }

    /// A number below 64, made of the length and the last bytes, in which types differ most.
    private static func mark(_ text: UnsafeBufferPointer<UInt8>) -> Int {
        guard text.count >= 4, let base = UnsafeRawPointer(text.baseAddress) else { return text.count }
        let last = base.loadUnaligned(fromByteOffset: text.count - 4, as: UInt32.self)
        return Int(((last ^ UInt32(truncatingIfNeeded: text.count)) &* 0x9E37_79B1) >> 26)
    }

    private static func areEqual(_ left: [UInt8], _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        left.withUnsafeBufferPointer { left in
            guard left.count == right.count, let a = left.baseAddress, let b = right.baseAddress else { return false }
            return memcmp(a, b, left.count) == 0
        }
    }
}
