internal import CSystemd
internal import Glibc

/// The listening sockets that the service manager passes to a service it starts for a socket unit.
///
/// The corresponding C functions are `sd_listen_fds_with_names(3)` and `sd_is_socket(3)`.
package struct PassedSockets: Sendable {
    /// A descriptor that is not a listening stream socket.
    package struct WrongKind: Error, Equatable, CustomStringConvertible {
        let descriptor: Int32

        /// `FileDescriptorName=` of the socket unit, or the unit's name.
        let name: String

        package var description: String {
            "the service manager passed descriptor \(descriptor) ('\(name)'), which is not a listening stream socket"
        }
    }

    /// The descriptors; empty if this process was not started for a socket unit.
    package let descriptors: [Int32]

    /// Takes ownership of the sockets. Call it once: it removes the environment variables that announce them.
    ///
    /// - Throws: ``WrongKind`` for a datagram socket, a connected one (`Accept=yes`), or anything else.
    package static func take() throws -> PassedSockets {
        // SAFETY: libsystemd allocates the array and its strings for the caller, which frees them at the end of this
        // scope.
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = try check("sd_listen_fds_with_names", sd_listen_fds_with_names(1, &names))
        defer {
            for index in 0..<Int(count) { free(names?[index]) }
            free(names)
        }
        var descriptors: [Int32] = []
        for index in 0..<count {
            let descriptor = SD_LISTEN_FDS_START + index
            let isListening = [AF_INET, AF_INET6, AF_UNIX].contains {
                sd_is_socket(descriptor, $0, Int32(SOCK_STREAM.rawValue), 1) > 0
            }
            guard isListening else {
                let name = names?[Int(index)].map { String(cString: $0) } ?? ""
                throw WrongKind(descriptor: descriptor, name: name)
            }
            descriptors.append(descriptor)
        }
        return PassedSockets(descriptors: descriptors)
    }
}
