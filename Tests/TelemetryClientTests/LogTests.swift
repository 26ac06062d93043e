import Foundation
import Testing

@testable import TelemetryClient

/// What was recorded and what is recorded, of the real server.
@Suite struct LogTests {
    private let server: ServerProcess
    private let client: TelemetryClient

    init() throws {
        server = try ServerProcess()
        client = TelemetryClient(host: "localhost", port: server.port, timeout: .seconds(600))
    }

    private func record(_ numbers: some Sequence<Int>, _ type: String = "n") async throws {
        try await client.postEvents(numbers.map { ["type": JSONText(type), "data": JSONText($0)] })
    }

    private static func numbers(_ records: [TelemetryRecord]) -> [Int] {
        records.compactMap { $0.event.data.integer.map { Int($0) } }
    }

    private func numbers(_ records: TelemetryRecords) async throws -> [Int] {
        var numbers: [Int] = []
        for try await record in records { numbers += Self.numbers([record]) }
        return numbers
    }

    /// What a sequence ends with.
    private static func end<Elements: AsyncSequence>(
        _ elements: Elements
    ) async -> TelemetryClientError? where Elements.Failure == TelemetryClientError {
        do throws(TelemetryClientError) {
            for try await _ in elements {}
            return nil
        } catch {
            return error
        }
    }

    /// The numbers of the next events.
    private static func numbers(
        _ count: Int, of iterator: inout TelemetryUpdates.Iterator
    ) async throws -> [Int] {
        var numbers: [Int] = []
        while numbers.count < count, let update = try await iterator.next() {
            if case .event(let record) = update { numbers += Self.numbers([record]) }
        }
        return numbers
    }

    @Test func recordedEventsAreReadInBothOrdersAndByTheirFilters() async throws {
        try await record(1...3)
        try await client.startRun("M42")
        try await record(4...5)
        try await client.postEvent("other", 6, stream: .site)

        #expect(try await numbers(client.events()) == [1, 2, 3, 4, 5, 6])
        #expect(try await numbers(client.events(order: .latestFirst, limit: 2)) == [6, 5])
        #expect(try await numbers(client.events("n", stream: .site)) == [1, 2, 3])
        #expect(try await numbers(client.events("o*", "nothing")) == [6])
        #expect(try await numbers(client.events(run: "M42")) == [4, 5])
        #expect(try await numbers(client.events(from: "-1h", limit: 4)) == [1, 2, 3, 4])
        #expect(try await numbers(client.events(to: "-1h")) == [])
        #expect(try await numbers(client.events(limit: 0)) == [])
    }

    @Test func aRecordHasItsStreamItsRunItsPlaceAndAllMembersOfItsLine() async throws {
        try await client.startRun("M42")
        let event = try await client.postEvent("n", 1, makeCurrent: false, meta: ["a": 1])

        var iterator = client.events().makeAsyncIterator()
        let record = try #require(try await iterator.next())

        #expect(record.event == event && record.stream == .run && record.runID == "M42" && !record.isCurrent)
        #expect(record.json["make_current"]?.boolean == false)
        #expect(record.cursor != nil && iterator.cursor == record.cursor)
        #expect(try await iterator.next() == nil)
        #expect(try await iterator.next() == nil)
    }

    @Test func moreEventsThanAPageHasAreReadToTheLast() async throws {
        for first in stride(from: 0, to: 25_000, by: 5_000) { try await record(first..<first + 5_000) }

        #expect(try await numbers(client.events("n", from: "-1d")) == Array(0..<25_000))
        #expect(try await numbers(client.events(limit: 10_001)) == Array(0..<10_001))
        #expect(try await numbers(client.events(order: .latestFirst)) == (0..<25_000).reversed())
    }

    @Test(arguments: [nil, 1, 4, 5, 9])
    func csvHasOneHeaderHoweverManyPagesItIsReadIn(limit: Int?) async throws {
        for number in 1...6 { try await client.postEvent("n", ["a": JSONText(number), "b": "\"\n"]) }
        let count = min(6, limit ?? 6)

        for order in [TelemetryRecords.Order.oldestFirst, .latestFirst] {
            var pager = client.events(order: order, limit: limit).csv(fields: "data.a,data.b")
            pager.pageLength = 2
            var text: [UInt8] = []
            while let piece = try await pager.next() { text += piece }

            let numbers = order == .oldestFirst ? Array(1...count) : Array((7 - count...6).reversed())
            let rows = numbers.map { "\($0),\"\"\"\n\"\r\n" }
            #expect(String(decoding: text, as: UTF8.self) == "data.a,data.b\r\n" + rows.joined())
        }
    }

