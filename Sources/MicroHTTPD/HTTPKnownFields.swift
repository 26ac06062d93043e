/// The header fields that decide how a request is served, as they stand in it.
///
/// One walk over the header finds them all, so that none is looked up by its name again. Their bytes are libmicrohttpd's own
/// memory: they can be read until the request is answered and not after.
package struct HTTPKnownFields {
    /// A field, whatever the case of its name.
    package struct Field {
        /// How often it stands in the request.
        package private(set) var count = 0

        private var start: UnsafeRawPointer?
        private var length = 0

        /// Its first value; nil when there is none.
        package var value: UnsafeRawBufferPointer? {
            start.map { UnsafeRawBufferPointer(start: $0, count: length) }
        }

        /// Its first value as text; nil when there is none.
        package var text: String? {
            value.map { String(decoding: $0, as: UTF8.self) }
        }

        fileprivate mutating func note(_ value: UnsafeRawBufferPointer) {
            count += 1
            if count > 1 { return }
            start = value.baseAddress
            length = value.count
        }
    }

    package private(set) var host = Field()
    package private(set) var origin = Field()
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
    /// Inlined, its loop has an end that the compiler knows, and becomes a few comparisons of words.
    ///
    /// - Parameter text: in ASCII and in lower case.
    @inline(__always)
    func isEqual(to text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount, let base = baseAddress else { return false }
        var difference: UInt8 = 0
        for index in 0..<text.utf8CodeUnitCount {
            let wanted = text.utf8Start[index]
            let caseBit: UInt8 = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(wanted) ? 0x20 : 0
            difference |= (base.load(fromByteOffset: index, as: UInt8.self) | caseBit) ^ wanted
        }
        return difference == 0
    }
}
