internal import CMicroHTTPD
internal import Synchronization

extension HTTPDaemon {
    static let acceptPolicy: MHD_AcceptPolicyCallback = { context, address, _ in
        guard let context else { return .NO }
        let daemon = Unmanaged<HTTPLoop>.fromOpaque(context).takeUnretainedValue().daemon
        return daemon.gate.admits(address.map { HTTPPeer($0) } ?? .unixSocket) ? .YES : .NO
    }

    /// Retains a ``ClientConnection`` for each connection, and releases it at the end.
    static let connectionChanged: MHD_NotifyConnectionCallback = { context, connection, state, change in
        guard let context, let connection, let state else { return }
        let loop = Unmanaged<HTTPLoop>.fromOpaque(context).takeUnretainedValue()
        let daemon = loop.daemon
        if change == .CONNECTION_NOTIFY_STARTED {
            let session = cmhd_tls_session(connection)
            let identity = session == nil ? nil : daemon.identity.withLock { $0 }
            if let session { identity?.use(in: session) }
            let client = ClientConnection(connection, identity: identity)
            state.pointee = Unmanaged.passRetained(client).toOpaque()
            loop.watch(client)
            daemon.gate.insert(client)
            daemon.connectionBegan()
        } else if let pointer = state.pointee {
            let client = Unmanaged<ClientConnection>.fromOpaque(pointer).takeRetainedValue()
            state.pointee = nil
            daemon.gate.remove(client)
            daemon.connectionEnded()
        }
    }
}
