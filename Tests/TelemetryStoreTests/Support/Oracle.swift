import Dispatch
import Logging
import SimdJSON
import Synchronization
import TestSupport
import Testing
import TelemetryModel

@testable import TelemetryStore

/// Tells whether a start on what a crash left keeps every promise.
struct Oracle {
    let facts: Night.Facts

    /// How many changes the disk had seen at the crash.
    let changes: Int

    /// Starts on an image, and returns what is wrong; empty when nothing is.
    func check(_ disk: SimulatedDisk) -> [String] {
        let fileSystem = SimulatedFileSystem(disk)
        let service: TelemetryService
        do {
            service = try TelemetryService(
                StoreConfiguration(siteDirectory: "/site"),
                clock: WallClock(simulatedFrom: Timestamp(milliseconds: 1_779_400_000_000)), logger: .silent,
                fileSystem: fileSystem)
        } catch {
            return ["it does not start: \(error)"]
        }
        let view = service.log.contents.view
        let run = service.activeRun
        let before = Lines(fileSystem.disk)
        var faults = before.faults
        faults += checkAcknowledged(before)
        faults += checkView(view, before)
        faults += checkRun(run, before)
        faults += checkReaders(service, before)

        // Recording goes on.
        let newEvents = [EventStream.site] + (run == nil ? [] : [.run])
        for stream in newEvents {
            let answered = DispatchSemaphore(value: 0)
            let isRecorded = Atomic(false)
            service.record(EventRequests(EventRequest(type: "after", data: .null, stream: stream))) { result in
                if case .success = result { isRecorded.store(true, ordering: .relaxed) }
                answered.signal()
            }
            answered.wait()
            if !isRecorded.load(ordering: .relaxed) { faults.append("nothing is recorded after the start") }
        }
        service.stop()
        let after = Lines(fileSystem.disk)
        faults += after.faults
        if after.count != before.count + newEvents.count { faults.append("lines were lost or made by the start") }
        return faults
    }

    /// Every acknowledged event is there once with its number, and no event is there twice.
    private func checkAcknowledged(_ lines: Lines) -> [String] {
        var faults: [String] = []
        for (number, found) in lines.byNumber where found.count > 1 {
            faults.append("event \(number) is there \(found.count) times")
        }
        for acknowledgement in facts.acknowledgements
        where acknowledgement.changes <= changes && acknowledgement.attempt.isStored {
            let found = lines.byNumber[acknowledgement.attempt.number] ?? []
            if found.count != 1 || acknowledgement.seq ?? found[0].event.seq != found[0].event.seq {
                faults.append("event \(acknowledgement.attempt.number) is acknowledged and there as \(found)")
            }
        }
        return faults
    }

    /// What a reader saw is there; one that goes on by its cursor sees each other line once, in the order of the log; and one
    /// that reads backwards sees the same.
    private func checkReaders(_ service: TelemetryService, _ lines: Lines) -> [String] {
        var faults: [String] = []
        let seen = facts.sightings.filter { $0.changes <= changes }
        for sighting in seen where lines.byNumber[sighting.number] == nil {
            faults.append("a reader saw event \(sighting.number), and it is not there")
        }
        do throws(LogReadError) {
            let start = seen.last.map { LogReader.Start.cursor($0.cursor) } ?? .beginning
            let numbers = seen.map(\.number) + (try numbers(LogReader(service.log, from: start)))
            let all = try self.numbers(LogReader(service.log, from: .beginning))
            if numbers != all { faults.append("with its cursor a reader sees \(numbers), and the log has \(all)") }
            if all != lines.byNumber.keys.sorted() { faults.append("the log is read as \(all)") }
            let backward = try BackwardLogReader(service.log, from: .end)
            var reversed: [Int] = []
            while let entry = try backward.next() { reversed.append(number(of: entry)) }
            if reversed != all.reversed() { faults.append("backwards the log is read as \(reversed)") }
        } catch {
            faults.append("the log cannot be read: \(error)")
        }
        return faults
    }

