internal import CMicroHTTPD

/// What becomes of connections. All of it is for the loop's thread.
extension HTTPLoop {
    /// A client has connected.
    func begin(_ client: ClientConnection) {
        halfCloseWatcher.watch(client)
        core.gate.insert(client)
        core.connectionBegan()
    }

    /// A connection is about to be closed.
    func end(_ client: ClientConnection) {
        client.isOpen = false
        halfCloseWatcher.forget(client)
        core.gate.remove(client)
        core.connectionEnded()
    }

    /// Shuts a connection down whose client sends no more, which libmicrohttpd does notice.
    func endHalfClosed(_ client: ClientConnection) {
        client.isHalfClosed = true
        client.shutDown()
        // libmicrohttpd does not look at a connection that is suspended.
        client.body?.breakOff(.clientGone)
    }

    /// Ends a connection whose phase has lasted too long, with an answer if it is to a request that does not come to its end.
    func endSlow(_ client: ClientConnection, at position: UInt) {
        let (phase, number) = client.position
        guard client.isOpen, number == position else { return }
        let response = core.gate.refuseSlow(client)
        if phase != .answer, !client.isEncrypted, let response { EarlyAnswer.send(response, to: client.descriptor) }
        client.shutDown()
    }
}
