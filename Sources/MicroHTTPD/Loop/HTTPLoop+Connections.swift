internal import CMicroHTTPD

/// What becomes of connections. All of it is for the loop's thread.
extension HTTPLoop {
    /// A client has connected.
    func begin(_ client: ClientConnection) {
        halfCloseWatcher.watch(client)
        core.connectionBegan()
        if !core.gate.insert(client) { client.shutDown() }
    }

    /// A connection is about to be closed.
    func end(_ client: ClientConnection) {
        client.isOpen = false
        halfCloseWatcher.forget(client)
        // libmicrohttpd accepts connections again in the turn after the one in which there was room.
        if core.gate.remove(client) { noteCall() }
        core.connectionEnded()
    }

    /// A client sends no more. It is given the answers to what it has sent, but for a produced body, which might never end.
    func noteHalfClosed(_ client: ClientConnection) {
        client.isHalfClosed = true
        halfClosed.append(client)
        client.body?.breakOff(.clientGone)
        // libmicrohttpd is to hear what the client sent last, before its connection is shut down.
        noteCall()
    }

    /// Shuts the connections down whose clients send no more and wait for no answer, which libmicrohttpd does notice.
    func shutDownHalfClosed() {
        if halfClosed.isEmpty { return }
        halfClosed.removeAll { client in
            guard client.isOpen, !client.expectsAnswer else { return !client.isOpen }
            client.shutDown()
            return true
        }
    }

    /// Ends a connection that is idle, to make room for another one.
    func endIdle(_ client: ClientConnection, at position: UInt) {
        guard client.isOpen else { return }
        // A request that has come meanwhile is served.
        guard client.position.number == position, !client.hasUnread else { return core.gate.keep(client) }
        client.shutDown()
    }

    /// Ends a connection whose phase has lasted too long, with an answer if it is to a request that does not come to its end.
    func endSlow(_ client: ClientConnection, at position: UInt) {
        let (phase, number) = client.position
        guard client.isOpen, number == position else { return }
        let response = core.gate.refuseSlow(client)
        if phase != .answer, !client.isEncrypted, let response {
            counters.count(response.status, of: nil)
            counters.count(.requestTimeout)
            EarlyAnswer.send(response, to: client.descriptor)
        }
        client.shutDown()
    }
}
