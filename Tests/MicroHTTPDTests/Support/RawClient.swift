import Glibc

/// A TCP client that sends bytes as they are given.
final class RawClient: @unchecked Sendable {  // One thread at a time uses it.
    private(set) var descriptor: Int32

    init(port: UInt16) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        precondition(result == 0, "connect: \(String(cString: strerror(errno)))")
        // A server that never answers fails the test instead of holding it up.
        setPatience(milliseconds: 60_000)
    }

    /// Says how long to wait for anything to arrive.
    func setPatience(milliseconds: Int) {
        var patience = timeval(tv_sec: milliseconds / 1_000, tv_usec: milliseconds % 1_000 * 1_000)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        // A process that another test has started meanwhile may have the descriptor, too.
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }

    /// Breaks the connection, as the kernel does for a client that was killed with answers unread.
    func reset() {
        var lingering = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &lingering, socklen_t(MemoryLayout<linger>.size))
        close(descriptor)
        descriptor = -1
    }

    /// Tells the server that nothing more comes.
    func endSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Whether the server closes the connection, whatever it sends before.
    func isClosedByServer() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let length = recv(descriptor, &buffer, buffer.count, 0)
            if length <= 0 { return length == 0 || errno == ECONNRESET }
        }
    }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                let rest = UnsafeRawBufferPointer(rebasing: $0[sent...])
                return Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// What arrives up to the end of `count` answers whose bodies end with `end`, or of the connection.
    func receive(until end: String, count: Int = 1) -> String {
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var found = 0
        while found < count {
            let length = recv(descriptor, &buffer, buffer.count, 0)
            guard length > 0 else { break }
            // What was looked at before is not looked at again, but for an end that may have begun there.
            let rest = String(text.suffix(end.count - 1))
            let new = String(decoding: buffer.prefix(length), as: UTF8.self)
            text += new
            found += (rest + new).ranges(of: end).count
        }
        return text
    }

    /// Everything up to the end of the connection.
    func receiveAll() -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let length = recv(descriptor, &buffer, buffer.count, 0)
            guard length > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(contentsOf: buffer.prefix(length))
        }
    }
}
