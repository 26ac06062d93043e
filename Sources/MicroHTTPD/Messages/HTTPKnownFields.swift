/// The header fields that decide how a request is served: its framing, its media type, its origin and its token.
///
/// One walk over the header finds them all, so none has to be looked up by name. The values point into libmicrohttpd's
/// memory, which is valid until the request has been answered.
package struct HTTPKnownFields {
    /// The values of one field. Names are compared without regard to case.
    package struct Field {
        private var start: UnsafeRawPointer?
        private var length: UInt32 = 0
        private var occurrences: UInt32 = 0

        /// How many times the request has it.
        package var count: Int { Int(occurrences) }

        /// The first value; nil when the request does not have the field.
        package var value: UnsafeRawBufferPointer? {
            start.map { UnsafeRawBufferPointer(start: $0, count: Int(length)) }
        }

        /// The first value as text; nil when the request does not have the field.
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
    package private(set) var secFetchDest = Field()
    package private(set) var authorization = Field()
    package private(set) var contentType = Field()
    package private(set) var contentEncoding = Field()
    package private(set) var contentLength = Field()
    package private(set) var transferEncoding = Field()
    package private(set) var expect = Field()

    package init() {}

    /// Records a field, if it is one of those above.
    ///
    /// - Parameter value: its base address is not nil, even when it is empty.
    /// - Returns: whether it is.
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
        case 14 where name.isEqual(to: "sec-fetch-dest"): secFetchDest.note(value)
        case 16 where name.isEqual(to: "content-encoding"): contentEncoding.note(value)
        case 17 where name.isEqual(to: "transfer-encoding"): transferEncoding.note(value)
        default: return false
        }
        return true
    }
}

extension UnsafeRawBufferPointer {
    /// Whether this equals an ASCII text, without regard to case.
    ///
    /// When inlined it compiles to a few comparisons of machine words with constants.
    ///
    /// - Parameter text: at least 4 letters in lower case, digits, and any of `-./`.
    @inline(__always)
    func isEqual(to text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard count == length, let base = baseAddress else { return false }
        // The last two words overlap unless the length is a multiple of their size.
        if length < 8 {
            return differ(base, text, at: 0, as: UInt32.self) | differ(base, text, at: length - 4, as: UInt32.self) == 0
        }
        var difference = differ(base, text, at: length - 8, as: UInt64.self)
        for place in stride(from: 0, to: length - 8, by: 8) {
            difference |= differ(base, text, at: place, as: UInt64.self)
        }
        return difference == 0
    }

    /// The bits in which a word differs from that of `text`, ignoring the bit that is the case of a letter.
    @inline(__always)
    private func differ<Word: FixedWidthInteger & BitwiseCopyable>(
        _ base: UnsafeRawPointer, _ text: StaticString, at place: Int, as word: Word.Type
    ) -> Word {
        let wanted = UnsafeRawPointer(text.utf8Start).loadUnaligned(fromByteOffset: place, as: word)
        // Of the bytes that `text` may contain, only letters have the bit 0x40.
        let caseBits = (wanted & (Word.max / 0xFF * 0x40)) >> 1
        return (base.loadUnaligned(fromByteOffset: place, as: word) | caseBits) ^ wanted
    }
}
