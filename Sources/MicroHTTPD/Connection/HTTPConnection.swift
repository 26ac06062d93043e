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
    struct Call {
        let connection: OpaquePointer
        let url: UnsafePointer<CChar>
        let method: UnsafePointer<CChar>
        let version: UnsafePointer<CChar>
        let headerLength: Int
    }

    // SAFETY: the context is the loop that makes these calls, and retained by its thread; the state of a request is an
    // exchange that `begin` retains and `completed` releases; the connection's ClientConnection outlives its requests.
    // `_withUnsafeGuaranteedRef` says so, for to retain them in each call would show.

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
                return client._withUnsafeGuaranteedRef { begin(call, state: state, $0, loop.core) }
            }
            return Unmanaged<HTTPExchange>.fromOpaque(pointer)._withUnsafeGuaranteedRef { exchange in
                if uploadSize.pointee == 0 { return finish(exchange, connection, loop) }
                let bytes = UnsafeRawBufferPointer(start: upload, count: uploadSize.pointee)
                uploadSize.pointee = 0
                return collect(bytes, for: exchange, connection, loop)
            }
        }
    }

    /// Releases what ``begin`` retained. libmicrohttpd calls it once for each request, however it ended, and before it gives
    /// back the memory of the request.
    static let completed: MHD_RequestCompletedCallback = { context, connection, state, code in
        connection.flatMap { ClientConnection.reference(of: $0) }?._withUnsafeGuaranteedRef { $0.turn(to: .header) }
        guard let context, let pointer = state?.pointee, pointer != RequestTarget.malformed else { return }
        state?.pointee = nil
        var exchange = Unmanaged<HTTPExchange>.fromOpaque(pointer).takeRetainedValue()
        let isShared = !isKnownUniquelyReferenced(&exchange)
        Unmanaged<HTTPLoop>.fromOpaque(context)._withUnsafeGuaranteedRef {
            $0.end(exchange, isShared: isShared, code)
        }
    }

    private static func collect(
        _ bytes: UnsafeRawBufferPointer, for exchange: HTTPExchange, _ connection: OpaquePointer, _ loop: HTTPLoop
    ) -> MHD_Result {
        loop.noteCall()
        let core = loop.core
        if case .receiving = exchange.reception.stage.value, exchange.reception.inflater != nil {
            guard let error = inflate(bytes, for: exchange, core) else { return .YES }
            exchange.reception.inflater = nil
            exchange.refuseBody(error, in: core.budget)
        } else if case .receiving = exchange.reception.stage.value {
            let limit = exchange.reception.limit
            let length = exchange.reception.announcedLength
            let hasRoom = length > 0 || exchange.reception.reserve(bytes.count, in: core.budget)
            if hasRoom, exchange.receive(bytes, of: length, limit: limit) { return .YES }
            let error: HTTPError =
                hasRoom ? .contentTooLarge(limit: limit) : .bodiesTooLarge(limit: core.budget.limit)
            exchange.refuseBody(error, in: core.budget)
        }
        guard case .refused(let error) = exchange.reception.stage.value else { return .YES }
        exchange.reception.drainedLength += bytes.count
        if exchange.reception.drainedLength <= core.configuration.maximumDrainedLength { return .YES }
        // Only a body in chunks gets here: its length was not known when it was let in.
        EarlyAnswer.send(
            response(to: error, exchange, connection, core), of: exchange.reception.route, to: connection)
        return .NO
    }

    /// The last call, and those during and after a wait: the body is complete.
    private static func finish(
        _ exchange: HTTPExchange, _ connection: OpaquePointer, _ loop: HTTPLoop
    ) -> MHD_Result {
        let core = loop.core
        switch exchange.reception.stage.value {
        case .refused(let error):
            return refuse(error, exchange, connection, core)
        case .receiving:
            loop.noteCall()
            exchange.reception.client?.turn(to: .handling)
            guard let route = exchange.reception.route else { return .NO }
            if exchange.reception.inflater != nil, let error = endInflating(exchange) {
                return refuse(error, exchange, connection, core)
            }
            // A body with a length was checked when that was known; this is about a body in chunks.
            if exchange.reception.announcedLength == 0, !exchange.isBodyEmpty {
                do throws(HTTPError) {
                    try route.takeUnretainedValue().checkMediaType(exchange.reception.contentType.value)
                } catch {
                    return refuse(error, exchange, connection, core)
                }
            }
            // The daemon is about to stop, and this client was too slow.
            guard core.handlerBegins() else { return .NO }
            exchange.reception.isAwaited = true
            exchange.reception.stage.handle()
            loop.noteBegin(of: exchange)
            route._withUnsafeGuaranteedRef { route in
                if let workers = core.workers(for: route), workers.run(route, exchange) { return }
                route.handler(exchange)
            }
            guard case .queued = exchange.reception.stage.value else { return answer(exchange, connection, loop) }
            loop.queue(exchange)
            return .YES
        case .handling:
            return answer(exchange, connection, loop)
        case .queued, .parked, .suspended, .answered:
            return .YES
        case .failed, .gone:
            return .NO
        }
    }

    private static func refuse(
        _ error: HTTPError, _ exchange: HTTPExchange, _ connection: OpaquePointer, _ core: DaemonCore
    ) -> MHD_Result {
        queue(
            response(to: error, exchange, connection, core), of: exchange.reception.route, on: connection,
            exchange.reception.client, closing: error.endsConnection || core.closesConnections)
    }
}
