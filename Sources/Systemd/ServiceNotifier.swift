internal import CSystemd

/// Tells the service manager how the service does. Outside a systemd unit it does nothing.
///
/// The corresponding C function is `sd_notify(3)`.
package struct ServiceNotifier: Sendable {
    package init() {}

    /// Announces that the sockets are bound and requests are answered.
    ///
    /// - Throws: ``SystemdError`` when the datagram could not be sent.
    package func ready(status: String) throws(SystemdError) {
        try notify("READY=1\nSTATUS=\(status)")
    }

    /// Announces that the service is about to stop, before its sockets close.
    ///
    /// - Throws: ``SystemdError`` when the datagram could not be sent.
    package func stopping() throws(SystemdError) {
        try notify("STOPPING=1\nSTATUS=Stopping")
    }

    private func notify(_ message: String) throws(SystemdError) {
        try check("sd_notify", sd_notify(0, message))
    }
}