    @Test func aCursorIsKeptAndUsedByAnotherProgramTomorrow() async throws {
        try await record(1...4)
        var cursor: TelemetryCursor?
        for try await record in client.events(limit: 2) { cursor = record.cursor }
        let file = try JSONEncoder().encode([try #require(cursor)])
        try server.restart()

        let kept = try JSONDecoder().decode([TelemetryCursor].self, from: file)[0]

        let later = TelemetryClient(unixSocket: server.unixSocket, timeout: .seconds(600))
        #expect(try await numbers(later.events(after: kept)) == [3, 4])
        var iterator = later.follow(after: kept).makeAsyncIterator()
        #expect(try await Self.numbers(2, of: &iterator) == [3, 4])
    }

    @Test func followingGoesOnOverARestartWithoutAGapAndWithoutADouble() async throws {
        try await record(0..<1)
        var iterator = client.follow("n").makeAsyncIterator()
        guard case .connected = try await iterator.next() else { throw Unexpected() }
        try await record(1...3)
        #expect(try await Self.numbers(2, of: &iterator) == [1, 2])

        try server.restart()
        try await record(4...5)
        try await record(1_000...1_000, "other")

        #expect(try await Self.numbers(1, of: &iterator) == [3])
        guard case .disconnected(.interrupted(_, "The server stops")) = try await iterator.next() else {
            throw Unexpected()
        }
        guard case .connected = try await iterator.next() else { throw Unexpected() }
        #expect(try await Self.numbers(2, of: &iterator) == [4, 5])
        try await record(6...6)
        #expect(try await Self.numbers(1, of: &iterator) == [6])
    }

    @Test func followingBeginsWhereItIsAskedTo() async throws {
        try await record(1...5)

        var replayed = client.follow(replay: 2).makeAsyncIterator()
        #expect(try await Self.numbers(2, of: &replayed) == [4, 5])
        var since = client.follow(from: "-1h").makeAsyncIterator()
        #expect(try await Self.numbers(5, of: &since) == [1, 2, 3, 4, 5])
    }

    @Test func runsAndEphemeralEventsAreSeenWhileTheyPass() async throws {
        var iterator = client.follow().makeAsyncIterator()
        guard case .connected(_, runID: nil) = try await iterator.next() else { throw Unexpected() }

        try await client.startRun("M42")
        #expect(try await iterator.next() == .run(id: "M42"))
        let event = try await client.postEvent("n", 1, storePermanently: false)
        let update = try await iterator.next()
        #expect(update?.event == event && update?.cursor == nil)
        try await client.stopRun()
        #expect(try await iterator.next() == .run(id: nil))
    }

    @Test func theCurrentViewComesFirstAndThenWhatChangesInIt() async throws {
        try await client.postEvent("a", 1)
        let updates = client.followCurrent()
        var iterator = updates.makeAsyncIterator()
        guard case .connected = try await iterator.next(), case .current(let view, _) = try await iterator.next()
        else { throw Unexpected() }
        #expect(view.map(\.data) == [1])

        try await client.postEvent("b", 2, storePermanently: false)
        #expect(try await iterator.next()?.event?.data == 2)
        try server.restart()
        guard case .disconnected = try await iterator.next(),
            case .connected(let place, _) = try await iterator.next(),
            case .current(let later, place) = try await iterator.next()
        else { throw Unexpected() }
        #expect(later.map(\.type) == ["a"] || later.map(\.type) == ["a", "b"])
    }

    @Test func aCursorOfAnotherSiteEndsBoth() async throws {
        let other = try ServerProcess()
        let stranger = TelemetryClient(host: "localhost", port: other.port, timeout: .seconds(600))
        try await stranger.postEvent("n", 1)
        var cursor: TelemetryCursor?
        for try await record in stranger.events() { cursor = record.cursor }

        let paged = await Self.end(client.events(after: cursor))
        #expect(paged?.status == 410)
        let followed = await Self.end(client.follow(after: cursor))
        #expect(followed?.status == 410)
    }

    @Test func whatTheServerRefusesIsToldWithItsPlace() async throws {
        let error = await Self.end(client.follow(from: "yesterday"))
        #expect(error?.status == 422 && error?.detail?.contains("query.from: ") == true)
    }

    @Test func aServerThatWasNeverThereIsNotWaitedFor() async throws {
        server.stop()
        for updates in [client.follow(), client.followCurrent()] {
            let error = await Self.end(updates)
            guard case .unreachable = error else { throw Unexpected() }
        }
    }

    private struct Unexpected: Error {}
}
