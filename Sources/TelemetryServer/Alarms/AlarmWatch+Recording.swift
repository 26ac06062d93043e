internal import Dispatch
internal import Logging
internal import Synchronization
internal import TelemetryLimits
internal import TelemetryModel
internal import TelemetryStore

/// How changes of alarms are recorded: by the watch's thread alone, one after another.
extension AlarmWatch {
    /// Records changes, each until it is recorded.
    func record(_ changes: [AlarmChange]) {
        state.withLock { $0.unrecorded = changes.count }
        for change in changes {
            let subject = state.withLock { state in
                state.set.place(of: change.alarm.name).map { state.subjects[$0] }
            }
            if let subject {
                report(change, subject)
                guard recordUntilDone(AlarmEvent.request(change, subject)) else { return }
                note(change.alarm.state)
            }
            state.withLock { state in
                state.recorded[change.alarm.name] = AlarmEvent.Recorded(change.alarm)
                state.unrecorded -= 1
            }
        }
    }

    /// - Returns: false when the server stops before it is recorded.
    @discardableResult
    func recordUntilDone(_ request: EventRequest) -> Bool {
        while !isStopped.load(ordering: .relaxed) {
            guard let error = failure(toRecord: request) else { return true }
            logger.report(
                .warning, nil, "The event of an alarm is not recorded: \(ErrorReport(error).text)",
                repeats: "alarm not recorded")
            refuseAcknowledgements(error)
            _ = bell.wait(timeout: .now() + Self.retryInterval)
        }
        return false
    }

    private func failure(toRecord request: EventRequest) -> TelemetryError? {
        let answered = DispatchSemaphore(value: 0)
        let answer = Mutex<TelemetryService.Answer?>(nil)
        service.record(EventRequests(request)) { result in
            answer.withLock { $0 = result }
            answered.signal()
        }
        answered.wait()
        if case .failure(let error) = answer.withLock({ $0 }) { return error }
        state.withLock { $0.echoes += 1 }
        return nil
    }

    private func report(_ change: AlarmChange, _ subject: LimitSubject) {
        let alarm = change.alarm
        let about = [subject.type, subject.field].compactMap(\.self).joined(separator: ".")
        let reason = alarm.cause.map { ": \(about) \($0)" } ?? ""
        let text = "Alarm \(alarm.name) is \(alarm.state)\(alarm.severity.map { " (\($0))" } ?? "")\(reason)"
        logger.report(
            alarm.state == .on ? .warning : .notice, .alarm, "\(text)",
            metadata: ["type": .string(AlarmEvent.type(of: alarm.name))])
    }
}

/// Somebody has seen an alarm, and waits until that is recorded.
struct Acknowledging: Sendable {
    let name: String
    let by: String
    let why: String
    let answer: @Sendable (Result<JSONText, TelemetryError>) -> Void
}

extension AlarmWatch {
    /// Acknowledges an alarm; one that there is nothing to acknowledge of stays as it is.
    ///
    /// - Parameter answer: called with the alarm once that is recorded, or with why it cannot be; by any thread.
    func acknowledge(
        _ name: String, by person: String, why: String,
        answer: @escaping @Sendable (Result<JSONText, TelemetryError>) -> Void
    ) {
        let refusal = state.withLock { state -> TelemetryError? in
            guard state.set.place(of: name) != nil else { return .unknownAlarm(name: name) }
            guard state.isLive else { return .cannotRead(reason: "alarms are not up to date yet, try again") }
            state.acknowledgements.append(Acknowledging(name: name, by: person, why: why, answer: answer))
            return nil
        }
        if let refusal { return answer(.failure(refusal)) }
        isAsked.store(true, ordering: .relaxed)
        bell.signal()
    }

    func acknowledgeAll() {
        guard isAsked.exchange(false, ordering: .relaxed) else { return }
        for request in takeAcknowledgements() { request.answer(acknowledge(request)) }
    }

    func refuseAcknowledgements(_ error: TelemetryError) {
        for request in takeAcknowledgements() { request.answer(.failure(error)) }
    }

    private func takeAcknowledgements() -> [Acknowledging] {
        state.withLock { state in
            defer { state.acknowledgements = [] }
            return state.acknowledgements
        }
    }

    private func acknowledge(_ request: Acknowledging) -> Result<JSONText, TelemetryError> {
        let found = state.withLock { state -> (subject: LimitSubject, was: Alarm, change: AlarmChange?)? in
            guard let place = state.set.place(of: request.name) else { return nil }
            let was = state.set.alarms[place]
            let change = state.set.acknowledge(request.name, by: request.by, why: request.why, at: clock.peek())
            return (state.subjects[place], was, change)
        }
        guard let found else { return .failure(.unknownAlarm(name: request.name)) }
        guard let change = found.change else { return .success(AlarmEvent.data(of: found.was, found.subject)) }
        if let error = failure(toRecord: AlarmEvent.request(change, found.subject)) {
            state.withLock { $0.set.takeBack(to: found.was) }
            return .failure(error)
        }
        report(change, found.subject)
        note(change.alarm.state)
        state.withLock { $0.recorded[request.name] = AlarmEvent.Recorded(change.alarm) }
        return .success(AlarmEvent.data(of: change.alarm, found.subject))
    }
}
