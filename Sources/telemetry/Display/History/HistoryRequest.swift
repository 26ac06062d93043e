internal import TelemetryClient
internal import TelemetryModel

/// What is asked for with `telemetry history`, and how it is got: which fields are series and which are states is known
/// from the server's types.
struct HistoryRequest: Sendable {
    let type: String

    /// Empty for all.
    let fields: [String]
    let from: String?
    let to: String?
    let points: Int?
    let runID: String?

    /// As the server reads it.
    let gap: String?

    /// The series and the states.
    func content(
        of client: TelemetryClient, points: Int
    ) async throws(TelemetryClientError) -> HistoryContent {
        let (numeric, stateful) = try await fields(of: client)
        // Without a name the server gives all, and an address has room for a limited number of names.
        let named = fields.isEmpty ? [] : numeric
        let history = numeric.isEmpty ? nil : try await history(named, of: client, points: points)
        let series = history?.fields.filter { series in
            !named.isEmpty || numeric.contains { $0.utf8.elementsEqual(series.field.utf8) }
        }
        var states: [TelemetryStates] = []
        for field in stateful {
            do throws(TelemetryClientError) {
                states.append(try await self.states(field, within: history?.times ?? states.first?.times, of: client))
            } catch {
                // A field that has had too many values is no field of states. Who has named it is told.
                guard fields.isEmpty, [404, 422].contains(error.status), history != nil || states.first != nil
                else { throw error }
            }
        }
        guard let times = history?.times ?? states.first?.times else {
            throw .refused(status: 404, detail: "type '\(type)' has no fields whose history is kept")
        }
        return HistoryContent(type: type, times: times, history: history, series: series ?? [], states: states)
    }

    /// The server's answers as they are: the series, if there is any, and the states of each field that is named and has no
    /// numbers.
    func json(of client: TelemetryClient) async throws(TelemetryClientError) -> [JSONText] {
        guard !fields.isEmpty else { return [try await history([], of: client, points: points).json] }
        let (numeric, stateful) = try await fields(of: client)
        var answers: [JSONText] = []
        if !numeric.isEmpty { answers.append(try await history(numeric, of: client, points: points).json) }
        for field in stateful { answers.append(try await states(field, within: nil, of: client).json) }
        return answers
    }

    func csv(of client: TelemetryClient) -> HistoryCSV {
        client.historyCSV(type, fields: fields, from: from, to: to, points: points, run: runID, gapText: gap)
    }

    /// A duration as the server reads it, in milliseconds; nil for any other text.
    static func milliseconds(_ text: String) -> Int64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let units: [String: Int64] = ["ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
        guard (1...9).contains(digits.utf8.count), let number = Int64(digits),
            let unit = units[String(text.dropFirst(digits.count))]
        else { return nil }
        return number * unit
    }

    private func history(
        _ fields: [String], of client: TelemetryClient, points: Int?
    ) async throws(TelemetryClientError) -> TelemetryHistory {
        try await client.history(
            type, fields: fields, from: from, to: to, points: points, run: runID, gapText: gap)
    }

    /// - Parameter times: those of the series, so that now is the same for all.
    private func states(
        _ field: String, within times: Range<Timestamp>?, of client: TelemetryClient
    ) async throws(TelemetryClientError) -> TelemetryStates {
        try await client.states(
            type, field: field, from: times.map { "\($0.lowerBound)" } ?? from,
            to: times.map { "\($0.upperBound)" } ?? to, run: runID)
    }

    /// The fields that are wanted: those that have had numbers, and the others.
    private func fields(
        of client: TelemetryClient
    ) async throws(TelemetryClientError) -> (numeric: [String], stateful: [String]) {
        let types = try await client.types()
        guard let known = types[type: type]?.fields else {
            throw .refused(
                status: 404, detail: "nothing of the type '\(type)' was recorded; 'telemetry types' lists what was")
        }
        var wanted = known
        if !fields.isEmpty {
            wanted = []
            for field in fields {
                guard let found = known.first(where: { $0.path.utf8.elementsEqual(field.utf8) }) else {
                    throw .refused(status: 404, detail: Self.explanation(of: field, type, known, types))
                }
                wanted.append(found)
            }
        }
        return (
            wanted.filter { $0.kinds.contains(.number) }.map(\.path),
            wanted.filter { !$0.kinds.contains(.number) }.map(\.path)
        )
    }

    private static func explanation(
        of field: String, _ type: String, _ known: [TelemetryFieldSummary], _ types: TelemetryTypes
    ) -> String {
        let names = known.prefix(20).map(\.path).joined(separator: ", ") + (known.count > 20 ? ", …" : "")
        var text = "type '\(type)' has no field '\(field)'; it has \(known.isEmpty ? "none" : names)"
        if types.leftOutSeries > 0 {
            text +=
                ". \(types.leftOutSeries) fields are left out, as there are more than \(types.maximumSeries) in a file"
        }
        return text
    }
}
