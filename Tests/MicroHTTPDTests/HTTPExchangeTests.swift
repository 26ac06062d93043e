import Synchronization
import Testing

@testable import MicroHTTPD

@Suite struct HTTPExchangeTests {
    private let exchange = HTTPExchange(HTTPRequest(method: .get, path: "/"))
    private let first = HTTPResponse(body: [1])
    private let second = HTTPResponse(body: [2])

    private func unexpectedly() -> @Sendable () -> Void {
        Issue.record("suspended")
        return {}
    }

    @Test func anAnswerGivenAtOnceIsTakenWithoutWaiting() {
        exchange.answer(first)

        #expect(exchange.takeAnswer(orWait: unexpectedly) == first)
    }

    @Test func aLaterAnswerResumesOnceAndCanBeTakenThen() {
        let resumptions = Atomic(0)
        var suspensions = 0
        let early = exchange.takeAnswer(
            orWait: {
                suspensions += 1
                return { resumptions.add(1, ordering: .relaxed) }
            })
        #expect(early == nil && suspensions == 1 && resumptions.load(ordering: .relaxed) == 0)

        exchange.answer(first)
        exchange.answer(second)

        #expect(resumptions.load(ordering: .relaxed) == 1)
        #expect(exchange.takeAnswer(orWait: unexpectedly) == first)
    }

    @Test func onlyTheFirstAnswerCounts() {
        exchange.answer(first)
        exchange.answer(second)

        #expect(exchange.takeAnswer(orWait: unexpectedly) == first)
        exchange.answer(second)
        #expect(exchange.takeAnswer(orWait: unexpectedly) == nil)
    }

    @Test func aBodyIsTakenOnceAndBelongsToWhoTookIt() {
        let exchange = HTTPExchange(HTTPRequest(method: .post, path: "/", body: [1, 2]))
        #expect(exchange.request.body == [1, 2])

        #expect(exchange.takeBody() == [1, 2])
        #expect(exchange.takeBody().isEmpty)
        #expect(exchange.request.body.isEmpty)
    }

    @Test(arguments: [[[1, 2], [3]], [[1], [], [2, 3]], [[1, 2, 3]]], [0, 3])
    func piecesOfABodyAreJoined(pieces: [[UInt8]], length: Int) {
        for piece in pieces {
            #expect(piece.withUnsafeBytes { exchange.receive($0, of: length, limit: 3) })
        }

        let body = exchange.takeBody()
        #expect(body == [1, 2, 3])
        if length > 0 { #expect(body.capacity >= 3 + HTTPExchange.roomAfterBody) }
    }

    @Test func aBodyBeyondItsLimitIsNotKept() {
        let piece: [UInt8] = [1, 2]
        #expect(piece.withUnsafeBytes { exchange.receive($0, of: 0, limit: 3) })
        #expect(!piece.withUnsafeBytes { exchange.receive($0, of: 0, limit: 3) })
        #expect(exchange.takeBody().isEmpty)
    }
}
