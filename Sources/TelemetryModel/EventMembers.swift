/// The byte ranges of an event's known members in its text. The range of a missing member is empty; of several members
/// with the same name the last counts, and ``isAnyRepeated`` is true.
package struct EventMembers: Hashable {
    var type = 0..<0
    var data = 0..<0
    var meta = 0..<0
    var ts = 0..<0
    var makeCurrent = 0..<0
    var storePermanently = 0..<0
    var stream = 0..<0
    var seq = 0..<0
    var during = 0..<0

    /// Whether there are several members of one of the names that requests have.
    var isAnyRepeated = false

    /// The names that requests have.
    static let ofRequests: [StaticString] = [
        "type", "data", "meta", "ts", "make_current", "store_permanently", "stream",
    ]

    package init() {}

    /// Finds the known members of an object, as ranges of its ``JSONText/utf8``.
    package init(of object: JSONText) {
        object.forEachMember { take($0, $1) }
    }

    /// Notes the range of a member's value if the member is known.
    ///
    /// - Parameters:
    ///   - name: a JSON string.
    ///   - value: the range of the value.
    package mutating func take(_ name: UnsafeBufferPointer<UInt8>, _ value: Range<Int>) {
        switch name.count {
        case 4 where name.isPlainString("ts"): note(value, at: &ts, &isAnyRepeated)
        case 5 where name.isPlainString("seq"): seq = value
        case 6 where name.isPlainString("type"): note(value, at: &type, &isAnyRepeated)
        case 6 where name.isPlainString("data"): note(value, at: &data, &isAnyRepeated)
        case 6 where name.isPlainString("meta"): note(value, at: &meta, &isAnyRepeated)
        case 8 where name.isPlainString("stream"): note(value, at: &stream, &isAnyRepeated)
        case 8 where name.isPlainString("during"): during = value
        case 14 where name.isPlainString("make_current"): note(value, at: &makeCurrent, &isAnyRepeated)
        case 19 where name.isPlainString("store_permanently"): note(value, at: &storePermanently, &isAnyRepeated)
        default:
            // The name may have unnecessary escapes.
            guard name.contains(UInt8(ascii: "\\")), let text = JSONText(validated: Array(name)).string else { return }
            let plain = Array("\"\(text)\"".utf8)
            if !plain.contains(UInt8(ascii: "\\")) { plain.withUnsafeBufferPointer { take($0, value) } }
        }
    }
}

@inline(__always)
private func note(_ value: Range<Int>, at place: inout Range<Int>, _ isAnyRepeated: inout Bool) {
    if !place.isEmpty { isAnyRepeated = true }
    place = value
}

extension JSONText {
    /// The value in a range of ``utf8``; nil if the range is empty.
    func part(_ place: Range<Int>) -> JSONText? {
        place.isEmpty ? nil : JSONText(validated: utf8[place])
    }
}
