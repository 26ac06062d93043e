/// The tag of a representation, which is another one whenever its bytes are (RFC 9110, section 8.8.3).
package struct EntityTag: Sendable, Hashable, CustomStringConvertible {
    /// The text between the quotes.
    private let opaque: String

    /// - Parameter opaque: ASCII without quotes, blanks and control characters.
    package init(_ opaque: String) {
        self.opaque = opaque
    }

    /// The tag of a text, made of its length and the 64 bits of its FNV-1a hash.
    ///
    /// It tells versions of a text apart that nobody has made to look alike.
    package init(of bytes: [UInt8]) {
        self = bytes.withUnsafeBytes { EntityTag(of: $0) }
    }

    /// As ``init(of:)``, of bytes in memory that somebody else has.
    init(of bytes: UnsafeRawBufferPointer) {
        // Not of any sequence: to another module that is a call for each byte, 40 ns.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        self.init("\(String(bytes.count, radix: 16))-\(String(hash, radix: 16))")
    }

    /// The tag as a header field has it: in quotes.
    package var description: String { "\"\(opaque)\"" }

    /// Whether an `If-None-Match` names the tag: the client has this representation already (RFC 9110, section 13.1.2).
    ///
    /// - Parameter text: the values of all `If-None-Match` fields; nil when there is none.
    package func isListed(in text: String?) -> Bool {
        guard let text else { return false }
        if text.trimmed == "*" { return true }
        // The comparison is the weak one: whether a tag is marked as weak, `W/"…"`, does not matter.
        return text.split(outsideQuotesAt: ",").map(\.trimmed).contains { tag in
            tag == description || tag == "W/\(description)"
        }
    }
}
