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
        let url: UnsafePointer<CChar>
        let method: UnsafePointer<CChar>
        let version: UnsafePointer<CChar>
        let headerLength: Int
    }

    // Daemon, connection and exchange outlive each call and are asked for much. To retain them would show, so what they are
    // is told by `_withUnsafeGuaranteedRef`.

    static let handle: MHD_AccessHandlerCallback = {
        context, connection, url, method, version, upload, uploadSize, state in
        guard let context, let connection, let url, let method, let version, let uploadSize, let state else {
            return .NO
        }
        return Unmanaged<HTTPLoop>.fromOpaque(context)._withUnsafeGuaranteedRef { loop in
            guard let pointer = state.pointee, pointer != RequestTarget.malformed else {
                guard let client = ClientConnection.reference(of: connection) else { return .NO }
                let call = Call(
                    connection: connection, url: url, method: method, version: version,
                    headerLength: cmhd_header_length(connection))
                return client._withUnsafeGuaranteedRef { begin(call, state: state, $0, loop.daemon) }
            }
            return Unmanaged<HTTPExchange>.fromOpaque(pointer)._withUnsafeGuaranteedRef { exchange in
                if uploadSize.pointee == 0 { return finish(exchange, connection, loop) }
                let bytes = UnsafeRawBufferPointer(start: upload, count: uploadSize.pointee)
                uploadSize.pointee = 0
                return collect(bytes, for: exchange, connection, loop)
            }
        }
    }

    /// Releases what ``begin`` retained. libmicrohttpd calls it once for each request, however it ended.
    static let completed: MHD_RequestCompletedCallback = { context, connection, state, _ in
        connection.flatMap { ClientConnection.reference(of: $0) }?._withUnsafeGuaranteedRef { $0.turn(to: .header) }
        guard let context, let pointer = state?.pointee, pointer != RequestTarget.malformed else { return }
        state?.pointee = nil
        let exchange = Unmanaged<HTTPExchange>.fromOpaque(pointer)
        Unmanaged<HTTPLoop>.fromOpaque(context)._withUnsafeGuaranteedRef { loop in
            exchange._withUnsafeGuaranteedRef { exchange in
                loop.forget(exchange)
                if let response = exchange.reception.response { loop.responses.giveBack(response) }
                loop.daemon.unretainedBudget._withUnsafeGuaranteedRef { exchange.reception.releaseBody(in: $0) }
                if exchange.reception.isAwaited { loop.daemon.handlerAnswered() }
            }
            exchange.release()
            loop.daemon.exchangeEnded()
        }
    }

    /// The first call: the header is there, the body is not.
    private static func begin(
        _ call: Call, state: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ client: ClientConnection,
        _ daemon: HTTPDaemon
    ) -> MHD_Result {
        client.turn(to: .body)
        var fields = HTTPKnownFields()
        var length = 0
        var refusal: HTTPError?
        var found: Unmanaged<Route>?
        let exchange: HTTPExchange
        do throws(HTTPError) {
            if state.pointee == RequestTarget.malformed {
                throw .malformed("The request target has a blank or a control character")
            }
            try RequestFraming.check(
                call.connection, method: call.method, version: call.version, headerLength: call.headerLength,
                into: &fields)
            length = fields.contentLength.value.map(Self.number) ?? 0
            let method = HTTPMethod(call.method)
            let match = try route(call, method, fields, client, daemon, &found)
            if length > 0 { try match.route.checkMediaType(fields.contentType.value) }
            let limit = daemon.maximumBodyLength(of: match.route)
            if length > limit { throw .contentTooLarge(limit: limit) }
            if length > 0, !daemon.unretainedBudget._withUnsafeGuaranteedRef({ $0.reserve(length, of: length) }) {
                throw .bodiesTooLarge(limit: daemon.budget.limit)
            }
            exchange = HTTPExchange(
                ReceivedHead(
                    connection: call.connection, method: method, match: match, isFromLoopback: client.peer.isLocal),
                HTTPReception(
                    client: client, route: Unmanaged.passUnretained(match.route), contentType: fields.contentType,
                    announcedLength: length, limit: limit, reservedLength: length))
        } catch {
            refusal = error
            exchange = HTTPExchange(nil, HTTPReception(client: client, route: found, refusal: error))
        }
        state.pointee = Unmanaged.passRetained(exchange).toOpaque()
        daemon.exchangeBegan()

        guard daemon.hasRoomForAnswer(to: call.connection, headerLength: call.headerLength) else {
            let error = HTTPError.headerTooLarge(limit: daemon.configuration.maximumHeaderLength)
            EarlyAnswer.send(daemon.errorResponse(error), to: call.connection)
            return .NO
        }
        // A refused body is read to its end while it is short, so that the client reads the answer and the connection
        // lives on; otherwise the answer is sent at once and the connection is closed.
        if let refusal,
            refusal.endsConnection || length > daemon.configuration.maximumDrainedLength || fields.expect.count > 0
        {
            let response = response(to: refusal, exchange, call.connection, daemon)
            return queue(response, on: call.connection, client, closing: true)
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
    ///
    /// - Parameter found: is set to the route, also when the request is then refused; the daemon's router retains it.
    private static func route(
        _ call: Call, _ method: HTTPMethod, _ fields: HTTPKnownFields, _ client: ClientConnection, _ daemon: HTTPDaemon,
        _ found: inout Unmanaged<Route>?
    ) throws(HTTPError) -> Router.Match {
        let limit = daemon.configuration.maximumHeaderLength
        if call.headerLength > limit { throw .headerTooLarge(limit: limit) }
        let head = HTTPHead(
            method: method, target: call.url, version: call.version, fields: fields, peer: client.peer)
        let match: Router.Match
        if let route = daemon.router.route(method, call.url) {
            match = Router.Match(route)
        } else {
            guard let target = RequestTarget.split(String(cString: call.url)) else {
                throw .malformed("The request target is neither a path nor an http URL")
            }
            do throws(HTTPError) {
                match = try daemon.router.match(method, target.path)
            } catch {
                // Who may not be served is not told which routes there are.
                try daemon.admit(head, .read)
                throw error
            }
        }
        found = Unmanaged.passUnretained(match.route)
        try daemon.admit(head, match.route.access)
        return match
    }

    private static func collect(
        _ bytes: UnsafeRawBufferPointer, for exchange: HTTPExchange, _ connection: OpaquePointer, _ loop: HTTPLoop
    ) -> MHD_Result {
        loop.noteCall()
        let daemon = loop.daemon
        if case .receiving = exchange.reception.stage {
            let limit = exchange.reception.limit
            let length = exchange.reception.announcedLength
            let hasRoom = length > 0 || exchange.reception.reserve(bytes.count, in: daemon.budget)
            if hasRoom, exchange.receive(bytes, of: length, limit: limit) { return .YES }
            let error: HTTPError =
                hasRoom ? .contentTooLarge(limit: limit) : .bodiesTooLarge(limit: daemon.budget.limit)
            exchange.refuseBody(error, in: daemon.budget)
        }
        guard case .refused(let error) = exchange.reception.stage else { return .YES }
        exchange.reception.drainedLength += bytes.count
        if exchange.reception.drainedLength <= daemon.configuration.maximumDrainedLength { return .YES }
        // Only a body in chunks gets here: its length was not known when it was let in.
        EarlyAnswer.send(response(to: error, exchange, connection, daemon), to: connection)
        return .NO
    }

    /// The response to a request that is refused, as its route has it.
    private static func response(
        to error: HTTPError, _ exchange: HTTPExchange, _ connection: OpaquePointer, _ daemon: HTTPDaemon
    ) -> HTTPResponse {
        guard let encoder = exchange.reception.route?.takeUnretainedValue().errorEncoder else {
            return daemon.errorResponse(error)
        }
        return encoder(error, HTTPFields(of: connection))
    }

    /// The last call, and those during and after a wait: the body is complete.
    private static func finish(
        _ exchange: HTTPExchange, _ connection: OpaquePointer, _ loop: HTTPLoop
    ) -> MHD_Result {
        let daemon = loop.daemon
        switch exchange.reception.stage {
        case .refused(let error):
            return refuse(error, exchange, connection, daemon)
        case .receiving:
            loop.noteCall()
            exchange.reception.client?.turn(to: .handling)
            guard let route = exchange.reception.route else { return .NO }
            // A body with a length was checked when that was known; this is about a body in chunks.
            if exchange.reception.announcedLength == 0, !exchange.isBodyEmpty {
                do throws(HTTPError) {
                    try route.takeUnretainedValue().checkMediaType(exchange.reception.contentType.value)
                } catch {
                    return refuse(error, exchange, connection, daemon)
                }
            }
            // The daemon is about to stop, and this client was too slow.
            guard daemon.handlerBegins() else { return .NO }
            exchange.reception.isAwaited = true
            exchange.reception.stage = .handled
            route._withUnsafeGuaranteedRef { $0.handler(exchange) }
            guard case .queued = exchange.reception.stage else { return answer(exchange, connection, loop) }
            loop.queue(exchange)
            return .YES
        case .handled:
            return answer(exchange, connection, loop)
        case .queued, .left, .suspended:
            return .YES
        case .failed, .gone:
            return .NO
        }
    }

    private static func refuse(
        _ error: HTTPError, _ exchange: HTTPExchange, _ connection: OpaquePointer, _ daemon: HTTPDaemon
    ) -> MHD_Result {
        queue(
            response(to: error, exchange, connection, daemon), on: connection, exchange.reception.client,
            closing: daemon.closesConnections)
    }

    private static func answer(
        _ exchange: HTTPExchange, _ connection: OpaquePointer, _ loop: HTTPLoop
    ) -> MHD_Result {
        let response = exchange.takeAnswer(orWait: {
            MHD_suspend_connection(connection)
            exchange.reception.stage = .suspended
            return { loop.send(answerOf: exchange) }
        })
        guard let response else { return .YES }
        exchange.reception.isAwaited = false
        loop.daemon.handlerAnswered()
        return queue(response, to: exchange, on: connection, loop)
    }

    /// Queues the answer of a handler.
    static func queue(
        _ response: HTTPResponse, to exchange: HTTPExchange, on connection: OpaquePointer, _ loop: HTTPLoop
    ) -> MHD_Result {
        let client = exchange.reception.client
        guard !loop.daemon.closesConnections, let pooled = loop.responses.take(response) else {
            return queue(response, on: connection, client, closing: loop.daemon.closesConnections)
        }
        exchange.reception.response = pooled
        client?.turn(to: .answer)
        return LibraryAnswers.queue(connection, response.status.code, pooled.native)
    }

    /// Queues an answer that is sent with a response of its own.
    static func queue(
        _ response: HTTPResponse, on connection: OpaquePointer, _ client: ClientConnection?, closing: Bool
    ) -> MHD_Result {
        guard let native = response.native(closing: closing) else { return .NO }
        defer { MHD_destroy_response(native) }
        client?.turn(to: .answer)
        return LibraryAnswers.queue(connection, response.status.code, native)
    }
}

extension HTTPError {
    /// Whether nothing more can be made of the connection's bytes.
    fileprivate var endsConnection: Bool {
        switch self {
        case .malformed, .headerTooLarge, .versionNotSupported: true
        case .unauthorized, .forbidden, .requestTimeout, .notFound, .methodNotAllowed, .contentTooLarge,
            .bodiesTooLarge, .unsupportedMediaType:
            false
        }
    }
}
