import Dispatch
import Logging
import Synchronization
import TestSupport
import Testing
import TelemetryModel

@testable import TelemetryStore

/// A scripted night on a simulated disk, and what was acknowledged in it.
final class Night: Sendable {
    /// An event that was asked for. Its payload is its number; later events have higher ones.
    struct Attempt: Sendable {
        let number: Int
        let type: String
        let makeCurrent: Bool
        let isStored: Bool
    }

    /// A run that was asked for to be active, or none.
    struct Transition: Sendable {
        let runID: String?
        let begun: Int

        /// How many changes the disk had seen when it was acknowledged; nil when it was not.
        var acknowledged: Int?
    }

    struct Acknowledgement: Sendable {
        let attempt: Attempt

        /// Nil for one of a batch that went to both streams.
        let seq: UInt64?

        /// How many changes the disk had seen.
        let changes: Int
    }

    /// An event that a reader was given.
    struct Sighting: Sendable {
        let number: Int

        /// Where the reader was after it.
        let cursor: LogCursor

        /// How many changes the disk had seen.
        let changes: Int
    }

    struct Facts: Sendable {
        /// What a reader saw that follows the whole night, and goes on by its cursor after each start.
        var sightings: [Sighting] = []

        var attempts: [Attempt] = []
        var acknowledgements: [Acknowledgement] = []
        var transitions: [Transition] = []

        /// How many changes the disk had seen when a clean stop began.
        var cleanStops: [Int] = []
    }

    let fileSystem: SimulatedFileSystem
    private let clock: WallClock
    private let facts_ = Mutex(Facts())
    private let service = Mutex<TelemetryService?>(nil)
    private let isDead = Atomic(false)
    private let follower = Mutex<Follower>(Follower())

    private struct Follower: ~Copyable {
        var reader: LogReader?
    }

    /// Local noon of a day, at which the site stream turns over.
    private let noon: Timestamp

    init(_ fileSystem: SimulatedFileSystem) throws {
        self.fileSystem = fileSystem
        let day = try #require(CivilDate(year: 2026, month: 5, day: 21))
        noon = LocalNoon.instant(on: day)
        clock = WallClock(simulatedFrom: noon.advanced(bySeconds: -3_600))
    }

    var facts: Facts { facts_.withLock { $0 } }

    /// Plays the night through. Faults refuse single requests, or end the process, which is then started again.
    func play() throws {
        try start()
        post("weather")
        post("power", makeCurrent: false)
        post("weather", isStored: false)
        postTogether(["weather", "dome", "weather"])
        postBatch([Draft("dome"), Draft("power", makeCurrent: false), Draft("weather"), Draft("dome")])
        postGroup([
            Draft("mount", isStored: false), Draft("weather"), Draft("dome"), Draft("power", makeCurrent: false),
            Draft("weather"), Draft("weather", isStored: false), Draft("dome"),
        ])
        startRun("a")
        post("weather")
        post("dome", stream: .site)
        post("weather", stream: .site)
        post("weather")
        post("camera", isStored: false)
        postTogether(["weather", "dome", "camera"])
        postBatch([
            Draft("weather"), Draft("weather", stream: .site), Draft("camera", isStored: false), Draft("weather"),
            Draft("dome", stream: .site),
        ])
        postGroup([
            Draft("weather"), Draft("camera"), Draft("dome", stream: .site), Draft("weather", stream: .site),
            Draft("camera", isStored: false), Draft("weather"), Draft("camera"),
        ])
        clock.set(noon)
        postBatch([Draft("dome", stream: .site), Draft("camera")])
        post("dome", stream: .site)
        post("weather")
        startRun("b", directory: "x/y")
        post("weather")
        post("camera")
        stopRun()
        post("weather")
        stop()
        try start()
        post("dome")
        startRun("a")
        post("weather")
        post("weather", stream: .site)
    }

    private func start() throws {
        isDead.store(false, ordering: .relaxed)
        fileSystem.endProcess()
        var lastError: (any Error)?
        for _ in 0..<3 {
            do {
                let started = try TelemetryService(
                    StoreConfiguration(siteDirectory: "/site"), clock: clock, logger: .silent, fileSystem: fileSystem,
                    onSyncFailure: { [self] _ in isDead.store(true, ordering: .relaxed) })
                service.withLock { $0 = started }
                follow()
                return
            } catch {
                lastError = error
                fileSystem.endProcess()
            }
        }
        if let lastError { throw lastError }
    }

    /// Has the reader read all that is committed. One that fails goes on by its cursor, if not now then later.
    private func follow() {
        guard let service = service.withLock({ $0 }) else { return }
        follower.withLock { follower in
            for _ in 0..<3 {
                do throws(LogReadError) {
                    let facts = facts
                    let start = facts.sightings.last.map { LogReader.Start.cursor($0.cursor) } ?? .beginning
                    let reader: LogReader
                    if let open = follower.reader {
                        reader = open
                    } else {
                        reader = try LogReader(service.log, from: start)
                    }
                    follower.reader = reader
                    while let entry = try reader.next() { note(entry) }
                    return
                } catch {
                    follower.reader = nil
                    if case .gone(let reason) = error { Issue.record("the reader's place is gone: \(reason)") }
                }
            }
        }
    }

