import Testing

@testable import TelemetryDelivery

struct DeliveryScheduleTests {
    private let start = ContinuousClock.now

    private func schedule(_ interval: Double = 10, repeats: Duration? = nil) -> DeliverySchedule {
        DeliverySchedule(groupInterval: .seconds(interval), repeatInterval: repeats)
    }

    @Test func whatComesAtOnceIsToldTogetherASecondAfterTheFirst() {
        var schedule = schedule()
        #expect(schedule.due == nil)
        schedule.hear(at: start)
        schedule.hear(at: start + .milliseconds(900))
        #expect(schedule.due == start + .seconds(1))
    }

    @Test func twoMessagesAreAnIntervalApart() {
        var schedule = schedule()
        schedule.hear(at: start)
        schedule.settle(at: start + .seconds(1))
        schedule.hear(at: start + .seconds(2))
        #expect(schedule.due == start + .seconds(11))
        schedule.settle(at: start + .seconds(11))
        schedule.hear(at: start + .seconds(60))
        #expect(schedule.due == start + .seconds(61))
    }

    @Test func eachFailureDoublesTheDelayUpToAMinute() {
        var schedule = schedule(0.001)
        schedule.hear(at: start)
        var delays: [Duration] = []
        for _ in 0..<9 {
            schedule.fail(at: start + .seconds(100), share: 1)
            delays.append(schedule.due.map { $0 - (start + .seconds(100)) } ?? .zero)
        }
        #expect(delays == [1, 2, 4, 8, 16, 32, 60, 60, 60].map { .seconds($0) })
        schedule.fail(at: start, share: 0)
        #expect(schedule.due == start + .seconds(30))
        schedule.settle(at: start)
        schedule.hear(at: start)
        schedule.fail(at: start, share: 1)
        #expect(schedule.due == start + .seconds(1))
    }

    @Test func whoIsToldAgainAndAgainIsToldAtOnceAndThenEachMinute() throws {
        var schedule = schedule(repeats: .seconds(60))
        #expect(try #require(schedule.due) <= .now)
        schedule.settle(at: start)
        #expect(schedule.due == start + .seconds(60))
        schedule.hear(at: start + .seconds(5))
        #expect(schedule.due == start + .seconds(10))
    }
}
