internal import CMicroHTTPD

/// How requests are answered that are not answered at once. All of it is for the loop's thread.
extension HTTPLoop {
    // MARK: - For libmicrohttpd's callbacks, which are called in its turns

    /// Notes that there may be more to do when the turn has ended.
    func noteCall() {
        hasMore = true
    }

    /// Has a request answered when the turn has ended, and the flush of its route been called.
    func queue(_ exchange: HTTPExchange) {
        queued.append(exchange)
    }

    /// Has a request answered when another thread has the answer.
    func park(_ exchange: HTTPExchange) {
        exchange.reception.stage.park(at: parked.nextPlace)
        parked.append(exchange)
    }

    /// Ends an exchange, whose memory libmicrohttpd is about to give back.
    ///
    /// - Parameters:
    ///   - isShared: whether anybody but libmicrohttpd's connection has it.
    ///   - code: how the request came to its end.
    func end(_ exchange: HTTPExchange, isShared: Bool, _ code: MHD_RequestTerminationCode) {
        switch exchange.reception.stage.value {
        case .parked(let place): parked.remove(at: place)
        case .suspended(let place): suspended.remove(at: place)
        case .receiving, .refused, .handling, .queued, .answered, .failed, .gone: break
        }
        exchange.end(isShared: isShared)
        if let response = exchange.reception.response.take() { responses.giveBack(response) }
        core.unretainedBudget._withUnsafeGuaranteedRef { exchange.reception.releaseBody(in: $0) }
        if exchange.reception.isAwaited { core.handlerAnswered() }
        guard let client = exchange.reception.client, let body = client.body else { return core.exchangeEnded() }
        client.body = nil
        // The connection may serve another request.
        if let connection = exchange.connection {
            cmhd_set_timeout(connection, UInt32(clamping: core.gate.limits.idleTime))
        }
        end(body, code)
    }

    // MARK: - For its turns

    /// Has the queued requests served, and answers those that can be.
    func serveQueued() {
        var taken: [HTTPExchange] = []
        swap(&taken, &queued)
        swap(&queued, &spare)
        var flushed: UnsafeMutableRawPointer?
        for exchange in taken {
            guard let route = exchange.reception.route, route.toOpaque() != flushed else { continue }
            route._withUnsafeGuaranteedRef { $0.flush?() }
            flushed = route.toOpaque()
        }
        advanceTime()
        for exchange in taken {
            guard case .queued = exchange.reception.stage.value else { continue }
            if let response = exchange.takeAnswer(orWait: { { [self] in send(answerOf: exchange) } }) {
                reply(response, to: exchange)
            } else {
                park(exchange)
            }
        }
        hasMore = true
        taken.removeAll(keepingCapacity: true)
        spare = taken
    }

    /// Another thread has answered.
    func takeAnswer(of exchange: HTTPExchange) {
        switch exchange.reception.stage.value {
        case .parked(let place):
            parked.remove(at: place)
            if let response = exchange.takeAnswer(orWait: { {} }) { reply(response, to: exchange) }
            hasMore = true
        case .suspended(let place):
            suspended.remove(at: place)
            // libmicrohttpd asks for the answer then.
            exchange.reception.stage.resume()
            if let connection = exchange.connection { MHD_resume_connection(connection) }
        case .receiving, .refused, .queued, .handling, .answered, .failed, .gone:
            break
        }
    }

    private func reply(_ response: HTTPResponse, to exchange: HTTPExchange) {
        exchange.reception.stage.answer()
        exchange.reception.isAwaited = false
        core.handlerAnswered()
        noteAnswer(to: exchange)
        guard let connection = exchange.connection else { return }
        let isQueued = HTTPConnection.queue(response, to: exchange, on: connection, self)
        // Nothing else can be said, and libmicrohttpd closes the connection when it asks for the answer.
        if isQueued != .YES, case .answered = exchange.reception.stage.value { exchange.reception.stage.fail() }
    }

    /// Suspends the connections whose answers take longer.
    ///
    /// None is suspended in the call that begins to wait: libmicrohttpd would read from it when it is resumed, and close it
    /// without an answer if its client has closed its half.
    func suspendParked() {
        parked.removeAll { exchange in
            guard let connection = exchange.connection else { return }
            exchange.reception.stage.suspend(at: suspended.nextPlace)
            suspended.append(exchange)
            MHD_suspend_connection(connection)
        }
    }

    /// Gives up the requests that no thread has answered, as the loop ends.
    func failSuspended() {
        suspended.removeAll { exchange in
            exchange.reception.stage.fail()
            if let connection = exchange.connection { MHD_resume_connection(connection) }
        }
    }
}
