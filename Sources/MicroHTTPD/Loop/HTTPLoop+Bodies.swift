internal import CMicroHTTPD

/// How produced bodies are sent. All of it is for the loop's thread, but for ``attend(to:)``.
extension HTTPLoop {
    /// Has the body sent that there is now, or its connection closed. Any thread may call it.
    func attend(to pipe: BodyPipe) {
        mailbox.post { $0.pipes.append(pipe) }
    }

    /// Answers with a produced body.
    func send(
        _ pipe: BodyPipe, _ response: HTTPResponse, to exchange: HTTPExchange, on connection: OpaquePointer
    ) -> MHD_Result {
        guard let client = exchange.reception.client else { return .NO }
        guard !exchange.isHead else {
            pipe.close(.unwanted)
            return HTTPConnection.queue(
                ProducedBody.headResponse(), response, of: exchange.reception.route, on: connection, client, self)
        }
        guard pipe.begin(self) else {
            assertionFailure("a produced body belongs to one response")
            return .NO
        }
        let body = ProducedBody(pipe, isLasting: response.isLasting, to: client, on: connection, self)
        client.body = body
        client.keepLittleUnsent()
        bodies[ObjectIdentifier(pipe)] = body
        core.bodyBegan()
        if response.isLasting { core.gate.setApart(client) }
        // libmicrohttpd ends a connection that makes no progress for this time, and is not suspended.
        cmhd_set_timeout(connection, UInt32(clamping: exchange.reception.stallTime))
        if isStopping { pipe.tellStopping() }
        if client.isHalfClosed { pipe.breakOff(.clientGone) }
        let isQueued = HTTPConnection.queue(
            body.response(), response, of: exchange.reception.route, on: connection, client, self)
        client.turn(to: .producing)
        return isQueued
    }

    /// Does what the producer wants.
    func attendNow(to pipe: BodyPipe) {
        bodies[ObjectIdentifier(pipe)]?.attend()
    }

    /// The request has ended whose answer has this body.
    func end(_ body: ProducedBody, _ code: MHD_RequestTerminationCode) {
        bodies[ObjectIdentifier(body.pipe)] = nil
        core.bodyEnded()
        if body.isLasting { core.gate.count(body.client) }
        switch code {
        case .REQUEST_TERMINATED_COMPLETED_OK: body.pipe.close(.clientGone, isComplete: true)
        case .REQUEST_TERMINATED_TIMEOUT_REACHED: body.pipe.close(.stalled)
        case .REQUEST_TERMINATED_DAEMON_SHUTDOWN: body.pipe.close(.serverStopped)
        default: body.pipe.close(.clientGone)
        }
    }

    /// Tells the producers that the server is about to stop.
    func tellStopping() {
        isStopping = true
        for body in bodies.values { body.pipe.tellStopping() }
    }

    /// Closes the connections of all produced bodies, as the loop ends.
    func breakOffBodies() {
        for body in bodies.values { body.breakOff(.serverStopped) }
    }
}
