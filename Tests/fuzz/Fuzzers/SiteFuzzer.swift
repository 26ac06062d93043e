import Logging
import Synchronization
import TelemetryModel

@testable import TelemetryStore

/// Starts the recording service on what is left of a site directory.
enum SiteFuzzer {
    private static let names = [
        "site_20260520.ndjson", "a/telemetry.ndjson", "a/run.json", ".telemetry/checkpoint.json",
    ]

    private static let logger = Logger(label: "fuzz", factory: { _ in SwiftLogNoOpLogHandler() })

    /// It starts, records, and is found by the next start as it was left; no whole line of JSON is lost.
    static func check(_ texts: [[UInt8]]) {
        let directory = FuzzDirectory.emptied()
        for (name, text) in zip(names, texts) { directory.write(text, to: name) }

        let service = start(directory)
        let recorded = record(in: service)
        let current = service.current.json
        let run = service.activeRun
        service.stop()

        for (name, text) in zip(names, texts) where name.hasSuffix(".ndjson") {
            var kept = Lines.whole(directory.bytes(of: name))[...]
            for line in Lines.whole(text) where Lines.isJSON(line) {
                guard let place = kept.firstIndex(of: line) else { fatalError("\(line.text) was lost from \(name)") }
                kept = kept[(place + 1)...]
            }
        }

        let next = start(directory)
        expect(next.current.json == current, "\(current.text) became \(next.current.json.text)")
        expect(next.activeRun == run, "\(String(describing: run)) became \(String(describing: next.activeRun))")
        if let recorded, let again = record(in: next) {
            expect(again.seq == recorded.seq + 1, "\(again.seq) follows \(recorded.seq)")
        }
        next.stop()
    }

    private static func start(_ directory: FuzzDirectory) -> TelemetryService {
        var configuration = StoreConfiguration(siteDirectory: directory.path)
        configuration.syncMode = .never
        // In the day of the site file.
        let now = Timestamp(rfc3339: "2026-05-21T00:00:00Z") ?? Timestamp(milliseconds: 0)
        do {
            return try TelemetryService(configuration, clock: WallClock(simulatedFrom: now), logger: logger)
        } catch {
            fatalError("it does not start: \(error)")
        }
    }

    /// Nil when it is refused, as at the end of the sequence numbers.
    private static func record(in service: TelemetryService) -> RecordedEvent? {
        let answer = Mutex<RecordedEvent?>(nil)
        // It is answered at once: nothing is synced.
        service.record(EventRequest(type: "fuzz", data: .null)) { reply in
            answer.withLock { $0 = try? reply.get() }
        }
        return answer.withLock { $0 }
    }
}

extension CurrentView {
    /// All that is current, as clients see it.
    fileprivate var json: [UInt8] {
        let rendering = rendering()
        return withExtendedLifetime(rendering) { Array(rendering.bytes) }
    }
}
