import TelemetryModel
import Testing

@testable import TelemetryStore

@Suite struct CurrentViewBudgetTests {
    private func limits(types: Int = 2, length: Int = 1_000) -> CurrentViewLimits {
        var limits = CurrentViewLimits()
        limits.types = types
        limits.length = length
        return limits
    }

    private func request(
        _ type: String, _ length: Int = 10, makeCurrent: Bool = true, storePermanently: Bool = true
    ) -> EventRequest {
        EventRequest(
            type: type, data: JSONText(string: String(repeating: "x", count: length - 2)), makeCurrent: makeCurrent,
            storePermanently: storePermanently)
    }

    private func entry(_ type: String, stored: Int, ephemeral: Int? = nil) -> CurrentView.Entry {
        func item(_ length: Int) -> CurrentView.Item {
            CurrentView.Item(json: [UInt8](repeating: 0, count: length), time: Timestamp(milliseconds: 0))
        }
        return CurrentView.Entry(type: type, stored: item(stored), ephemeral: ephemeral.map(item))
    }

    /// Whether an event is accepted; then it is taken in.
    private func accept(_ request: EventRequest, by budget: inout CurrentViewBudget) -> Bool {
        do throws(TelemetryError) {
            _ = try take(request, &budget)
            return true
        } catch {
            return false
        }
    }

    /// Takes an event in that becomes current.
    private func take(
        _ request: EventRequest, _ budget: inout CurrentViewBudget
    ) throws(TelemetryError) -> CurrentViewBudget.Change? {
        guard request.makeCurrent else { return nil }
        return try request.text.span.withUnsafeBufferPointer { text throws(TelemetryError) in
            try budget.take(request.parts, of: text)
        }
    }

    @Test func noMoreTypesThanTheLimitBecomeCurrent() {
        var budget = CurrentViewBudget(limits(), [])
        #expect(accept(request("a"), by: &budget))
        #expect(accept(request("b"), by: &budget))
        #expect(!accept(request("c"), by: &budget))
        #expect(accept(request("c", makeCurrent: false), by: &budget))
        #expect(accept(request("a"), by: &budget))
    }

    @Test func theViewGrowsNoLongerThanTheLimit() {
        var budget = CurrentViewBudget(limits(), [])
        #expect(accept(request("a", 800), by: &budget))
        #expect(!accept(request("b", 200), by: &budget))
        #expect(!accept(request("a", 1_000), by: &budget))
        #expect(accept(request("a", 100), by: &budget))
        #expect(accept(request("b", 200), by: &budget))
    }

    @Test func whatIsRevertedHasNeverBeen() throws {
        var budget = CurrentViewBudget(limits(), [])
        #expect(accept(request("a", 300), by: &budget))
        let before = budget.types.names
        var changes: [CurrentViewBudget.Change?] = []
        for request in [request("a", 700), request("b", 100), request("a", 20), request("b", 200)] {
            changes.append(try take(request, &budget))
        }

        for change in changes.reversed() { budget.revert(change.map { .change($0) } ?? .nothing) }

        #expect(budget.types.names == before)
        #expect(!accept(request("b", 800), by: &budget))
        #expect(accept(request("b", 400), by: &budget))
        #expect(!accept(request("a", 500), by: &budget))
    }

    @Test func anEphemeralEventCountsBesideTheStoredOneUntilTheNext() {
        var budget = CurrentViewBudget(limits(), [])
        #expect(accept(request("a", 600), by: &budget))
        #expect(!accept(request("a", 600, storePermanently: false), by: &budget))
        #expect(accept(request("a", 200, storePermanently: false), by: &budget))
        #expect(!accept(request("b", 100), by: &budget))
        #expect(accept(request("a", 600), by: &budget))
        #expect(accept(request("b", 100), by: &budget))
    }

    @Test func aRefusedEventLeavesNoTrace() {
        var budget = CurrentViewBudget(limits(), [])
        #expect(!accept(request("a", 2_000), by: &budget))
        #expect(accept(request("b", 400), by: &budget))
        #expect(accept(request("c", 400), by: &budget))
    }

    @Test func aViewThatIsOverTheLimitsGoesOnAndOnlyShrinks() {
        var budget = CurrentViewBudget(
            limits(), [entry("a", stored: 900), entry("b", stored: 900, ephemeral: 900), entry("c", stored: 300)])
        #expect(!accept(request("d"), by: &budget))
        #expect(!accept(request("c", 400), by: &budget))
        #expect(accept(request("c", 200), by: &budget))
        #expect(accept(request("b", 800), by: &budget))
    }
}
