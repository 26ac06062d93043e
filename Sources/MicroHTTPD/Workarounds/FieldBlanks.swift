internal import CMicroHTTPD
internal import Glibc

/// Blanks after the value of a header field, which are no part of it (RFC 9110, section 5.5).
///
/// libmicrohttpd 0.9.75 drops those before a value only: to it `Content-Length: 21 ` holds no number, and `chunked ` is no
/// transfer coding that it knows. It looks for the fields that it needs with a function that programs may call as well, so
/// the one at the end of this file takes that one's place for the whole process, as in ``LibraryAnswers``.
enum FieldBlanks {
    typealias LookUp =
        @convention(c) (
            OpaquePointer?, UInt32, UnsafePointer<CChar>?, Int, UnsafeMutablePointer<UnsafePointer<CChar>?>?,
            UnsafeMutablePointer<Int>?
        ) -> UInt32

    /// The library's own function.
    fileprivate static let lookUp: LookUp = {
        let next = UnsafeMutableRawPointer(bitPattern: -1)  // RTLD_NEXT, a macro that Swift does not import.
        guard let symbol = dlsym(next, "MHD_lookup_connection_value_n") else {
            return { _, _, _, _, _, _ in MHD_Result.NO.rawValue }
        }
        return unsafeBitCast(symbol, to: LookUp.self)
    }()

    /// Takes the blanks away, and puts an end (NUL) in the place of the first, for whoever reads up to that.
    ///
    /// - Parameter value: in libmicrohttpd's memory for the request. The loop's thread calls this for each field before
    ///   any other thread may look at the request, so from then on nothing is written.
    @inline(__always)
    static func strip(_ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard let last = value.last, last == UInt8(ascii: " ") || last == UInt8(ascii: "\t") || last == 0 else {
            return value
        }
        return stripped(value)
    }

    @inline(never)
    private static func stripped(_ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var count = value.count
        while count > 0, [UInt8(ascii: " "), UInt8(ascii: "\t"), 0].contains(value[count - 1]) { count -= 1 }
        // SAFETY: the library has the memory from malloc or mmap, writable. A NUL is there only where this put it: the
        // length that the library keeps is that up to the first.
        if value[count] != 0 { UnsafeMutableRawBufferPointer(mutating: value)[count] = 0 }
        return UnsafeRawBufferPointer(rebasing: value[..<count])
    }
}

/// Takes the place of the library's function; as a symbol it must be visible to it, so it is not internal.
///
/// - Returns: an `MHD_Result`.
@_cdecl("MHD_lookup_connection_value_n")
package func lookUpConnectionValue(
    _ connection: OpaquePointer?, _ kind: UInt32, _ key: UnsafePointer<CChar>?, _ keyLength: Int,
    _ value: UnsafeMutablePointer<UnsafePointer<CChar>?>?, _ length: UnsafeMutablePointer<Int>?
) -> UInt32 {
    var found: UnsafePointer<CChar>?
    var foundLength = 0
    let result = FieldBlanks.lookUp(connection, kind, key, keyLength, &found, &foundLength)
    guard result == MHD_Result.YES.rawValue else { return result }
    if kind == MHD_ValueKind.HEADER_KIND.rawValue, let found {
        foundLength = FieldBlanks.strip(UnsafeRawBufferPointer(start: found, count: foundLength)).count
    }
    value?.pointee = found
    length?.pointee = foundLength
    return result
}
