internal import CCurl
internal import Glibc

/// One libcurl transfer: the request's options, and the part of the response that has arrived.
///
/// SAFETY: confined to the ``CurlThread``, which keeps the transfer in `waiting` for as long as the handle is part of
/// the multi handle. Callbacks run only then, within `curl_multi_perform`, so the unretained pointer that they get is
/// valid. The error buffer and the header list are libcurl's to use until `deinit` has freed the handle; all other
/// options are copied by libcurl.
final class CurlTransfer {
    /// libcurl's easy handle, owned by the transfer.
    let handle: UnsafeMutableRawPointer

    private let library: UnsafePointer<ccurl_library>
    private let maximumReplySize: Int
    private let mayRepeat: Bool
    private let isUnixSocket: Bool
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private var headers: UnsafeMutablePointer<curl_slist>?
    private var body: [UInt8] = []
    private var isTooLong = false
    private var attempts = 0

    /// Where the response goes while it arrives; nil if it is kept until it is whole.
    let stream: HTTPStream?

    /// Nil if out of memory.
    init?(_ request: HTTPRequest, _ stream: HTTPStream?, _ library: CurlLibrary) {
        guard let handle = library.functions.pointee.easy_init() else { return nil }
        self.handle = handle
        self.library = library.functions
        self.stream = stream
        maximumReplySize = request.maximumReplySize
        mayRepeat = request.method == "GET"
        isUnixSocket = request.unixSocket != nil
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))

        set(CURLOPT_URL, request.url)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        // An event type may be "..".
        set(CURLOPT_PATH_AS_IS, 1)
        // Ignore proxies that the environment names.
        set(CURLOPT_PROXY, "")
        if let path = request.unixSocket { set(CURLOPT_UNIX_SOCKET_PATH, path) }
        if let file = request.caFile { set(CURLOPT_CAINFO, file) }
        setMethod(request)
        setHeaders(request)

        // A stream has a time limit for each silence, and none for the whole: see `HTTPStream.deadline`.
        if stream == nil { set(CURLOPT_TIMEOUT_MS, request.timeout.curlMilliseconds) }
        set(CURLOPT_MAXAGE_CONN, request.maximumIdleTime.curlMilliseconds / 1_000)
        set(CURLOPT_NOSIGNAL, 1)
        _ = ccurl_set_pointer(self.library, handle, CURLOPT_ERRORBUFFER, errorText)
        ccurl_set_callbacks(
            self.library, handle, Self.onBytes, Self.onRequest, Unmanaged.passUnretained(self).toOpaque())
        if stream != nil {
            ccurl_set_field_callback(
                self.library, handle, Self.onField, Unmanaged.passUnretained(self).toOpaque())
        }
    }

    deinit {
        library.pointee.easy_cleanup(handle)
        library.pointee.slist_free_all(headers)
        errorText.deallocate()
    }

    private func setMethod(_ request: HTTPRequest) {
        guard request.method == "POST" else { return }
        set(CURLOPT_POST, 1)
        set(CURLOPT_POSTFIELDSIZE, request.body?.count ?? 0)
        if let body = request.body, !body.isEmpty {
            _ = body.withUnsafeBytes { ccurl_set_pointer(library, handle, CURLOPT_COPYPOSTFIELDS, $0.baseAddress) }
        } else {
            set(CURLOPT_COPYPOSTFIELDS, "")
        }
    }

    private func setHeaders(_ request: HTTPRequest) {
        // A name without a value removes a field that libcurl would add.
        let type = request.body == nil ? "Content-Type:" : "Content-Type: \(request.contentType)"
        for header in [type, "Accept: \(request.accept)", "Expect:"] + request.headers {
            headers = library.pointee.slist_append(headers, header)
        }
        _ = ccurl_set_pointer(library, handle, CURLOPT_HTTPHEADER, headers)
    }

    private func set(_ option: CURLoption, _ value: Int) {
        _ = ccurl_set_long(library, handle, option, value)
    }

    private func set(_ option: CURLoption, _ value: String) {
        _ = value.withCString { ccurl_set_pointer(library, handle, option, $0) }
    }

    /// Goes on with a stream that had no room.
    func resume() {
        _ = library.pointee.easy_pause(handle, 0)
    }

    /// The outcome. Call once libcurl has reported the transfer as done.
    func result(_ code: CURLcode) -> Result<HTTPReply, HTTPFailure> {
        if isTooLong { return .failure(.tooLong) }
        switch code {
        case CURLE_OK:
            return .success(HTTPReply(status: ccurl_info(library, handle, CURLINFO_RESPONSE_CODE), body: body))
        case CURLE_OPERATION_TIMEDOUT:
            return .failure(.timedOut)
        case CURLE_UNSUPPORTED_PROTOCOL where attempts > 0, CURLE_WEIRD_SERVER_REPLY:
            return .failure(.notHTTP(reason(code)))
        case CURLE_ABORTED_BY_CALLBACK:
            return .failure(.interrupted("the server closed the connection without an answer"))
        case CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR:
            return .failure(.interrupted(reason(code)))
        default:
            return .failure(attempts == 0 ? .unreachable(reason(code)) : .interrupted(reason(code)))
        }
    }

    private func reason(_ code: CURLcode) -> String {
        let errno = ccurl_info(library, handle, CURLINFO_OS_ERRNO)
        // libcurl's text would name the host of the URL, which is not used.
        if isUnixSocket, code == CURLE_COULDNT_CONNECT, errno != 0 { return String(cString: strerror(Int32(errno))) }
        if errorText.pointee != 0 { return String(cString: errorText) }
        return library.pointee.easy_strerror(code).map { String(cString: $0) } ?? "unknown error"
    }

    private static let onBytes: ccurl_write_callback = { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
        if let stream = transfer.stream {
            let isTaken = stream.take(UnsafeRawBufferPointer(start: bytes, count: size * count))
            return isTaken ? size * count : ccurl_write_pause
        }
        guard transfer.body.count + size * count <= transfer.maximumReplySize else {
            transfer.isTooLong = true
            return 0
        }
        transfer.body.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: size * count))
        return size * count
    }

    private static let onField: ccurl_write_callback = { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
        transfer.stream?.takeFieldLine(UnsafeRawBufferPointer(start: bytes, count: size * count))
        return size * count
    }

    /// Aborts retries of a POST. libcurl retries a request if a reused connection ends before the response, but the
    /// server may have carried it out.
    private static let onRequest: ccurl_request_callback = { context, _, _, _, _ in
        guard let context else { return CURL_PREREQFUNC_ABORT }
        let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
        transfer.attempts += 1
        return transfer.attempts == 1 || transfer.mayRepeat ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
    }
}
