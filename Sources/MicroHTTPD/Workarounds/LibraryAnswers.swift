internal import CMicroHTTPD
internal import Glibc
internal import Synchronization

/// The answers that libmicrohttpd gives by itself, to what is no request at all, in the server's own form.
///
/// It has no option for them. But it hands each to `MHD_queue_response`, called as any program calls it, so the function
/// at the end of this file takes that one's place for the whole process (ld.so(8), symbol interposition). Where a build of
/// the library is linked so that this has no effect, its HTML pages are sent as they are.
enum LibraryAnswers {
    struct Form: Sendable {
        let configuration: HTTPDaemon.Configuration
        let errorResponse: @Sendable (HTTPError) -> HTTPResponse
    }

    /// How to answer; the daemon that started last says it.
    static let form = Mutex<Form?>(nil)

    typealias Queue = @convention(c) (OpaquePointer?, UInt32, OpaquePointer?) -> MHD_Result

    /// The library's own function.
    static let queue: Queue = {
        let next = UnsafeMutableRawPointer(bitPattern: -1)  // RTLD_NEXT, a macro that Swift does not import.
        guard let symbol = dlsym(next, "MHD_queue_response") else { return { _, _, _ in .NO } }
        return unsafeBitCast(symbol, to: Queue.self)
    }()

    /// Whether the function below is the one that the library calls.
    static var isInPlace: Bool {
        let function: @convention(c) (OpaquePointer?, UInt32, OpaquePointer?) -> UInt32 = queueResponse
        return dlsym(nil, "MHD_queue_response") == unsafeBitCast(function, to: UnsafeMutableRawPointer.self)
    }

    /// The answer that takes the place of the library's own; nil for a status that it is not known to give.
    fileprivate static func response(_ status: UInt32) -> (response: HTTPResponse, error: HTTPError)? {
        guard let form = form.withLock({ $0 }) else { return nil }
        let error: HTTPError
        switch status {
        case 400: error = .malformed("The request line, a header or a chunk is not what HTTP/1.1 allows")
        case 413: error = .contentTooLarge(limit: form.configuration.maximumBodyLength)
        case 414, 431: error = .headerTooLarge(limit: form.configuration.maximumHeaderLength)
        case 505: error = .versionNotSupported
        default: return nil
        }
        return (form.errorResponse(error), error)
    }

    /// Whether a request's length is no number. For such a one libmicrohttpd 0.9.75 would send the header of its answer twice.
    fileprivate static func hasBrokenLength(_ connection: OpaquePointer) -> Bool {
        guard let value = MHD_lookup_connection_value(connection, .HEADER_KIND, "Content-Length") else { return false }
        let length = String(cString: value)
        return UInt64(length) == nil || !length.utf8.allSatisfy { $0 != UInt8(ascii: "+") }
    }
}

/// Takes the place of the library's function; as a symbol it must be visible to it, so it is not internal.
///
/// - Returns: an `MHD_Result`.
@_cdecl("MHD_queue_response")
package func queueResponse(_ connection: OpaquePointer?, _ status: UInt32, _ native: OpaquePointer?) -> UInt32 {
    guard let connection, let (response, error) = LibraryAnswers.response(status) else {
        return LibraryAnswers.queue(connection, status, native).rawValue
    }
    let client = ClientConnection.reference(of: connection)?.takeUnretainedValue()
    client?.loop.counters.count(error)
    if LibraryAnswers.hasBrokenLength(connection) {
        EarlyAnswer.send(response, of: nil, to: connection)
        return MHD_Result.NO.rawValue
    }
    return HTTPConnection.queue(response, of: nil, on: connection, client, closing: true).rawValue
}
