extension TelemetryClient {
    /// The history of fields of a type, rolled up into buckets of one length; where that is short enough, the events
    /// themselves.
    ///
    /// ```swift
    /// let history = try await client.history("weather", fields: ["wind_mps"], from: "-7d", points: 500)
    /// for bucket in history[field: "wind_mps"]?.buckets ?? [] {
    ///     print(bucket.time, bucket.minimum, bucket.mean, bucket.maximum)
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - type: the kind of events.
    ///   - fields: paths within `data`, see ``TelemetrySeries/field``; empty for every numeric field.
    ///   - from: those whose `ts` is not before: RFC 3339, or relative to this machine's clock (`-90s`, `-15m`, `-6h`,
    ///     `-30d`). Nil for 24 hours before `to`, or for the beginning of the run.
    ///   - to: those whose `ts` is before, in the same forms; nil for now, or for the end of the run.
    ///   - points: about how many buckets a field has, from 1 to 10,000; nil for 1,000.
    ///   - run: those in the files of the runs with this id.
    ///   - gap: how long nothing may come before it counts as a gap; nil for 2.5 times the usual interval of the type.
    /// - Throws: ``TelemetryClientError/refused(status:detail:)`` with 404 when nothing of the type was recorded, there is
    ///   no such run, or the server keeps no history, and with 422 for a parameter that is wrong.
    public func history(
        _ type: String, fields: [String] = [], from: String? = nil, to: String? = nil, points: Int? = nil,
        run: String? = nil, gap: Duration? = nil
    ) async throws(TelemetryClientError) -> TelemetryHistory {
        try await history(
            type, fields: fields, from: from, to: to, points: points, run: run, gapText: gap.map(Self.text))
    }

    /// The same, with the gap as the server reads it: `90s`, `15m`.
    package func history(
        _ type: String, fields: [String], from: String?, to: String?, points: Int?, run: String?, gapText: String?
    ) async throws(TelemetryClientError) -> TelemetryHistory {
        let query = HistoryQuery(
            type: type, fields: fields, from: from, to: to, points: points, run: run, gap: gapText)
        let answer = try await ask(query.path(at: .now))
        guard let history = TelemetryHistory(json: answer) else { throw malformed(answer, lacks: "a history") }
        return history
    }

    /// The same as CSV.
    package func historyCSV(
        _ type: String, fields: [String], from: String?, to: String?, points: Int?, run: String?, gapText: String?
    ) -> HistoryCSV {
        let query = HistoryQuery(
            type: type, fields: fields, from: from, to: to, points: points, run: run, gap: gapText)
        return HistoryCSV(self, query.path(at: .now, "", [("format", "csv")]))
    }

    /// The values that a field of strings, booleans or nulls has had one after another. The value from before the span is
    /// the first.
    ///
    /// - Parameters:
    ///   - type: the kind of events.
    ///   - field: a path within `data`, see ``TelemetrySeries/field``.
    ///   - from: from when: RFC 3339, or relative to this machine's clock (`-6h`); nil for 24 hours before `to`, or for the
    ///     beginning of the run.
    ///   - to: until when, in the same forms; nil for now, or for the end of the run.
    ///   - run: what was recorded in the files of the runs with this id.
    /// - Throws: ``TelemetryClientError/refused(status:detail:)`` as
    ///   ``history(_:fields:from:to:points:run:gap:)``, also when the field has had more values than the server keeps.
    public func states(
        _ type: String, field: String, from: String? = nil, to: String? = nil, run: String? = nil
    ) async throws(TelemetryClientError) -> TelemetryStates {
        let query = HistoryQuery(type: type, fields: [field], from: from, to: to, run: run)
        let answer = try await ask(query.path(at: .now, "/states"))
        guard let states = TelemetryStates(json: answer) else { throw malformed(answer, lacks: "a list of states") }
        return states
    }

    /// The types that were recorded, with their fields.
    ///
    /// - Throws: ``TelemetryClientError/refused(status:detail:)`` with 404 or 405 when the server keeps no history.
    public func types() async throws(TelemetryClientError) -> TelemetryTypes {
        let answer = try await ask("/types")
        guard let types = TelemetryTypes(json: answer) else { throw malformed(answer, lacks: "a list of types") }
        return types
    }

    private func ask(_ path: String) async throws(TelemetryClientError) -> JSONText {
        do throws(TelemetryClientError) {
            return try await get(path)
        } catch {
            throw error.namingHistory
        }
    }

    /// In whole milliseconds, at least one and at most what the server reads.
    private static func text(_ gap: Duration) -> String {
        let milliseconds = (min(max(gap, .milliseconds(1)), .seconds(999_999_999)) / .milliseconds(1)).rounded()
        return milliseconds < 1e9 ? "\(Int64(milliseconds))ms" : "\(Int64(milliseconds / 1_000))s"
    }
}

extension TelemetryClientError {
    /// The same, but for a server that does not know the path at all.
    var namingHistory: TelemetryClientError {
        guard case .refused(let status, let detail) = self, [404, 405].contains(status),
            ["Not Found", "Method Not Allowed"].contains(detail)
        else { return self }
        let reason = "it keeps no history (GET /history): it is another telemetry server, or an older one"
        return .refused(status: status, detail: reason)
    }
}
