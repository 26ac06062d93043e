import Dispatch
import Glibc
import Logging
import Synchronization
import TelemetryModel
import TestSupport
import Testing

@testable import TelemetryStore

extension TelemetryService {
    /// A service over a directory, with a simulated clock.
    ///
    /// At 23:00 UTC it is the same site day wherever `scripts/test` says it runs: from 11 hours west to 12 hours east.
    convenience init(
        _ directory: TemporaryDirectory, at time: String = "2026-05-20 23:00:00", siteTypes: [String] = [],
        runRoots: [String] = [], sync: SyncMode = .always
    ) throws {
        var configuration = StoreConfiguration(siteDirectory: directory.path)
        configuration.siteTypes = siteTypes
        configuration.runRoots = runRoots
        configuration.syncMode = sync
        let start = Timestamp(rfc3339: time, assumingUTC: true) ?? Timestamp(milliseconds: 0)
        try self.init(configuration, clock: WallClock(simulatedFrom: start), logger: .silent)
    }

    /// A service over a simulated disk, with a simulated clock.
    convenience init(_ fileSystem: SimulatedFileSystem, sync: SyncMode = .always) throws {
        var configuration = StoreConfiguration(siteDirectory: "/site")
        configuration.syncMode = sync
        let start = Timestamp(rfc3339: "2026-05-20 23:00:00", assumingUTC: true) ?? Timestamp(milliseconds: 0)
        try self.init(
            configuration, clock: WallClock(simulatedFrom: start), logger: .silent, fileSystem: fileSystem)
    }

    /// Records an event and waits until it is acknowledged.
    @discardableResult
    func record(_ request: EventRequest) throws(TelemetryError) -> TelemetryEvent {
        let answered = DispatchSemaphore(value: 0)
        let result = Mutex<Result<Recorded, TelemetryError>?>(nil)
        record(EventRequests(request)) { reply in
            result.withLock { $0 = reply }
            answered.signal()
        }
        answered.wait()
        guard let reply = result.withLock({ $0 }) else { fatalError("answered without an answer") }
        return TelemetryEvent(answer: JSONText(validated: try reply.get().json))
    }

    @discardableResult
    func record(_ type: String, _ data: Int = 1, stream: EventStream? = nil) throws(TelemetryError) -> TelemetryEvent {
        try record(EventRequest(type: type, data: .number(data), stream: stream))
    }

    /// Records events as if they came in at the same time, and waits for their answers: nil for one that is refused.
    func recordTogether(_ requests: [EventRequest]) -> [Recorded?] {
        let answered = DispatchSemaphore(value: 0)
        let answers = Mutex([Recorded?](repeating: nil, count: requests.count))
        for (index, request) in requests.enumerated() {
            let waits = submit(EventRequests(request)) { result in
                answers.withLock { $0[index] = try? result.get() }
                answered.signal()
            }
            #expect(waits)
        }
        flush()
        for _ in requests { answered.wait() }
        return answers.withLock { $0 }
    }

    /// Records a batch and waits until it is acknowledged.
    @discardableResult
    func record(_ requests: [EventRequest]) throws(TelemetryError) -> Recorded {
        let answered = DispatchSemaphore(value: 0)
        let result = Mutex<Result<Recorded, TelemetryError>?>(nil)
        record(EventRequests(requests)) { reply in
            result.withLock { $0 = reply }
            answered.signal()
        }
        answered.wait()
        guard let reply = result.withLock({ $0 }) else { fatalError("answered without an answer") }
        return try reply.get()
    }

    /// The payload of the latest event of each type.
    var currentData: [String: String] {
        var data: [String: String] = [:]
        for entry in log.contents.view.entries {
            guard let item = entry.latest else { continue }
            data[entry.type] = JSONText(validated: item.json).member("data")?.description
        }
        return data
    }
}

extension TelemetryEvent {
    /// Reads an event as clients see it.
    fileprivate init(answer: JSONText) {
        self.init(
            seq: answer.member("seq")?.unsignedInteger ?? 0, ts: answer.member("ts")?.string ?? "",
            type: answer.member("type")?.string ?? "", data: answer.member("data") ?? .null,
            meta: answer.member("meta") ?? .null)
    }
}
