internal import Glibc

/// A failure of a socket call: the function, what it was about, and its `errno`.
package struct SocketError: Error, Equatable, CustomStringConvertible {
    package let function: String
    package let subject: String
    package let code: Int32

    /// What the `errno` does not tell; empty when it tells all.
    package var detail = ""

    package var description: String {
        "\(function) \(subject): \(detail.isEmpty ? String(cString: strerror(code)) : detail)"
    }

    static func last(_ function: String, _ subject: String) -> SocketError {
        SocketError(function: function, subject: subject, code: errno)
    }

    package var isAddressInUse: Bool { code == EADDRINUSE }
    package var isPermissionDenied: Bool { code == EACCES || code == EPERM }

    /// Whether this machine lacks the address, or its whole family.
    package var isAddressUnavailable: Bool { code == EADDRNOTAVAIL || code == EAFNOSUPPORT }
}
