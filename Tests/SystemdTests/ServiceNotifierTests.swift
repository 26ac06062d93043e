import Glibc
import Testing

@testable import Systemd

/// Each is a process of its own: the environment is everybody's, and other tests start servers meanwhile.
@Suite struct ServiceNotifierTests {
    @Test func withoutAServiceManagerNothingIsSent() async {
        await #expect(processExitsWith: .success) {
            unsetenv("NOTIFY_SOCKET")
            try ServiceNotifier().ready(status: "Recording")
        }
    }

    @Test func theServiceManagerIsToldOfReadinessAndOfTheEnd() async {
        await #expect(processExitsWith: .success) { try Self.tellAll() }
    }

    private static func tellAll() throws {
        let path = "/tmp/telemetry-notify.\(getpid())"
        unlink(path)
        let socket = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer {
            close(socket)
            unlink(path)
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

        let notifier = ServiceNotifier()
        try notifier.ready(status: "Recording into /data")
        try notifier.extendTimeout(by: .seconds(30), status: "Recovering")
        try notifier.extendTimeout(by: .seconds(Int64.max), status: "Recovering")
        try notifier.extendTimeout(by: .seconds(-1), status: "Recovering")
        try notifier.status("a\nMAINPID=1")
        try notifier.keepAlive()
        try notifier.stopping()

        #expect(receive(socket) == "READY=1\nSTATUS=Recording into /data")
        #expect(receive(socket) == "EXTEND_TIMEOUT_USEC=30000000\nSTATUS=Recovering")
        #expect(receive(socket) == "EXTEND_TIMEOUT_USEC=9223372036854775807\nSTATUS=Recovering")
        #expect(receive(socket) == "EXTEND_TIMEOUT_USEC=0\nSTATUS=Recovering")
        #expect(receive(socket) == "STATUS=a\\nMAINPID=1")
        #expect(receive(socket) == "WATCHDOG=1")
        #expect(receive(socket) == "STOPPING=1\nSTATUS=Stopping")
    }

    @Test func theWatchdogsIntervalIsTheUnits() async {
        await #expect(processExitsWith: .success) {
            unsetenv("WATCHDOG_PID")
            setenv("WATCHDOG_USEC", "2500000", 1)

            #expect(ServiceNotifier().watchdogInterval == .milliseconds(2_500))
        }
    }

    @Test func withoutAWatchdogThereIsNoInterval() async {
        await #expect(processExitsWith: .success) {
            unsetenv("WATCHDOG_USEC")

            #expect(ServiceNotifier().watchdogInterval == nil)
        }
    }

    private static func receive(_ socket: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 1_024)
        let length = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        return String(decoding: buffer.prefix(max(0, length)), as: UTF8.self)
    }
}
