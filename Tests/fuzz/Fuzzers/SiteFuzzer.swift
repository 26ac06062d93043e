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
        let current = service.log.currentJSON
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
        expect(next.log.currentJSON == current, "\(current.text) became \(next.log.currentJSON.text)")
        expect(next.activeRun == run, "\(String(describing: run)) became \(String(describing: next.activeRun))")
        if let recorded, let again = record(in: next) {
            expect(again == recorded + 1, "\(again) follows \(recorded)")
        }
        checkReaders(next)
        next.stop()
    }

    /// Readers come to an end in either direction and go on from any place, whatever the files hold. That they agree is not
    /// asked: lines that no server wrote may tell of an order that cannot be.
    private static func checkReaders(_ service: TelemetryService) {
        do {
            let reader = try LogReader(service.log, from: .beginning)
            var entries: [LogEntry] = []
            while let entry = try reader.next() {
                entries.append(entry)
                expect(entries.count < 1_000_000, "a reader does not come to an end")
            }
            let backward = try BackwardLogReader(service.log, from: .end)
            var count = 0
            while try backward.next() != nil {
                count += 1
                expect(count < 1_000_000, "a backward reader does not come to an end")
            }
            for entry in entries.suffix(3) {
                guard let cursor = entry.cursor else { continue }
                _ = try? LogReader(service.log, from: .cursor(cursor)).next()
                _ = try? BackwardLogReader(service.log, from: .cursor(cursor)).next()
            }
        } catch LogReadError.notReady {
            // Nothing could be opened.
        } catch {
            fatalError("the log cannot be read: \(error)")
        }
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
    private static func record(in service: TelemetryService) -> UInt64? {
        let answer = Mutex<UInt64?>(nil)
        // It is answered at once: nothing is synced.
        service.record(EventRequests(EventRequest(type: "fuzz", data: .null))) { reply in
            answer.withLock { $0 = (try? reply.get())?.seqs?.lowerBound }
        }
        return answer.withLock { $0 }
    }
}

extension CommittedLog {
    /// All that is current, as clients see it.
    fileprivate var currentJSON: [UInt8] {
        let rendering = currentRendering()
        return withExtendedLifetime(rendering) { Array(rendering.bytes) }
    }
}
