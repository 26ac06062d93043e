import Synchronization
import Testing

@testable import MicroHTTPD

@Suite struct HTTPExchangeTests {
    private let exchange = HTTPExchange(HTTPRequest(method: .get, path: "/"))
    private let first = HTTPResponse(body: [1])
    private let second = HTTPResponse(body: [2])

    @Test func anAnswerGivenAtOnceIsTakenWithoutWaiting() {
        exchange.answer(first)

        #expect(exchange.takeAnswer(orSuspend: { Issue.record("suspended") }, resume: {}) == first)
    }

    @Test func aLaterAnswerResumesOnceAndCanBeTakenThen() {
        let resumptions = Atomic(0)
        var suspensions = 0
        let early = exchange.takeAnswer(
            orSuspend: { suspensions += 1 }, resume: { resumptions.add(1, ordering: .relaxed) })
        #expect(early == nil && suspensions == 1 && resumptions.load(ordering: .relaxed) == 0)

        exchange.answer(first)
        exchange.answer(second)

        #expect(resumptions.load(ordering: .relaxed) == 1)
        #expect(exchange.takeAnswer(orSuspend: { Issue.record("suspended") }, resume: {}) == first)
    }

    @Test func onlyTheFirstAnswerCounts() {
        exchange.answer(first)
        exchange.answer(second)

        #expect(exchange.takeAnswer(orSuspend: {}, resume: {}) == first)
        exchange.answer(second)
        #expect(exchange.takeAnswer(orSuspend: { Issue.record("suspended") }, resume: {}) == nil)
    }
}
