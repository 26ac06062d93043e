import Synchronization
import TestSupport
import Testing

@testable import TelemetryClient

@Suite struct InboxTests {
    @Test func callsThatWereCancelledBeforeTheyAskedLeaveNothing() async throws {
        let server = FakeServer { $0.answer(#"{"ok":true}"#) }
        defer { server.stop() }
        let client = TelemetryClient(host: "127.0.0.1", port: server.port)

        for _ in 0..<10 {
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                _ = try? await client.health()
            }
            task.cancel()
            await task.value
        }

        let shared = try #require(client.transport.shared)
        #expect(shared.inbox.withLock { $0.cancelled.count } == 0)
        #expect(server.connectionCount == 0)
    }
}
