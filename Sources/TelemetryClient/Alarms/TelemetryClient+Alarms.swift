extension TelemetryClient {
    /// All that the server watches, as it is.
    ///
    /// ```swift
    /// let isSafe = try await client.alarms(raisedOnly: true).alarms.allSatisfy { $0.severity != .critical }
    /// ```
    ///
    /// To be told of changes, ``follow(_:stream:run:from:after:replay:)`` the types `alarm.*`: the data of such an event is a
    /// ``TelemetryAlarm``.
    ///
    /// - Parameter raisedOnly: leaves out what is ok or pending.
    /// - Throws: ``TelemetryClientError/refused(status:detail:)`` with 404 when the server is an older one.
    public func alarms(raisedOnly: Bool = false) async throws(TelemetryClientError) -> TelemetryAlarmList {
        let answer = try await get(raisedOnly ? "/alarms?raised=true" : "/alarms")
        guard let list = TelemetryAlarmList(json: answer) else { throw malformed(answer, lacks: "a list of alarms") }
        return list
    }

    /// The limits that the server uses, and what is wrong with its limits file.
    ///
    /// - Throws: ``TelemetryClientError/refused(status:detail:)`` with 404 when the server is an older one.
    public func limits() async throws(TelemetryClientError) -> TelemetryLimitList {
        let answer = try await get("/limits")
        guard let list = TelemetryLimitList(json: answer) else { throw malformed(answer, lacks: "a list of limits") }
        return list
    }

    /// Tells the server that somebody has seen an alarm. One that is on becomes acknowledged until it is over or gets worse; one
    /// that is latched is over. Returns when that is recorded; for an alarm that is not raised nothing is.
    ///
    /// - Parameters:
    ///   - name: of the alarm.
    ///   - person: who has seen it, at most 256 characters.
    ///   - why: what is to be known of it, at most 1,024 characters.
    /// - Returns: the alarm as it is now.
    /// - Throws: ``TelemetryClientError/refused(status:detail:)`` with 404 when there is no such alarm, with 401 or 403 when the
    ///   token may not do that, and with 503 or 507 when it cannot be recorded.
    @discardableResult
    public func acknowledge(
        _ name: String, by person: String, why: String = ""
    ) async throws(TelemetryClientError) -> TelemetryAlarm {
        let answer = try await post(
            "/alarms/\(name.percentEncoded)/acknowledge", ["by": JSONText(person), "why": JSONText(why)])
        guard let alarm = TelemetryAlarm(json: answer) else { throw malformed(answer, lacks: "an alarm") }
        return alarm
    }
}
