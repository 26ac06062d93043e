internal import CMicroHTTPD

/// A produced body while it is sent: the connection's end of a ``BodyPipe``.
///
/// SAFETY: only the thread of the loop uses it. libmicrohttpd's response retains it, the loop from the answer to the end of
/// the request, and the client for as long; `connection` and `native` are not used after that.
final class ProducedBody: @unchecked Sendable {
    let pipe: BodyPipe

    /// See ``HTTPResponse/isLasting``.
    let isLasting: Bool
    let client: ClientConnection
    private let loop: HTTPLoop
    private let connection: OpaquePointer

    /// libmicrohttpd's response.
    private var native: OpaquePointer?

    /// Whether the connection is suspended, because there is nothing to send.
    private var isSuspended = false

    init(_ pipe: BodyPipe, isLasting: Bool, to client: ClientConnection, on connection: OpaquePointer, _ loop: HTTPLoop)
    {
        self.pipe = pipe
        self.isLasting = isLasting
        self.client = client
        self.connection = connection
        self.loop = loop
    }

    // MARK: - Response

    /// Pieces of this length are sent to HTTP/1.0, in bytes, and each response has memory for one. For HTTP/1.1, which all
    /// followers speak, libmicrohttpd fills what is left of the memory of the connection.
    private static let blockLength = 1 << 10

    /// What a content reader returns in place of a length: `MHD_CONTENT_READER_END_OF_STREAM` and `_END_WITH_ERROR`, macros
    /// that Swift does not import.
    private static let endOfStream = -1
    private static let endWithError = -2

    /// `MHD_SIZE_UNKNOWN`, a macro that Swift does not import.
    private static let unknownLength = UInt64.max

    /// The response of libmicrohttpd, which `MHD_destroy_response` gives back; nil when there is no memory for it.
    func response() -> OpaquePointer? {
        // SAFETY: libmicrohttpd releases it when the response is destroyed, which is after its last call of `read`.
        let context = Unmanaged.passRetained(self)
        native = MHD_create_response_from_callback(
            Self.unknownLength, Self.blockLength, Self.read, context.toOpaque(), Self.release)
        if native == nil { context.release() }
        return native
    }

    /// The response to a `HEAD` request.
    ///
    /// libmicrohttpd 0.9.75 would end a body in chunks that it does not send.
    static func headResponse() -> OpaquePointer? {
        let native = MHD_create_response_from_callback(unknownLength, 1, readNothing, nil, nil)
        if let native { cmhd_end_by_closing(native) }
        return native
    }

    private static let read: MHD_ContentReaderCallback = { context, _, buffer, length in
        guard let context, let buffer else { return endWithError }
        return Unmanaged<ProducedBody>.fromOpaque(context)._withUnsafeGuaranteedRef {
            $0.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: length))
        }
    }

    private static let readNothing: MHD_ContentReaderCallback = { _, _, _, _ in endWithError }

    private static let release: MHD_ContentReaderFreeCallback = { context in
        if let context { Unmanaged<ProducedBody>.fromOpaque(context).release() }
    }

    private func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        switch pipe.take(into: buffer) {
        case .bytes(let count):
            loop.noteCall()
            return count
        case .nothing:
            isSuspended = true
            MHD_suspend_connection(connection)
            return 0
        case .end(let trailers):
            loop.noteCall()
            for field in trailers {
                MHD_add_response_footer(native, field.characters.name, field.characters.value)
            }
            return Self.endOfStream
        case .broken:
            return Self.endWithError
        }
    }

    // MARK: - For the loop

    /// Has libmicrohttpd ask for what there is to send, or close the connection of a body that was broken off.
    func attend() {
        if isSuspended {
            isSuspended = false
            MHD_resume_connection(connection)
            // libmicrohttpd does not count it as something to do (MHD_get_timeout).
            loop.noteCall()
        } else if pipe.isBroken {
            // libmicrohttpd waits for the client to take what it has, and would not ask.
            client.shutDown()
        }
    }

    /// Sends nothing more, and closes the connection.
    func breakOff(_ end: HTTPBodyWriter.End) {
        pipe.breakOff(end)
        attend()
    }
}