    private func note(_ entry: LogEntry) {
        let data = JSONText(validated: entry.text).member("data")?.description
        guard let cursor = entry.cursor, let number = data.flatMap({ Int($0) }) else { return }
        let sighting = Sighting(number: number, cursor: cursor, changes: fileSystem.changes)
        facts_.withLock { $0.sightings.append(sighting) }
    }

    /// Stops the service as a clean stop does.
    func stop() {
        follow()
        follower.withLock { $0.reader = nil }
        facts_.withLock { $0.cleanStops.append(fileSystem.changes) }
        service.withLock { service in
            service?.stop()
            service = nil
        }
    }

    private func post(
        _ type: String, makeCurrent: Bool = true, isStored: Bool = true, stream: EventStream? = nil
    ) {
        let answered = DispatchSemaphore(value: 0)
        submit(type, makeCurrent: makeCurrent, isStored: isStored, stream: stream) { answered.signal() }
        answered.wait()
        restartIfDead()
    }

    /// Posts events at once, so that several lines wait for one sync.
    private func postTogether(_ types: [String]) {
        let answered = DispatchSemaphore(value: 0)
        fileSystem.withSyncsHeldBack {
            for type in types { submit(type, makeCurrent: true, isStored: true, stream: nil) { answered.signal() } }
        }
        for _ in types { answered.wait() }
        restartIfDead()
    }

    /// Posts events at once, so that they are written together.
    private func postGroup(_ drafts: [Draft]) {
        guard let service = service.withLock({ $0 }) else { return }
        let answered = DispatchSemaphore(value: 0)
        for draft in drafts {
            let (attempt, request) = prepare(draft)
            let waits = service.submit(EventRequests(request)) { [self] result in
                if case .success(let recorded) = result { acknowledge(attempt, seq: recorded.seqs?.lowerBound) }
                answered.signal()
            }
            #expect(waits)
        }
        service.flush()
        for _ in drafts { answered.wait() }
        restartIfDead()
    }

    /// Posts events in one batch.
    private func postBatch(_ drafts: [Draft]) {
        let prepared = drafts.map { prepare($0) }
        guard let service = service.withLock({ $0 }) else { return }
        let answered = DispatchSemaphore(value: 0)
        service.record(EventRequests(prepared.map(\.request))) { [self] result in
            if case .success(let recorded) = result {
                let first = recorded.seqs?.lowerBound
                for (index, attempt) in prepared.map(\.attempt).enumerated() {
                    acknowledge(attempt, seq: first.map { $0 + UInt64(index) })
                }
            }
            answered.signal()
        }
        answered.wait()
        restartIfDead()
    }

    private func submit(
        _ type: String, makeCurrent: Bool, isStored: Bool, stream: EventStream?, then: @escaping @Sendable () -> Void
    ) {
        let (attempt, request) = prepare(Draft(type, makeCurrent: makeCurrent, isStored: isStored, stream: stream))
        guard let service = service.withLock({ $0 }) else { return then() }
        service.record(EventRequests(request)) { [self] result in
            if case .success(let recorded) = result { acknowledge(attempt, seq: recorded.seqs?.lowerBound) }
            then()
        }
    }

    /// What an event is to be; it gets its number when it is posted.
    private struct Draft {
        let type: String
        let makeCurrent: Bool
        let isStored: Bool
        let stream: EventStream?

        init(_ type: String, makeCurrent: Bool = true, isStored: Bool = true, stream: EventStream? = nil) {
            self.type = type
            self.makeCurrent = makeCurrent
            self.isStored = isStored
            self.stream = stream
        }
    }

    private func prepare(_ draft: Draft) -> (attempt: Attempt, request: EventRequest) {
        let attempt = facts_.withLock { facts in
            let number = facts.attempts.count + 1
            let attempt = Attempt(
                number: number, type: draft.type, makeCurrent: draft.makeCurrent, isStored: draft.isStored)
            facts.attempts.append(attempt)
            return attempt
        }
        let request = EventRequest(
            type: draft.type, data: .number(attempt.number), makeCurrent: draft.makeCurrent,
            storePermanently: draft.isStored, stream: draft.stream)
        return (attempt, request)
    }

    private func acknowledge(_ attempt: Attempt, seq: UInt64?) {
        let acknowledgement = Acknowledgement(attempt: attempt, seq: seq, changes: fileSystem.changes)
        facts_.withLock { $0.acknowledgements.append(acknowledgement) }
    }

    private func startRun(_ id: String, directory: String? = nil) {
        transition(to: id) { service in
            try service.startRun(RunStartRequest(runID: id, runDirectory: directory, replace: true))
        }
    }

    private func stopRun() {
        transition(to: nil) { service in try service.stopRun() }
    }

    private func transition(to id: String?, _ body: (TelemetryService) throws -> Run) {
        guard let service = service.withLock({ $0 }) else { return }
        facts_.withLock { $0.transitions.append(Transition(runID: id, begun: fileSystem.changes)) }
        if (try? body(service)) != nil {
            facts_.withLock { $0.transitions[$0.transitions.count - 1].acknowledged = fileSystem.changes }
        }
        restartIfDead()
    }

    private func restartIfDead() {
        guard isDead.load(ordering: .relaxed) else { return follow() }
        follower.withLock { $0.reader = nil }
        service.withLock { service in
            service?.stop()
            service = nil
        }
        try? start()
    }
}
