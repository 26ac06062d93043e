import Glibc
import Testing

@testable import Systemd

@Suite(.serialized) struct ServiceNotifierTests {
    @Test func withoutAServiceManagerNothingIsSent() throws {
        unsetenv("NOTIFY_SOCKET")
        try ServiceNotifier().ready(status: "Recording")
    }

    @Test func theServiceManagerIsToldOfReadinessAndOfTheEnd() throws {
        let path = "/tmp/telemetry-notify.\(getpid())"
        unlink(path)
        let socket = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer {
            close(socket)
            unlink(path)
            unsetenv("NOTIFY_SOCKET")
        }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(bound == 0)
        setenv("NOTIFY_SOCKET", path, 1)

        try ServiceNotifier().ready(status: "Recording into /data")
        try ServiceNotifier().stopping()

        #expect(receive(socket) == "READY=1\nSTATUS=Recording into /data")
        #expect(receive(socket) == "STOPPING=1\nSTATUS=Stopping")
    }

    private func receive(_ socket: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 1_024)
        let length = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        return String(decoding: buffer.prefix(max(0, length)), as: UTF8.self)
    }
}
