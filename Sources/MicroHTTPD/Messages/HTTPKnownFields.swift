/// The header fields that say how a request is served and where it comes from, as they stand in it.
///
/// One walk over the header finds them all, so that none is looked up by its name again. Their bytes are libmicrohttpd's own
/// memory: they can be read until the request is answered and not after.
package struct HTTPKnownFields {
    /// A field, whatever the case of its name.
    package struct Field {
        private var start: UnsafeRawPointer?
        private var length: UInt32 = 0
        private var occurrences: UInt32 = 0

        /// How often it stands in the request.
        package var count: Int { Int(occurrences) }

        /// Its first value; nil when there is none.
        package var value: UnsafeRawBufferPointer? {
            start.map { UnsafeRawBufferPointer(start: $0, count: Int(length)) }
        }

        /// Its first value as text; nil when there is none.
        package var text: String? {
            value.map { String(decoding: $0, as: UTF8.self) }
        }

        fileprivate mutating func note(_ value: UnsafeRawBufferPointer) {
            occurrences += 1
            if occurrences > 1 { return }
            start = value.baseAddress
            length = UInt32(value.count)
        }
    }

    package private(set) var host = Field()
    package private(set) var origin = Field()
    package private(set) var referer = Field()
    package private(set) var secFetchSite = Field()
    package private(set) var authorization = Field()
    package private(set) var contentType = Field()
    package private(set) var contentLength = Field()
    package private(set) var transferEncoding = Field()
    package private(set) var expect = Field()

    package init() {}

    /// Takes note of a field.
    ///
    /// - Parameter value: has an address even where it is empty.
    /// - Returns: whether its name is one of those above.
    @discardableResult
    package mutating func note(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool {
        switch name.count {
        case 4 where name.isEqual(to: "host"): host.note(value)
        case 6 where name.isEqual(to: "origin"): origin.note(value)
        case 6 where name.isEqual(to: "expect"): expect.note(value)
        case 7 where name.isEqual(to: "referer"): referer.note(value)
        case 12 where name.isEqual(to: "content-type"): contentType.note(value)
        case 13 where name.isEqual(to: "authorization"): authorization.note(value)
        case 14 where name.isEqual(to: "content-length"): contentLength.note(value)
        case 14 where name.isEqual(to: "sec-fetch-site"): secFetchSite.note(value)
        case 17 where name.isEqual(to: "transfer-encoding"): transferEncoding.note(value)
        default: return false
        }
        return true
    }
}

extension UnsafeRawBufferPointer {
    /// Whether this is a text, whatever the case of its letters.
    ///
    /// Inlined, it is a few comparisons of words that the compiler knows.
    ///
    /// - Parameter text: at least 4 letters in lower case, digits, and any of `-./`.
    @inline(__always)
    func isEqual(to text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard count == length, let base = baseAddress else { return false }
        // The last word may begin within the one before it.
        if length < 8 {
            return differ(base, text, at: 0, as: UInt32.self) | differ(base, text, at: length - 4, as: UInt32.self) == 0
        }
        var difference = differ(base, text, at: length - 8, as: UInt64.self)
        for place in stride(from: 0, to: length - 8, by: 8) {
            difference |= differ(base, text, at: place, as: UInt64.self)
        }
        return difference == 0
    }

    /// The bits in which a word differs from that of `text`, but for those that are the case of a letter.
    @inline(__always)
    private func differ<Word: FixedWidthInteger & BitwiseCopyable>(
        _ base: UnsafeRawPointer, _ text: StaticString, at place: Int, as word: Word.Type
    ) -> Word {
        let wanted = UnsafeRawPointer(text.utf8Start).loadUnaligned(fromByteOffset: place, as: word)
        // Of the bytes that may be in a text, only letters have the bit 0x40.
        let caseBits = (wanted & (Word.max / 0xFF * 0x40)) >> 1
        return (base.loadUnaligned(fromByteOffset: place, as: word) | caseBits) ^ wanted
    }
}
