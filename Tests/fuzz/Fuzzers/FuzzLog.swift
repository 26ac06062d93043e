import Logging
import Synchronization

@testable import TelemetryModel
@testable import TelemetryStore

/// The log of a real site directory, made once, for fuzzers that ask for parts of it.
///
/// It has two days, runs that were stopped and replaced, one directory that two runs used, and a run that is active.
final class FuzzLog: Sendable {
    struct Line {
        let text: [UInt8]
        let type: [UInt8]
        let stream: EventStream
        let runID: String?
        let time: Timestamp
        let place: LogCursor
    }

    static let made = FuzzLog()

    private let service: TelemetryService
    let lines: [Line]

    /// The place of each line in the log.
    private let places: [[UInt8]: Int]

    var log: CommittedLog { service.log }
    let epoch: LogEpoch

    private init() {
        var configuration = StoreConfiguration(siteDirectory: FuzzDirectory.emptied().path)
        configuration.syncMode = .never
        let clock = WallClock(simulatedFrom: Self.noon.advanced(bySeconds: -3_600))
        do {
            service = try TelemetryService(
                configuration, clock: clock, logger: Logger(label: "fuzz", factory: { _ in SwiftLogNoOpLogHandler() }))
            try Self.play(service, clock)
            let reader = try LogReader(service.log, from: .beginning)
            epoch = reader.cursor.epoch
            var lines: [Line] = []
            while let entry = try reader.next() { lines.append(Line(entry)) }
            self.lines = lines
        } catch {
            fatalError("the log was not made: \(error)")
        }
        places = Dictionary(uniqueKeysWithValues: lines.enumerated().map { ($1.text, $0) })
        expect(lines.count == Self.eventCount, "\(lines.count) lines in the log")
    }

    /// All that is between a place and the end of the log, or between it and the beginning, as places in `lines`.
    ///
    /// - Returns: nil when the place is refused.
    func read(_ start: LogReader.Start, _ selection: LogSelection = .all, isBackward: Bool = false) -> [Int]? {
        var found: [Int] = []
        do {
            if isBackward {
                let reader = try BackwardLogReader(log, from: start, selection)
                while let entry = try reader.next() { found.append(place(of: entry)) }
            } else {
                let reader = try LogReader(log, from: start, selection)
                while let entry = try reader.next() { found.append(place(of: entry)) }
            }
        } catch LogReadError.gone {
            expect(found.isEmpty, "refused after \(found)")
            return nil
        } catch {
            fatalError("\(start) cannot be read from: \(error)")
        }
        return found
    }

    private func place(of entry: LogEntry) -> Int {
        guard let place = places[Array(entry.text)] else { fatalError("\(entry.text.text) is not in the log") }
        return place
    }

    // MARK: - The log

    private static let noon = Timestamp(rfc3339: "2026-05-20T12:00:00Z") ?? Timestamp(milliseconds: 0)
    private static let types = ["weather", "weather \u{E9}", "dome"]
    private static let eventCount = 48

    private static func play(_ service: TelemetryService, _ clock: WallClock) throws(TelemetryError) {
        var numbers = (0..<eventCount)[...]
        func record(_ count: Int, _ stream: EventStream? = nil) {
            for number in numbers.prefix(count) { self.record(number, stream, in: service) }
            numbers = numbers.dropFirst(count)
        }
        record(4)
        clock.set(noon.advanced(bySeconds: 40_000))
        record(4)
        for (id, directory) in [("a", nil), ("b", "b/c"), ("d", "a"), ("a", "e"), ("001", nil)] {
            _ = try service.startRun(RunStartRequest(runID: id, runDirectory: directory, replace: true))
            record(3)
            record(2, .site)
            record(1)
            if id == "b" {
                _ = try service.stopRun()
                record(4)
                clock.set(noon.advanced(bySeconds: 130_000))
            }
        }
        record(6)
    }

    private static func record(_ number: Int, _ stream: EventStream?, in service: TelemetryService) {
        // Some say themselves when they happened: long ago, or in years to come.
        let year = [nil, nil, "1999", "2041"][number % 4]
        let time = year.flatMap { Timestamp(rfc3339: "\($0)-01-01T00:00:00Z") }
        let request = EventRequest(
            type: types[number % types.count],
            data: JSONText(string: "\(number)" + String(repeating: "x", count: number % 7 * 40)),
            time: time.map { EventTime(text: $0.description, timestamp: $0) }, stream: stream)
        let isRecorded = Mutex(false)
        // It is answered at once: nothing is synced.
        service.record(EventRequests(request)) { reply in
            if case .success = reply { isRecorded.withLock { $0 = true } }
        }
        expect(isRecorded.withLock(\.self), "event \(number) was not recorded")
    }
}

extension FuzzLog.Line {
    init(_ entry: LogEntry) {
        let text = Array(entry.text)
        guard let event = StoredEvent(json: JSONText(validated: text))?.event, let place = entry.cursor,
            let time = Timestamp(rfc3339: event.ts)
        else { fatalError("\(text.text) is no stored event") }
        self.init(
            text: text, type: Array(event.type.utf8), stream: entry.stream,
            runID: entry.stream == .run ? event.meta.member("run_id")?.string : nil, time: time, place: place)
    }
}
