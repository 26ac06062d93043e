internal import CSystemd
internal import Glibc

/// Tells the service manager how the service does. Outside a systemd unit it does nothing.
///
/// A status is one line of text for people; control characters in it are escaped, so that it cannot hold another message.
///
/// The corresponding C function is `sd_notify(3)`. All methods throw ``SystemdError`` when the datagram could not be sent.
package struct ServiceNotifier: Sendable {
    package init() {}

    /// Announces that the sockets are bound and requests are answered; also the end of a reload.
    package func ready(status: String) throws(SystemdError) {
        try notify("READY=1\n" + Self.line(status))
    }

    /// Says what the service does now.
    package func status(_ status: String) throws(SystemdError) {
        try notify(Self.line(status))
    }

    /// Asks for more time to start: so much from now, however long it has taken already. A negative time counts as none.
    package func extendTimeout(by time: Duration, status: String) throws(SystemdError) {
        try notify("EXTEND_TIMEOUT_USEC=\(time.microseconds)\n" + Self.line(status))
    }

    /// Announces that the configuration is read again; ``ready(status:)`` ends that.
    package func reloading() throws(SystemdError) {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let microseconds = UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1_000
        try notify("RELOADING=1\nMONOTONIC_USEC=\(microseconds)\n" + Self.line("Reloading"))
    }

    /// Announces that the service is about to stop, before its sockets close.
    package func stopping() throws(SystemdError) {
        try notify("STOPPING=1\n" + Self.line("Stopping"))
    }

    /// Shows that the service works. The service manager ends one from which it hears nothing for ``watchdogInterval``.
    package func keepAlive() throws(SystemdError) {
        try notify("WATCHDOG=1")
    }

    /// `WatchdogSec=` of the unit; nil when there is no watchdog.
    ///
    /// The corresponding C function is `sd_watchdog_enabled(3)`.
    package var watchdogInterval: Duration? {
        var interval: UInt64 = 0
        return sd_watchdog_enabled(0, &interval) > 0 ? .microseconds(Int64(clamping: interval)) : nil
    }

    private static func line(_ status: String) -> String { "STATUS=" + status.printable }

    private func notify(_ message: String) throws(SystemdError) {
        try check("sd_notify", sd_notify(0, message))
    }
}
