/// Where the members of an event that have a meaning stand in its text.
///
/// A member that is not there has an empty place; of members with one name the last counts.
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

    package init() {}

    /// Finds the members of an object: their places in its ``JSONText/utf8``.
    package init(of object: JSONText) {
        object.forEachMember { take($0, $1) }
    }

    /// Takes note of a member.
    ///
    /// - Parameters:
    ///   - name: a JSON string.
    ///   - value: where the value stands.
    package mutating func take(_ name: UnsafeBufferPointer<UInt8>, _ value: Range<Int>) {
        switch name.count {
        case 4 where name.isPlainString("ts"): ts = value
        case 5 where name.isPlainString("seq"): seq = value
        case 6 where name.isPlainString("type"): type = value
        case 6 where name.isPlainString("data"): data = value
        case 6 where name.isPlainString("meta"): meta = value
        case 8 where name.isPlainString("stream"): stream = value
        case 8 where name.isPlainString("during"): during = value
        case 14 where name.isPlainString("make_current"): makeCurrent = value
        case 19 where name.isPlainString("store_permanently"): storePermanently = value
        default:
            // A name may be written with escapes that it does not need.
            guard name.contains(UInt8(ascii: "\\")), let text = JSONText(validated: Array(name)).string else { return }
            let plain = Array("\"\(text)\"".utf8)
            if !plain.contains(UInt8(ascii: "\\")) { plain.withUnsafeBufferPointer { take($0, value) } }
        }
    }
}

extension JSONText {
    /// What stands at a place in ``utf8``; nil when the place is empty.
    func part(_ place: Range<Int>) -> JSONText? {
        place.isEmpty ? nil : JSONText(validated: utf8[place])
    }
}
