internal import CSystemd
internal import Glibc

/// Reports the state of the service to the service manager. Outside a systemd unit it does nothing.
///
/// A status is one line of text for people. Control characters in it are escaped, so that it cannot inject another
/// field.
///
/// The corresponding C function is `sd_notify(3)`. All methods throw ``SystemdError`` if the datagram cannot be sent.
package struct ServiceNotifier: Sendable {
    package init() {}

    /// Announces that requests are served, at the end of the start and of each reload.
    package func ready(status: String) throws(SystemdError) {
        try notify("READY=1\n" + Self.line(status))
    }

    /// Sets the status that `systemctl status` shows.
    package func status(_ status: String) throws(SystemdError) {
        try notify(Self.line(status))
    }

    /// Moves the start timeout to `time` from now. A negative time counts as none.
    package func extendTimeout(by time: Duration, status: String) throws(SystemdError) {
        try notify("EXTEND_TIMEOUT_USEC=\(time.microseconds)\n" + Self.line(status))
    }

    /// Announces the beginning of a reload; ``ready(status:)`` announces its end.
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

    /// Pings the watchdog. The service manager kills a service that does not ping it for ``watchdogInterval``.
    package func keepAlive() throws(SystemdError) {
        try notify("WATCHDOG=1")
    }

    /// `WatchdogSec=` of the unit; nil if there is no watchdog.
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
