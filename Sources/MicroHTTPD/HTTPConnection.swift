internal import CMicroHTTPD
internal import Glibc

/// The callbacks of libmicrohttpd, one request at a time for each connection.
///
/// The first call for a request checks framing, path, method, content type and length before anything is allocated; later
/// calls collect the body; the last one answers; ``completed`` frees what the first one retained.
enum HTTPConnection {
    typealias UnescapeCallback =
        @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?, UnsafeMutablePointer<CChar>?) -> Int

    /// Leaves the percent-encoding alone: the router splits a path before it decodes it.
    static let keepEscapes: UnescapeCallback = { _, _, text in text.map { strlen($0) } ?? 0 }

    /// What libmicrohttpd says in the first call for a request.
    private struct Call {
        let connection: OpaquePointer

        // Both outlive the call, and are asked for much: to retain them each time would show.
        unowned(unsafe) let client: ClientConnection
        unowned(unsafe) let daemon: HTTPDaemon
        let url: UnsafePointer<CChar>
        let method: UnsafePointer<CChar>
        let version: UnsafePointer<CChar>
        let headerLength: Int
    }

    static let handle: MHD_AccessHandlerCallback = {
        context, connection, url, method, version, upload, uploadSize, state in
        guard let context, let connection, let url, let method, let version, let uploadSize, let state else {
            return .NO
        }
        unowned(unsafe) let daemon = Unmanaged<HTTPDaemon>.fromOpaque(context).takeUnretainedValue()
        guard let pointer = state.pointee, pointer != RequestTarget.malformed else {
            guard let client = ClientConnection.of(connection) else { return .NO }
            client.turn(to: .body)
            let call = Call(
                connection: connection, client: client, daemon: daemon, url: url, method: method, version: version,
                headerLength: cmhd_header_length(connection))
            return begin(call, state: state)
        }
        unowned(unsafe) let exchange = Unmanaged<HTTPExchange>.fromOpaque(pointer).takeUnretainedValue()
        if uploadSize.pointee > 0 {
            let bytes = UnsafeRawBufferPointer(start: upload, count: uploadSize.pointee)
            uploadSize.pointee = 0
            return collect(bytes, for: exchange, connection, daemon)
        }
        exchange.reception.client?.turn(to: .handling)
        return finish(exchange, connection, daemon)
    }

    /// Releases what ``begin`` retained. libmicrohttpd calls it once for each request, however it ended.
    static let completed: MHD_RequestCompletedCallback = { context, connection, state, _ in
        guard let context, let pointer = state?.pointee, pointer != RequestTarget.malformed else {
            connection.flatMap { ClientConnection.of($0) }?.turn(to: .header)
            return
        }
        state?.pointee = nil
        let exchange = Unmanaged<HTTPExchange>.fromOpaque(pointer).takeRetainedValue()
        exchange.reception.client?.turn(to: .header)
        unowned(unsafe) let daemon = Unmanaged<HTTPDaemon>.fromOpaque(context).takeUnretainedValue()
        if exchange.reception.isAwaited { daemon.handlerAnswered() }
        daemon.exchangeEnded()
    }

    /// The first call: the header is there, the body is not.
    private static func begin(
        _ call: Call, state: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    ) -> MHD_Result {
        var fields = HTTPKnownFields()
        var length = 0
        var refusal: HTTPError?
        let exchange: HTTPExchange
        do throws(HTTPError) {
            if state.pointee == RequestTarget.malformed {
                throw .malformed("The request target has a blank or a control character")
            }
            fields = try RequestFraming.check(
                call.connection, method: call.method, version: call.version, headerLength: call.headerLength)
            length = fields.contentLength.value.map(Self.number) ?? 0
            let method = HTTPMethod(call.method)
            let match = try route(call, method, fields)
            if length > 0 { try match.route.checkMediaType(fields.contentType.value) }
            let limit = call.daemon.maximumBodyLength(of: match.route)
            if length > limit { throw .contentTooLarge(limit: limit) }
            exchange = HTTPExchange(
                ReceivedHead(
                    connection: call.connection, method: method, match: match, isFromLoopback: call.client.peer.isLocal),
                HTTPReception(
                    client: call.client, contentType: fields.contentType, announcedLength: length, limit: limit))
        } catch {
            refusal = error
            exchange = HTTPExchange(nil, HTTPReception(client: call.client, refusal: error))
        }
        state.pointee = Unmanaged.passRetained(exchange).toOpaque()
        call.daemon.exchangeBegan()

        guard call.daemon.hasRoomForAnswer(to: call.connection, headerLength: call.headerLength) else {
            let error = HTTPError.headerTooLarge(limit: call.daemon.configuration.maximumHeaderLength)
            EarlyAnswer.send(call.daemon.errorResponse(error), to: call.connection)
            return .NO
        }
        // A refused body is read to its end while it is short, so that the client reads the answer and the connection
        // lives on; otherwise the answer is sent at once and the connection is closed.
        if let refusal,
            refusal.endsConnection || length > call.daemon.configuration.maximumDrainedLength || fields.expect.count > 0
        {
            return queue(call.daemon.errorResponse(refusal), on: call.connection, call.client, closing: true)
        }
        return .YES
    }

    /// The number that a text of digits means; 0 when it is none, which libmicrohttpd has refused.
    private static func number(_ digits: UnsafeRawBufferPointer) -> Int {
        var number = 0
        for byte in digits {
            let (tens, isLong) = number.multipliedReportingOverflow(by: 10)
            let (sum, isLonger) = tens.addingReportingOverflow(Int(byte) - Int(UInt8(ascii: "0")))
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), !isLong, !isLonger else { return 0 }
            number = sum
        }
        return number
    }

    /// Finds the route of a request that may be served.
    private static func route(
        _ call: Call, _ method: HTTPMethod, _ fields: HTTPKnownFields
    ) throws(HTTPError) -> Router.Match {
        let limit = call.daemon.configuration.maximumHeaderLength
        if call.headerLength > limit { throw .headerTooLarge(limit: limit) }
        let head = HTTPHead(
            method: method, target: call.url, version: call.version, fields: fields,
            headers: .headers(of: call.connection), peer: call.client.peer)
        let match: Router.Match
        if let route = call.daemon.router.route(method, call.url) {
            match = Router.Match(route)
        } else {
            guard let target = RequestTarget.split(String(cString: call.url)) else {
                throw .malformed("The request target is neither a path nor an http URL")
            }
            do throws(HTTPError) {
                match = try call.daemon.router.match(method, target.path)
            } catch {
                // Who may not be served is not told which routes there are.
                try call.daemon.admit(head, .read)
                throw error
            }
        }
        try call.daemon.admit(head, match.route.access)
        return match
    }

    private static func collect(
        _ bytes: UnsafeRawBufferPointer, for exchange: HTTPExchange, _ connection: OpaquePointer, _ daemon: HTTPDaemon
    ) -> MHD_Result {
        if case .receiving = exchange.reception.stage {
            let limit = exchange.reception.limit
            if exchange.receive(bytes, of: exchange.reception.announcedLength, limit: limit) { return .YES }
            exchange.reception.stage = .refused(.contentTooLarge(limit: limit))
        }
        guard case .refused(let error) = exchange.reception.stage else { return .YES }
        exchange.reception.drainedLength += bytes.count
        if exchange.reception.drainedLength <= daemon.configuration.maximumDrainedLength { return .YES }
        // Only a body in chunks gets here: its length was not known when it was let in.
        EarlyAnswer.send(daemon.errorResponse(error), to: connection)
        return .NO
    }

    /// The last call, and the one after a wait: the body is complete.
    private static func finish(
        _ exchange: HTTPExchange, _ connection: OpaquePointer, _ daemon: HTTPDaemon
    ) -> MHD_Result {
        switch exchange.reception.stage {
        case .refused(let error):
            return refuse(error, exchange, connection, daemon)
        case .receiving:
            guard let route = exchange.route else { return .NO }
            // A body with a length was checked when that was known; this is about a body in chunks.
            if exchange.reception.announcedLength == 0, !exchange.isBodyEmpty {
                do throws(HTTPError) {
                    try route.checkMediaType(exchange.reception.contentType.value)
                } catch {
                    return refuse(error, exchange, connection, daemon)
                }
            }
            // The daemon is about to stop, and this client was too slow.
            guard daemon.handlerBegins() else { return .NO }
            exchange.reception.isAwaited = true
            exchange.reception.stage = .handled
            route.handler(exchange)
            return answer(exchange, connection, daemon)
        case .handled:
            return answer(exchange, connection, daemon)
        }
    }

    private static func refuse(
        _ error: HTTPError, _ exchange: HTTPExchange, _ connection: OpaquePointer, _ daemon: HTTPDaemon
    ) -> MHD_Result {
        queue(
            daemon.errorResponse(error), on: connection, exchange.reception.client, closing: daemon.closesConnections)
    }

    private static func answer(
        _ exchange: HTTPExchange, _ connection: OpaquePointer, _ daemon: HTTPDaemon
    ) -> MHD_Result {
        nonisolated(unsafe) let waiting = connection  // libmicrohttpd allows to resume from any thread.
        let response = exchange.takeAnswer(orSuspend: {
            MHD_suspend_connection(waiting)
            return { MHD_resume_connection(waiting) }
        })
        guard let response else { return .YES }
        exchange.reception.isAwaited = false
        daemon.handlerAnswered()
        return queue(response, on: connection, exchange.reception.client, closing: daemon.closesConnections)
    }

    static func queue(
        _ response: HTTPResponse, on connection: OpaquePointer, _ client: ClientConnection?, closing: Bool
    ) -> MHD_Result {
        guard let native = native(response.content) else { return .NO }
        client?.turn(to: .answer)
        defer { MHD_destroy_response(native) }
        for field in response.fields {
            MHD_add_response_header(native, field.characters.name, field.characters.value)
        }
        if closing { MHD_add_response_header(native, "Connection", "close") }
        return LibraryAnswers.queue(connection, response.status.code, native)
    }

    /// A response of libmicrohttpd with a body. Bytes that can be shared are retained until it is destroyed.
    private static func native(_ content: HTTPResponse.Content) -> OpaquePointer? {
        switch content {
        case .bytes(let bytes):
            return bytes.withUnsafeBytes { body in
                MHD_create_response_from_buffer(
                    body.count, UnsafeMutableRawPointer(mutating: body.baseAddress), .RESPMEM_MUST_COPY)
            }
        case .shared(let shared):
            let owner = Unmanaged<AnyObject>.passRetained(shared.owner)
            let native = MHD_create_response_from_buffer_with_free_callback_cls(
                shared.bytes.count, UnsafeMutableRawPointer(mutating: shared.bytes.baseAddress), releaseOwner,
                owner.toOpaque())
            if native == nil { owner.release() }
            return native
        }
    }

    /// Releases the owner of shared bytes, when they have been sent to the last byte or never will be.
    private static let releaseOwner: MHD_ContentReaderFreeCallback = { owner in
        owner.map { Unmanaged<AnyObject>.fromOpaque($0).release() }
    }
}

extension HTTPError {
    /// Whether nothing more can be made of the connection's bytes.
    fileprivate var endsConnection: Bool {
        switch self {
        case .malformed, .headerTooLarge, .versionNotSupported: true
        case .unauthorized, .forbidden, .requestTimeout, .notFound, .methodNotAllowed, .contentTooLarge,
            .unsupportedMediaType:
            false
        }
    }
}
