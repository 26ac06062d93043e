import Glibc
import Synchronization
import Testing

@testable import MicroHTTPD

/// Answers of one length are sent with the same response of libmicrohttpd, one after another.
@Suite struct ResponsePoolTests {
    /// Answers with how often it was asked, always at the same length.
    private final class Counter: Sendable {
        let count = Atomic(0)

        func route(_ path: String) -> Route {
            Route(.get, path) { [self] exchange in
                let number = String(count.add(1, ordering: .relaxed).newValue)
                let padding = String(repeating: "0", count: 1_000 - number.utf8.count)
                exchange.answer(HTTPResponse(body: Array("\(padding)\(number)!".utf8)))
            }
        }

        static func numbers(_ answers: String) -> [Int?] {
            answers.split(separator: "\r\n\r\n").dropFirst().map { Int($0.prefix { $0 != "!" }) }
        }
    }

    @Test func anAnswerThatIsNotReadYetIsNotChangedByThoseOfOthers() throws {
        let slow = Counter()
        let quick = Counter()
        let daemon = try HTTPDaemon.echoing(extra: [slow.route("/slow"), quick.route("/quick")])
        defer { daemon.stop() }
        // The answers are more than the sockets take while nobody reads.
        let count = 8_000
        let request = "GET /slow HTTP/1.1\r\nHost: x\r\n"
        let client = RawClient(port: daemon.port)
        client.send(String(repeating: "\(request)\r\n", count: count - 1) + "\(request)Connection: close\r\n\r\n")
        while slow.count.load(ordering: .relaxed) < 100 { sched_yield() }

        let other = RawClient(port: daemon.port)
        for number in 1...2_000 {
            other.send("GET /quick HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(Counter.numbers(other.receive(until: "!")) == [number])
        }
        #expect(slow.count.load(ordering: .relaxed) < count)
        #expect(Counter.numbers(client.receiveAll()) == (1...count).map { $0 })
    }
}
