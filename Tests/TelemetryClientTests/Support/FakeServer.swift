import TestSupport
import Glibc
import Synchronization

/// A server on a free port of 127.0.0.1 that does whatever a test wants, with a thread for each connection.
final class FakeServer: Sendable {
    let port: UInt16
    private let listener: Int32
    private let received = Mutex<[String]>([])
    private let connections = Mutex(0)

    /// - Parameter onRequest: called for each request; false ends the connection.
    init(_ onRequest: @escaping @Sendable (FakeConnection) -> Bool) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                precondition(bind(listener, $0, length) == 0 && listen(listener, 128) == 0)
                precondition(getsockname(listener, $0, &length) == 0)
            }
        }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        onThread { [self] in
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { return }
                connections.withLock { $0 += 1 }
                onThread { [self] in serve(FakeConnection(descriptor), onRequest) }
            }
        }
    }

    /// The heads and bodies of all requests so far.
    var requests: [String] { received.withLock { $0 } }

    var connectionCount: Int { connections.withLock { $0 } }

    /// Ends the listener. Call at the end of a test.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func serve(_ connection: FakeConnection, _ onRequest: (FakeConnection) -> Bool) {
        while let request = connection.nextRequest() {
            received.withLock { $0.append(request) }
            guard onRequest(connection) else { break }
        }
        connection.end()
    }
}

/// One connection to a ``FakeServer``; its thread alone uses it.
final class FakeConnection {
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    /// The last one.
    private(set) var request = ""

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// A head and the body that its `Content-Length` announces; nil at the end of the connection.
    func nextRequest() -> String? {
        while true {
            let text = String(decoding: buffer, as: UTF8.self)
            if let end = text.firstRange(of: "\r\n\r\n") {
                let field = text.firstRange(of: "Content-Length: ")
                let length = field.flatMap { Int(text[$0.upperBound...].prefix { $0.isNumber }) } ?? 0
                let count = text[..<end.upperBound].utf8.count + length
                if buffer.count >= count {
                    defer { buffer.removeFirst(count) }
                    request = String(decoding: buffer[..<count], as: UTF8.self)
                    return request
                }
            }
            guard receive() else { return nil }
        }
    }

    /// Waits for the client to end the connection, or to send more; false at the end.
    @discardableResult
    func receive() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return false }
        buffer += bytes[..<count]
        return true
    }

    /// False when the client is gone.
    @discardableResult
    func send(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Sends a text again and again, until the client has taken nothing for a second.
    ///
    /// - Returns: how many bytes the client and the kernel have taken.
    func sendUntilFull(_ text: String, atMost maximum: Int) -> Int {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < maximum {
            let rest = bytes[(sent % bytes.count)...]
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count > 0 {
                sent += count
                continue
            }
            var output = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            guard errno == EAGAIN, poll(&output, 1, 1_000) == 1, output.revents & Int16(POLLOUT) != 0 else { break }
        }
        return sent
    }

    /// Answers with a body of the given length and type, and keeps the connection.
    @discardableResult
    func answer(_ body: String, status: String = "200 OK", type: String = "application/json") -> Bool {
        send("HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    func end() {
        // A process that another test has started meanwhile may have the descriptor, too.
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }
}
