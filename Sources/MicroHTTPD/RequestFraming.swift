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

    /// Where the next line must begin.
    private var nextLine: UnsafeRawPointer?
    private var fault: String?
    private var contentLengths = 0
    private var transferEncodings = 0
    private var isChunked = false

    /// Checks the header fields of a request, once they are complete.
    ///
    /// - Throws: ``HTTPError/malformed(_:)``.
    static func check(
        _ connection: OpaquePointer, method: UnsafePointer<CChar>, version: UnsafePointer<CChar>
    ) throws(HTTPError) {
        var framing = RequestFraming()
        framing.nextLine = UnsafeRawPointer(version) + strlen(version) + lineEnd
        withUnsafeMutablePointer(to: &framing) {
            _ = MHD_get_connection_values_n(connection, .HEADER_KIND, visit, $0)
        }
        if let fault = framing.fault { throw .malformed(fault) }
        let end = UnsafeRawPointer(method) + cmhd_header_length(connection)
        if isCheckedHere, framing.nextLine.map({ $0 + lineEnd }) != end { throw .malformed(brokenLine) }
        if framing.contentLengths > 1 { throw .malformed("The request has more than one Content-Length") }
        guard framing.transferEncodings > 0 else { return }
        if framing.contentLengths > 0 {
            throw .malformed("The request has both a Content-Length and a Transfer-Encoding")
        }
        if framing.transferEncodings > 1 || !framing.isChunked {
            throw .malformed("The only Transfer-Encoding that is taken is chunked, once")
        }
        if strcmp(version, "HTTP/1.0") == 0 { throw .malformed("HTTP/1.0 has no Transfer-Encoding") }
    }

    private static let lineEnd = 2
    private static let brokenLine = "A header line is folded, or has a NUL, or does not end with CR LF"

    private static let visit: MHD_KeyValueIteratorN = { context, _, name, nameLength, value, valueLength in
        guard let context, let name else { return .NO }
        let framing = context.assumingMemoryBound(to: RequestFraming.self)
        framing.pointee.take(
            UnsafeRawBufferPointer(start: name, count: nameLength),
            UnsafeRawBufferPointer(start: value, count: valueLength))
        return framing.pointee.fault == nil ? .YES : .NO
    }

    private mutating func take(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        if name.isEmpty || !name.allSatisfy(Self.isTokenCharacter) {
            fault = "The name of a header has a character that is not allowed"
        } else if value.contains(where: { $0 < 0x20 && $0 != UInt8(ascii: "\t") || $0 == 0x7F }) {
            fault = "The value of a header has a control character"
        } else if Self.isCheckedHere {
            checkPlace(name, value)
        }
        if Self.isEqual(name, "Content-Length") {
            contentLengths += 1
        } else if Self.isEqual(name, "Transfer-Encoding") {
            transferEncodings += 1
            isChunked = Self.isEqual(value, "chunked")
        }
    }

    /// Checks that a line begins where the one before it ends, and its value after its name, a colon and blanks.
    private mutating func checkPlace(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
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
        nextLine = valueStart + value.count + Self.lineEnd
    }

    /// Whether a text is the same as another but for the case of its letters.
    private static func isEqual(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        guard bytes.count == text.utf8CodeUnitCount, let start = bytes.baseAddress else { return false }
        return strncasecmp(
            start.assumingMemoryBound(to: CChar.self),
            UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self), bytes.count) == 0
    }

    /// Whether a byte may stand in a header's name: a `tchar` of RFC 9110, section 5.6.2.
    private static func isTokenCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: "!"), UInt8(ascii: "#")...UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
            UInt8(ascii: "^"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
