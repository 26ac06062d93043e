import Dispatch
import Glibc
import Synchronization
import Testing

@testable import MicroHTTPD

@Suite struct HTTPHeartbeatTests {
    /// A daemon that notes which threads answer.
    private func daemon(threads: Int, seen: @escaping @Sendable (pthread_t) -> Void) throws -> HTTPDaemon {
        let socket = try #require(try ListenSocket.bind(host: "127.0.0.1", port: 0).first)
        var configuration = HTTPDaemon.Configuration()
        configuration.threads = threads
        let route = Route(.get, "/health") { exchange in
            seen(pthread_self())
            exchange.answer(HTTPResponse(status: .ok, body: []))
        }
        return try HTTPDaemon(
            on: socket, configuration: configuration, router: try Router([route]),
            errorResponse: { _ in HTTPResponse(status: .notFound, body: []) })
    }

    @Test(arguments: [1, 2, 3, 8])
    func aBeatIsAnsweredByEachThread(_ threads: Int) throws {
        let answers = Mutex<[pthread_t: Int]>([:])
        let daemon = try daemon(threads: threads) { thread in answers.withLock { $0[thread, default: 0] += 1 } }
        defer { daemon.stop() }
        let heartbeat = HTTPHeartbeat(of: daemon, path: "/health")
        defer { heartbeat.close() }

        for _ in 0..<5 { #expect(heartbeat.beat()) }

        #expect(answers.withLock { $0.count } == threads)
        #expect(answers.withLock { Set($0.values) } == [5])
    }

    @Test func aBeatWaitsForAThreadThatIsHeldUp() throws {
        let release = DispatchSemaphore(value: 0)
        let daemon = try daemon(threads: 1) { _ in release.wait() }
        defer { daemon.stop() }
        let heartbeat = HTTPHeartbeat(of: daemon, path: "/health")
        let done = DispatchSemaphore(value: 0)

        onThread {
            _ = heartbeat.beat()
            done.signal()
        }
        #expect(done.wait(timeout: .now() + .milliseconds(200)) == .timedOut)
        release.signal()
        done.wait()
        heartbeat.close()
    }

    @Test func afterItsConnectionWasClosedABeatMakesAnother() throws {
        let daemon = try daemon(threads: 1) { _ in }
        defer { daemon.stop() }
        let heartbeat = HTTPHeartbeat(of: daemon, path: "/health")

        #expect(heartbeat.beat())
        heartbeat.close()
        #expect(heartbeat.beat())
        heartbeat.close()
    }

    @Test func aDaemonThatHasStoppedCannotBeAsked() throws {
        let daemon = try daemon(threads: 1) { _ in }
        let heartbeat = HTTPHeartbeat(of: daemon, path: "/health")
        daemon.stop()

        #expect(!heartbeat.beat())
    }
}
