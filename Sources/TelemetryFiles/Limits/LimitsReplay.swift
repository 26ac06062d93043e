package import Logging
internal import SimdJSON
package import TelemetryLimits
package import TelemetryModel
package import TelemetryStore

/// Plays what was recorded in a site directory to limits, and tells what alarms there would have been.
///
/// The clock is the `ts` of the events, as far as that goes forwards: a late event does not set it back. Between two events time
/// passes as if somebody had looked each second. The last event is the end. A directory may be a running server's; what it
/// records meanwhile may be read or not.
package struct LimitsReplay {
    /// What was read.
    package struct Summary: Sendable, Equatable {
        package var events: UInt64 = 0

        /// Of types that a limit is about.
        package var watched: UInt64 = 0

        /// The clock at the first and the last event; nil without events.
        package var times: ClosedRange<Timestamp>?
        package var damagedLines: UInt64 = 0
    }

    /// After how many events the progress is told.
    private static let stretch = 4_096

    private let fileSystem: any FileSystem
    private let progress: any ProgressObserver
    private let logger: Logger

    package init(
        fileSystem: any FileSystem = PosixFileSystem(), progress: any ProgressObserver = NoProgress(), logger: Logger
    ) {
        (self.fileSystem, self.progress, self.logger) = (fileSystem, progress, logger)
    }

    /// - Parameters:
    ///   - path: the site directory, absolute.
    ///   - tell: called for each change of an alarm, in their order.
    package func play(
        _ path: String, to limits: LimitsConfiguration, _ tell: (AlarmChange, LimitSubject) -> Void
    ) throws(FilesError) -> Summary {
        let log = CommittedLog.atRest(try fileSystem.siteDirectory(at: path), fileSystem, logger: logger)
        log.openAtRest()
        do throws(SystemError) {
            let runs = try log.runTimes()
            do throws(LogReadError) {
                return try play(
                    LogReader(log, from: .beginning), runs.flatMap { RunChange.between($0.start, $0.end) }, limits, tell
                )
            } catch .system(let error) {
                throw error
            } catch {
                throw SystemError("read", path, code: SystemError.notAFile)
            }
        } catch {
            throw .system(error)
        }
    }

    private func play(
        _ reader: LogReader, _ runs: [RunChange], _ limits: LimitsConfiguration,
        _ tell: (AlarmChange, LimitSubject) -> Void
    ) throws(LogReadError) -> Summary {
        let parser = JSONParser(maximumDepth: 1_000)
        let subjects = limits.subjects
        var set = LimitSet(limits, at: Timestamp(milliseconds: 0))
        var summary = Summary()
        var left = reader.bytesBehind
        var last: LogEntry?
        func tellOf(_ change: AlarmChange) {
            if let place = set.place(of: change.alarm.name) { tell(change, subjects[place]) }
        }
        progress.expect(bytes: left)
        while let entry = try reader.next() {
            last = entry
            summary.events += 1
            if summary.events % UInt64(Self.stretch) == 0 {
                let now = reader.bytesBehind
                progress.advance(bytes: max(0, left - now))
                left = now
            }
            let isFirst = summary.times == nil
            let type = set.number(ofType: entry.type)
            guard isFirst || type != nil || summary.events % UInt64(Self.stretch) == 0,
                let time = Self.time(of: entry)
            else { continue }
            if isFirst {
                set = LimitSet(limits, at: time)
                set.expect(runs)
            }
            let clock = max(summary.times?.upperBound ?? time, time)
            summary.times = (summary.times?.lowerBound ?? time)...clock
            var changes = set.advance(to: clock)
            if let type, let event = set.read(entry.text, type: type, parser) {
                summary.watched += 1
                changes += set.observe(event, now: clock)
            }
            for change in changes { tellOf(change) }
        }
        if let times = summary.times, let end = last.flatMap(Self.time), end > times.upperBound {
            summary.times = times.lowerBound...end
            for change in set.advance(to: end) { tellOf(change) }
        }
        summary.damagedLines = reader.damagedLines
        return summary
    }

    /// Its `ts`; nil when it cannot be read.
    private static func time(of entry: LogEntry) -> Timestamp? {
        JSONText(validated: entry.text)["ts"]?.string.flatMap { Timestamp(rfc3339: $0) }
    }
}
