internal import CMicroHTTPD
internal import Synchronization

/// The callbacks of libmicrohttpd that are about connections.
///
/// SAFETY: their context is an ``HTTPLoop``, which is retained by the thread that makes all these calls.
extension DaemonCore {
    static let acceptPolicy: MHD_AcceptPolicyCallback = { context, address, _ in
        guard let context else { return .NO }
        let core = Unmanaged<HTTPLoop>.fromOpaque(context).takeUnretainedValue().core
        return core.gate.admits(address.map { HTTPPeer($0) } ?? .unixSocket) ? .YES : .NO
    }

    /// Retains a ``ClientConnection`` for each connection, and releases it at the end.
    static let connectionChanged: MHD_NotifyConnectionCallback = { context, connection, state, change in
        guard let context, let connection, let state else { return }
        let loop = Unmanaged<HTTPLoop>.fromOpaque(context).takeUnretainedValue()
        if change == .CONNECTION_NOTIFY_STARTED {
            let session = cmhd_tls_session(connection)
            let identity = session == nil ? nil : loop.core.identity.withLock { $0 }
            if let session { identity?.use(in: session) }
            let client = ClientConnection(connection, of: loop, identity: identity)
            state.pointee = Unmanaged.passRetained(client).toOpaque()
            loop.begin(client)
        } else if let pointer = state.pointee {
            // The descriptor is closed after this call.
            state.pointee = nil
            loop.end(Unmanaged<ClientConnection>.fromOpaque(pointer).takeRetainedValue())
        }
    }
}
