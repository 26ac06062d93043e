internal import CCurl

/// libcurl, loaded when it is first used.
struct CurlLibrary: @unchecked Sendable {  // The function pointers are written once.
    /// Nil when libcurl is not installed.
    static let shared = CurlLibrary()

    private var functions = ccurl_library()

    private init?() {
        guard ccurl_load(&functions) != 0, functions.global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
        else { return nil }
    }

    /// What came back of a request.
    struct Reply {
        var status = 0
        var body: [UInt8] = []
    }

    /// Why nothing came back.
    enum Failure: Error {
        case timedOut
        case unreachable(String)
    }

    /// Makes one request and waits for its answer.
    ///
    /// The corresponding C function is `curl_easy_perform(3)`.
    ///
    /// - Parameter timeout: for the whole exchange, in milliseconds.
    func perform(_ method: String, _ url: String, timeout: Int) throws(Failure) -> Reply {
        guard let handle = functions.easy_init() else { throw .unreachable("out of memory") }
        defer { functions.easy_cleanup(handle) }
        var reply = Reply()
        let code = withUnsafePointer(to: functions) { library in
            url.withCString { _ = ccurl_set_pointer(library, handle, CURLOPT_URL, $0) }
            method.withCString { _ = ccurl_set_pointer(library, handle, CURLOPT_CUSTOMREQUEST, $0) }
            // This server and no proxy of the environment is meant.
            "".withCString { _ = ccurl_set_pointer(library, handle, CURLOPT_PROXY, $0) }
            _ = ccurl_set_long(library, handle, CURLOPT_TIMEOUT_MS, timeout)
            _ = ccurl_set_long(library, handle, CURLOPT_NOSIGNAL, 1)
            return withUnsafeMutablePointer(to: &reply) { reply in
                _ = ccurl_set_write(library, handle, CurlLibrary.collect, reply)
                let code = library.pointee.easy_perform(handle)
                reply.pointee.status = ccurl_response_code(library, handle)
                return code
            }
        }
        switch code {
        case CURLE_OK: return reply
        case CURLE_OPERATION_TIMEDOUT: throw .timedOut
        default: throw .unreachable(functions.easy_strerror(code).map { String(cString: $0) } ?? "unknown error")
        }
    }

    private static let collect: ccurl_write_callback = { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let reply = context.assumingMemoryBound(to: Reply.self)
        reply.pointee.body.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: size * count))
        return size * count
    }
}
