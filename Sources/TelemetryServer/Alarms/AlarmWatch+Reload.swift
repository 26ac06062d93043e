internal import Dispatch
internal import Logging
internal import Synchronization
internal import TelemetryLimits
internal import TelemetryModel
internal import TelemetryStore

extension AlarmWatch {
    /// Uses other limits from now on. Alarms of the same name stay as they are until they are seen to be otherwise; one that is on
    /// and not watched any more is over.
    func use(_ configuration: LimitsConfiguration) {
        let isRunActive = service.activeRun != nil
        let end = try? LogReader(service.log, from: .end).cursor
        let latest = latest(of: configuration.types)
        state.withLock { state in
            if state.subjects.isEmpty { state.origin = end.map { Origin(end: $0, latest: latest) } }
            let heard = latest.mapValues(\.time)
            var set = LimitSet(configuration, at: state.clock, lastHeard: heard, isRunActive: isRunActive)
            set.restore(state.set.state)
            for (alarm, subject) in zip(state.set.alarms, state.subjects)
            where alarm.isRaised && set.place(of: alarm.name) == nil {
                let data = AlarmEvent.data(of: alarm, subject, before: alarm.state)
                if let recorded = AlarmEvent.Recorded(data: data) { state.ended.append(recorded) }
            }
            (state.configuration, state.set, state.subjects) = (configuration, set, configuration.subjects)
            state.faults = []
            state.generation += 1
        }
        bell.signal()
    }

    /// Reads the limits file, and uses its limits from now on. Those that are in use stay if it is faulty.
    func read(_ source: LimitsSource) throws(LimitsFileError) {
        do throws(LimitsFileError) {
            use(try source.read())
            start()
        } catch {
            state.withLock { $0.faults = error.faults }
            throw error
        }
    }

    /// The limits that are in use; nil while there are none, as the file was never without a fault.
    var configuration: LimitsConfiguration? { state.withLock { $0.generation == 0 ? nil : $0.configuration } }

    /// With the limits of a file. A faulty one keeps nobody from recording: all of its faults are logged, nothing is watched, and
    /// what was recorded of alarms stays as it is until the file is read again.
    convenience init(limits: LimitsSource, _ service: TelemetryService, clock: WallClock, logger: Logger) {
        self.init(service, clock: clock, logger: logger)
        do throws(LimitsFileError) {
            use(try limits.read())
        } catch {
            state.withLock { $0.faults = error.faults }
            for fault in error.faults { logger.error("Nothing is watched: \(fault)") }
        }
    }

    /// What an operator should see at once: a limits file that cannot be used, and alarms that are critical. Nil when there is
    /// nothing.
    var notice: String? {
        let (alarms, subjects, faults) = state.withLock { ($0.set.alarms, $0.subjects, $0.faults) }
        var parts = faults.isEmpty ? [] : ["the limits file cannot be used"]
        let critical = zip(alarms, subjects).filter { alarm, _ in
            (alarm.state == .on || alarm.state == .acknowledged) && alarm.severity == .critical
        }
        let named = critical.prefix(Self.mostNamed).map { Self.summary($0, $1) }
        let others = critical.count > named.count ? ["\(critical.count - named.count) more"] : []
        if !named.isEmpty { parts.append("critical: " + (named + others).joined(separator: ", ")) }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    private static let mostNamed = 3

    /// `wind (22 is above 20)`
    private static func summary(_ alarm: Alarm, _ subject: LimitSubject) -> String {
        guard let cause = alarm.cause else { return alarm.name }
        let value = alarm.reading.flatMap { $0 == .missing ? nil : "\($0)" }
        return "\(alarm.name) (\(value ?? subject.field ?? subject.type) \(cause))"
    }
}
