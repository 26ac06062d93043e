import Dispatch
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import MicroHTTPD

@Suite struct ConnectionGateTests {
    private func gate(
        total: Int = 512, idleTime: Int = 30, requestTime: Int = 30, descriptorCeiling: Int32 = .max,
        report: @escaping @Sendable (ConnectionRefusal, Int) -> Void = { _, _ in }
    ) -> ConnectionGate {
        var limits = ConnectionLimits()
        limits.total = total
        limits.idleTime = idleTime
        limits.requestTime = requestTime
        limits.descriptorCeiling = descriptorCeiling
        return ConnectionGate(
            limits, tooSlow: { HTTPResponse(status: .requestTimeout, body: Array("too slow.".utf8)) }, report: report)
    }

    @Test func daemonsThatShareAGateShareItsLimit() throws {
        let refusals = Mutex<[ConnectionRefusal]>([])
        let gate = gate(total: 2) { refusal, _ in refusals.withLock { $0.append(refusal) } }
        let daemons = try [HTTPDaemon.echoing(gate: gate), HTTPDaemon.echoing(gate: gate)]
        defer { for daemon in daemons { daemon.stop() } }
        let hello = "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"
        // In the middle of a request, so they are not idle.
        let clients = daemons.map { RawClient(port: $0.port) }
        for client in clients { client.sendHalfOfARequest() }

        // An optimized build would let go of them, and hang up, after their last use.
        withExtendedLifetime(clients) {
            for daemon in daemons { #expect(daemon.lastExchange(hello).isEmpty) }
            #expect(gate.count == 2)
            #expect(gate.refusals == 2)
            #expect(refusals.withLock { $0 } == [.tooMany(limit: 2), .tooMany(limit: 2)])
        }
    }

    private static let hello = "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test func theConnectionThatWasIdleForTheLongestMakesRoom() throws {
        let reports = Mutex<[ConnectionRefusal]>([])
        let gate = gate(total: 3) { refusal, _ in reports.withLock { $0.append(refusal) } }
        let daemons = try [HTTPDaemon.echoing(gate: gate), HTTPDaemon.echoing(gate: gate)]
        defer { for daemon in daemons { daemon.stop() } }
        let busy = RawClient(port: daemons[0].port)
        busy.sendHalfOfARequest()
        var idle: [RawClient] = []
        for daemon in daemons {
            let client = RawClient(port: daemon.port)
            idle.append(client)
            client.send(Self.hello)
            #expect(client.receive(until: ".").hasSuffix("."))
            gate.awaitEndsOfAnswers()
        }

        // Each newcomer takes the place of the one that came first, whichever daemon serves it.
        for number in 0..<6 {
            let newcomer = RawClient(port: daemons[number % 2].port)
            newcomer.send(Self.hello)
            #expect(newcomer.receive(until: ".").hasSuffix("."))
            gate.awaitEndsOfAnswers()
            #expect(idle.removeFirst().isClosedByServer())
            idle.append(newcomer)
        }
        busy.send("lo")
        #expect(busy.receive(until: "hello.").hasSuffix("hello."))
        #expect(reports.withLock { $0 } == Array(repeating: .idle(insteadOf: .tooMany(limit: 3)), count: 6))
    }

    @Test func whereTheDescriptorsThatAreLeftAreForFilesAConnectionIsRefused() throws {
        let reports = Mutex<[ConnectionRefusal]>([])
        // Far below what other tests of this process have open.
        let gate = gate(descriptorCeiling: 3) { refusal, _ in reports.withLock { $0.append(refusal) } }
        let daemon = try HTTPDaemon.echoing(gate: gate)
        defer { daemon.stop() }

        // Nobody could make room for the first.
        #expect(daemon.lastExchange(Self.hello).isEmpty)
        #expect(reports.withLock { $0 } == [.tooFewDescriptors])
    }

    @Test func aRequestThatDoesNotEndIsEnded() throws {
        let gate = gate(idleTime: 60, requestTime: 1)
        let daemon = try HTTPDaemon.echoing(gate: gate)
        let watched = DispatchSemaphore(value: 0)
        onThread {
            gate.watch()
            watched.signal()
        }
        defer {
            daemon.stop()
            gate.stop()
            watched.wait()
        }

        let answer = daemon.lastExchange(
            "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\nhel")

        #expect(answer.hasPrefix("HTTP/1.1 408 "))
        #expect(answer.hasSuffix("too slow."))
        #expect(gate.refusals == 1)
    }

    /// The client completes its request at the last moment, when the 408 is being made.
    @Test func aRequestThatIsEndedHasOneAnswer() throws {
        var limits = ConnectionLimits()
        limits.idleTime = 60
        limits.requestTime = 1
        let client = Mutex<RawClient?>(nil)
        let early = Mutex("")
        let isAnswered = Gate()
        let isAsked = Atomic(false)
        let gate = ConnectionGate(limits) {
            let response = HTTPResponse(status: .requestTimeout, body: Array("too slow.".utf8))
            // The client is read from below once this was called.
            if isAsked.exchange(true, ordering: .relaxed) { return response }
            client.withLock { client in
                client?.send("lo")
                // Whether another thread serves the request meanwhile.
                client?.setPatience(milliseconds: 300)
                early.withLock { $0 = client?.receive(until: ".") ?? "" }
                client?.setPatience(milliseconds: 60_000)
            }
            isAnswered.open()
            return response
        }
        let daemon = try HTTPDaemon.echoing(gate: gate)
        let watched = DispatchSemaphore(value: 0)
        onThread {
            gate.watch()
            watched.signal()
        }
        defer {
            daemon.stop()
            gate.stop()
            watched.wait()
        }
        client.withLock { client in
            client = RawClient(port: daemon.port)
            client?.send(
                "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\nhel")
        }
        isAnswered.wait()

        let late = client.withLock { $0?.receiveAll() ?? "" }
        let answers = (early.withLock { $0 } + late).ranges(of: "HTTP/1.1 ").count
        #expect(answers == 1)
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("2001:db8:1:2::3", "2001:db8:1:2::/64"), ("::ffff:192.0.2.1", "192.0.2.1"),
    ])
    func anAddressIsCountedByItsNetwork(address: String, network: String) throws {
        let peer = try HTTPPeer(address)
        #expect(peer.address?.description == network)
        #expect(!peer.isLocal)
    }

    @Test(arguments: ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"])
    func aClientOnThisMachineIsNotCountedByItsAddress(address: String) throws {
        let peer = try HTTPPeer(address)
        #expect(peer == .loopback)
        #expect(peer.isLocal)
    }
}

extension HTTPPeer {
    /// The peer at an IP address.
    fileprivate init(_ address: String) throws {
        let resolved = try #require(try SocketAddress.resolve(address).first)
        var peer = HTTPPeer.unixSocket
        _ = resolved.with { address, _ in
            peer = HTTPPeer(address)
            return 0
        }
        self = peer
    }
}

extension ConnectionGate {
    /// Returns when no connection is at an answer: a client has that before libmicrohttpd is done with it.
    fileprivate func awaitEndsOfAnswers() {
        while connections.contains(where: { [.handling, .answer].contains($0.position.phase) }) { sched_yield() }
    }
}

extension RawClient {
    /// Sends a request up to the middle of its body, `hel` of `hello`, and returns when that far has been read.
    fileprivate func sendHalfOfARequest() {
        send(
            "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5\r\n"
                + "Expect: 100-continue\r\n\r\n")
        #expect(receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100 "))
        send("hel")
    }
}
