internal import CMicroHTTPD

extension HTTPResponse {
    /// Makes a libmicrohttpd response, which the caller destroys with `MHD_destroy_response(3)`; nil when out of memory.
    ///
    /// - Parameter closing: whether to close the connection after the response.
    func native(closing: Bool) -> OpaquePointer? {
        let made: OpaquePointer?
        switch content {
        case .bytes(let bytes): made = Self.native(bytes)
        case .shared(let shared): made = Self.native(shared)
        // Its response is made by who sends it (``ProducedBody``).
        case .produced: made = nil
        }
        guard let native = made else { return nil }
        Self.add(fields, to: native)
        if closing { MHD_add_response_header(native, "Connection", "close") }
        return native
    }

    /// Adds header fields to a response of libmicrohttpd, which copies them.
    static func add(_ fields: [Field], to native: OpaquePointer) {
        for index in fields.indices {
            MHD_add_response_header(native, fields[index].characters.name, fields[index].characters.value)
        }
    }

    /// A response with a body of its own.
    private static func native(_ body: [UInt8]) -> OpaquePointer? {
        body.withUnsafeBytes {
            MHD_create_response_from_buffer(
                $0.count, UnsafeMutableRawPointer(mutating: $0.baseAddress), .RESPMEM_MUST_COPY)
        }
    }

    /// A response that shares its body, which is retained until libmicrohttpd destroys the response.
    private static func native(_ body: SharedBytes) -> OpaquePointer? {
        let retained = Unmanaged.passRetained(body)
        let native = MHD_create_response_from_buffer_with_free_callback_cls(
            body.bytes.count, UnsafeMutableRawPointer(mutating: body.bytes.baseAddress), release, retained.toOpaque())
        if native == nil { retained.release() }
        return native
    }

    /// Releases shared bytes: libmicrohttpd calls it when it destroys a response.
    private static let release: MHD_ContentReaderFreeCallback = { bytes in
        bytes.map { Unmanaged<SharedBytes>.fromOpaque($0).release() }
    }
}