    private func numbers(_ reader: LogReader) throws(LogReadError) -> [Int] {
        var numbers: [Int] = []
        while let entry = try reader.next() { numbers.append(number(of: entry)) }
        return numbers
    }

    private func number(of entry: LogEntry) -> Int {
        JSONText(validated: entry.text).member("data").flatMap { Int($0.description) } ?? -1
    }

    /// The current view is the latest event of each type that is in a file, or an ephemeral one that a clean stop kept.
    private func checkView(_ view: CurrentView, _ lines: Lines) -> [String] {
        var faults: [String] = []
        var latest: [String: Int] = [:]
        for attempt in facts.attempts where attempt.makeCurrent && lines.byNumber[attempt.number] != nil {
            latest[attempt.type] = attempt.number
        }
        // Of a stop under way, the last thing may have been done.
        let isAfterCleanStop = facts.cleanStops.contains { $0 < changes }
        var shown: [String: Int] = [:]
        for entry in view.entries {
            guard let item = entry.latest else { continue }
            shown[entry.type] = JSONText(validated: item.json).member("data").flatMap { Int($0.description) }
        }
        for type in Set(latest.keys).union(shown.keys) where shown[type] != latest[type] {
            let isKeptEphemeral =
                isAfterCleanStop
                && facts.attempts.contains { $0.number == shown[type] && !$0.isStored && $0.number > latest[type] ?? 0 }
            if !isKeptEphemeral {
                faults.append("current \(type) is \(shown[type] ?? 0), and \(latest[type] ?? 0) is the latest on disk")
            }
        }
        return faults
    }

    /// The run that was acknowledged last is active, or one whose start or stop was under way.
    private func checkRun(_ run: Run?, _ lines: Lines) -> [String] {
        var allowed: Set<String?> = [nil]
        for transition in facts.transitions where transition.begun <= changes {
            if let acknowledged = transition.acknowledged, acknowledged <= changes {
                allowed = [transition.runID]
            } else {
                allowed.insert(transition.runID)
            }
        }
        var faults: [String] = []
        if !allowed.contains(run?.id) { faults.append("run \(run?.id ?? "none") is active, and not one of \(allowed)") }
        if let run {
            let count = lines.byFile[RunStream.file(in: run.directory)] ?? 0
            if run.events != count { faults.append("the run has \(count) events and says \(run.events)") }
        }
        let unstopped = lines.unstoppedRuns
        if unstopped != (run.map { [$0.directory] } ?? []) {
            faults.append("\(unstopped) were not stopped, and \(run?.directory ?? "none") is active")
        }
        return faults
    }
}

/// All lines of all NDJSON files of a disk.
private struct Lines {
    var byNumber: [Int: [StoredEvent]] = [:]
    var byFile: [String: UInt64] = [:]
    var unstoppedRuns: [String] = []
    var count = 0
    var faults: [String] = []

    init(_ disk: SimulatedDisk) {
        let parser = JSONParser()
        for (path, contents) in disk.tree() where path.hasSuffix("/run.json") {
            let directory = Path.directory(of: path)
            let json = try? parser.minify(contents)
            let run = json.flatMap { Run(json: JSONText(validated: $0), directory: directory) }
            if run == nil { faults.append("\(path) is damaged") }
            if run?.stoppedAt == nil { unstoppedRuns.append(directory) }
        }
        for (path, contents) in disk.tree() where path.hasSuffix(".ndjson") {
            var lastSeq: UInt64 = 0
            if contents.last.map({ $0 != UInt8(ascii: "\n") }) ?? false { faults.append("\(path) ends within a line") }
            for text in contents.split(separator: UInt8(ascii: "\n")) {
                guard let json = try? parser.minify(Array(text)),
                    let stored = StoredEvent(json: JSONText(validated: json))
                else {
                    faults.append("\(path) holds a damaged line")
                    continue
                }
                if stored.event.seq <= lastSeq { faults.append("\(path): \(stored.event.seq) follows \(lastSeq)") }
                lastSeq = stored.event.seq
                count += 1
                byFile[path, default: 0] += 1
                if let number = Int(stored.event.data.description) { byNumber[number, default: []].append(stored) }
            }
        }
    }
}
