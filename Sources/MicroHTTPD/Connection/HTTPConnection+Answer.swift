internal import CMicroHTTPD

/// How answers are handed to libmicrohttpd.
extension HTTPConnection {
    static func answer(
        _ exchange: HTTPExchange, _ connection: OpaquePointer, _ loop: HTTPLoop
    ) -> MHD_Result {
        let response = exchange.takeAnswer(orWait: {
            loop.park(exchange)
            return { loop.send(answerOf: exchange) }
        })
        guard let response else { return .YES }
        exchange.reception.stage.answer()
        exchange.reception.isAwaited = false
        loop.core.handlerAnswered()
        loop.advanceTime()
        loop.noteAnswer(to: exchange)
        return queue(response, to: exchange, on: connection, loop)
    }

    /// Queues the answer of a handler.
    static func queue(
        _ response: HTTPResponse, to exchange: HTTPExchange, on connection: OpaquePointer, _ loop: HTTPLoop
    ) -> MHD_Result {
        if let body = response.produced { return loop.send(body, response, to: exchange, on: connection) }
        let client = exchange.reception.client
        guard !loop.core.closesConnections, let pooled = loop.responses.take(response) else {
            return queue(
                response, of: exchange.reception.route, on: connection, client, closing: loop.core.closesConnections)
        }
        exchange.reception.response = pooled
        loop.counters.count(response.status, of: exchange.reception.route)
        client?.turn(to: .answer)
        return LibraryAnswers.queue(connection, response.status.code, pooled.native)
    }

    /// Queues an answer that is sent with a response of its own.
    ///
    /// - Parameter route: that of the request; nil when it has none.
    static func queue(
        _ response: HTTPResponse, of route: Unmanaged<Route>?, on connection: OpaquePointer,
        _ client: ClientConnection?, closing: Bool
    ) -> MHD_Result {
        guard let native = response.native(closing: closing) else { return .NO }
        defer { MHD_destroy_response(native) }
        client?.turn(to: .answer)
        client?.loop.counters.count(response.status, of: route)
        return LibraryAnswers.queue(connection, response.status.code, native)
    }

    /// Queues an answer without a body of its own, or with one that is produced.
    ///
    /// - Parameter native: the response, which is given back; nil when there was no memory for it.
    static func queue(
        _ native: OpaquePointer?, _ response: HTTPResponse, of route: Unmanaged<Route>?, on connection: OpaquePointer,
        _ client: ClientConnection,
        _ loop: HTTPLoop
    ) -> MHD_Result {
        guard let native else { return .NO }
        defer { MHD_destroy_response(native) }
        HTTPResponse.add(response.fields, to: native)
        if loop.core.closesConnections { MHD_add_response_header(native, "Connection", "close") }
        client.turn(to: .answer)
        loop.counters.count(response.status, of: route)
        return LibraryAnswers.queue(connection, response.status.code, native)
    }
}
