internal import CMicroHTTPD
internal import Glibc

/// Refuses requests whose end is not beyond doubt: what RFC 9112 calls request smuggling.
///
/// libmicrohttpd 0.9.75 takes a request with two lengths, or with a length and a transfer coding; it joins a folded line
/// to the *name* of its header; it takes `Content-Length :` for an unknown header; and it ends values at a NUL and lines at
/// a bare line feed. It leaves the head where it received it, with zeros for line ends and colons, so that all this can
/// be told from where names and values stand: each must begin where the one before it ends.
struct RequestFraming {
    /// Later versions check their requests themselves, and lay them out in another way.
    static let isCheckedHere = String(cString: MHD_get_version()).split(separator: ".").map { Int($0) ?? 0 }
        .lexicographicallyPrecedes([0, 9, 77])

    /// Where the next line must begin; nil where that is not checked here.
    private var nextLine: UnsafeRawPointer?
    private var fault: StaticString?
    private var fields = HTTPKnownFields()

    /// Checks the header fields of a request, once they are complete.
    ///
    /// - Parameters:
    ///   - headerLength: of the request line and the header fields, in bytes.
    ///   - fields: is set to those of them that are known.
    /// - Throws: ``HTTPError/malformed(_:)``.
    static func check(
        _ connection: OpaquePointer, method: UnsafePointer<CChar>, version: UnsafePointer<CChar>, headerLength: Int,
        into fields: inout HTTPKnownFields
    ) throws(HTTPError) {
        var framing = RequestFraming()
        if isCheckedHere { framing.nextLine = UnsafeRawPointer(version) + strlen(version) + lineEnd }
        withUnsafeMutablePointer(to: &framing) {
            _ = MHD_get_connection_values_n(connection, .HEADER_KIND, visit, $0)
        }
        if let fault = framing.fault { throw .malformed(fault.description) }
        if let nextLine = framing.nextLine, nextLine + lineEnd != UnsafeRawPointer(method) + headerLength {
            throw .malformed(brokenLine.description)
        }
        if let fault = framing.faultOfLength(version) { throw .malformed(fault.description) }
        fields = framing.fields
    }

    private static let lineEnd = 2
    private static var brokenLine: StaticString { "A header line is folded, or has a NUL, or does not end with CR LF" }

    private static let visit: MHD_KeyValueIteratorN = { context, _, name, nameLength, value, valueLength in
        guard let context, let name else { return .NO }
        let framing = context.assumingMemoryBound(to: RequestFraming.self)
        framing.pointee.take(
            UnsafeRawBufferPointer(start: name, count: nameLength),
            UnsafeRawBufferPointer(start: value, count: valueLength))
        return framing.pointee.fault == nil ? .YES : .NO
    }

    /// - Parameter field: the value as it was sent, with the blanks after it.
    private mutating func take(_ name: UnsafeRawBufferPointer, _ field: UnsafeRawBufferPointer) {
        let value = FieldBlanks.strip(field)
        if !fields.note(name, value), name.isEmpty || !name.allSatisfy(Self.isTokenCharacter) {
            fault = "The name of a header has a character that is not allowed"
        } else if value.hasControlCharacter {
            fault = "The value of a header has a control character"
        } else if let nextLine {
            checkPlace(name, field, nextLine)
        }
    }

    /// Checks that a line begins where the one before it ends, and its value after its name, a colon and blanks.
    private mutating func checkPlace(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ nextLine: UnsafeRawPointer
    ) {
        guard let start = name.baseAddress, let valueStart = value.baseAddress, start == nextLine else {
            fault = Self.brokenLine
            return
        }
        var blank = start + name.count + 1
        while blank < valueStart {
            let byte = blank.load(as: UInt8.self)
            guard byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") else { break }
            blank += 1
        }
        if blank != valueStart { fault = Self.brokenLine }
        self.nextLine = valueStart + value.count + Self.lineEnd
    }

    /// Why the length of the body is in doubt; nil when it is not.
    private func faultOfLength(_ version: UnsafePointer<CChar>) -> StaticString? {
        if fields.contentLength.count > 1 { return "The request has more than one Content-Length" }
        guard fields.transferEncoding.count > 0 else { return nil }
        if fields.contentLength.count > 0 { return "The request has both a Content-Length and a Transfer-Encoding" }
        let isChunked = fields.transferEncoding.value?.isEqual(to: "chunked") ?? false
        if fields.transferEncoding.count > 1 || !isChunked {
            return "The only Transfer-Encoding that is taken is chunked, once"
        }
        return strcmp(version, "HTTP/1.0") == 0 ? "HTTP/1.0 has no Transfer-Encoding" : nil
    }

    /// Whether a byte may stand in a header's name: a `tchar` of RFC 9110, section 5.6.2.
    static func isTokenCharacter(_ byte: UInt8) -> Bool {
        // A bit for each byte from 0 to 63, and from 64 to 127.
        let bits: UInt64 =
            switch byte >> 6 {
            case 0: 0x03FF_6CFA_0000_0000
            case 1: 0x57FF_FFFF_C7FF_FFFE
            default: 0
            }
        return bits >> UInt64(byte & 63) & 1 == 1
    }
}

extension UnsafeRawBufferPointer {
    /// Whether any byte is a control character other than a tab.
    var hasControlCharacter: Bool {
        guard let base = baseAddress, count >= 8 else { return contains(where: \.isControlCharacter) }
        // Eight bytes at a time; the last eight may hold some that were looked at already.
        var offset = 0
        while offset < count {
            let place = Swift.min(offset, count - 8)
            if base.loadUnaligned(fromByteOffset: place, as: UInt64.self).mayHaveControlCharacter {
                return contains(where: \.isControlCharacter)
            }
            offset += 8
        }
        return false
    }
}

extension UInt8 {
    fileprivate var isControlCharacter: Bool { self < 0x20 && self != UInt8(ascii: "\t") || self == 0x7F }
}

extension UInt64 {
    /// Whether any of its eight bytes is below 0x20, or 0x7F.
    fileprivate var mayHaveControlCharacter: Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let low = self & (ones &* 0x7F)
        // The sums do not reach into the next byte. Their high bits say: the seven low bits are at least 0x20; and are 0x7F.
        let isPrintable = low &+ ones &* 0x60
        let isDelete = low &+ ones
        return ((~isPrintable | isDelete) & ~self) & (ones &* 0x80) != 0
    }
}
