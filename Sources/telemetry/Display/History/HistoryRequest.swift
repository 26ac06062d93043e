internal import TelemetryClient
internal import TelemetryModel

/// What is asked for with `telemetry history`.
struct HistoryRequest: Sendable {
    let type: String
    let from: String?
    let to: String?
    let points: Int?
    let runID: String?

    /// As the server reads it.
    let gap: String?

    /// The series and the states, over one span.
    func content(
        _ fields: HistoryFields, of client: TelemetryClient, points: Int
    ) async throws(TelemetryClientError) -> HistoryContent {
        // Without names the server gives all: an address has room for a limited number.
        let names = fields.areNamed ? fields.numeric : []
        let history = fields.numeric.isEmpty ? nil : try await history(names, of: client, points: points)
        let series = history?.fields.filter { series in
            fields.areNamed || fields.numeric.contains { $0.utf8.elementsEqual(series.field.utf8) }
        }
        var times = history?.times
        var states: [TelemetryStates] = []
        for (place, field) in fields.stateful.enumerated() {
            do throws(TelemetryClientError) {
                let found = try await self.states(field, within: times, of: client)
                times = found.times
                states.append(found)
            } catch {
                // One that has had too many values has no states. Who has named it is told, and who would see nothing.
                let isNeeded = times == nil && place == fields.stateful.count - 1
                guard error.status == 404, !fields.areNamed, !isNeeded else { throw error }
            }
        }
        guard let times else { preconditionFailure("there are no fields") }
        return HistoryContent(type: type, times: times, history: history, series: series ?? [], states: states)
    }

    /// The server's answers as they are: the series, if there is any, and the states of each field that has no numbers.
    func json(_ fields: HistoryFields, of client: TelemetryClient) async throws(TelemetryClientError) -> [JSONText] {
        var answers: [JSONText] = []
        if !fields.numeric.isEmpty {
            answers.append(try await history(fields.numeric, of: client, points: points).json)
        }
        for field in fields.stateful { answers.append(try await states(field, within: nil, of: client).json) }
        return answers
    }

    /// The server's answer for all series.
    func json(of client: TelemetryClient) async throws(TelemetryClientError) -> JSONText {
        try await history([], of: client, points: points).json
    }

    func csv(_ fields: [String], of client: TelemetryClient) -> HistoryCSV {
        client.historyCSV(type, fields: fields, from: from, to: to, points: points, run: runID, gapText: gap)
    }

    /// The gap in milliseconds; nil when there is none, or the server will refuse it.
    var gapMilliseconds: Int64? { gap.flatMap { QueryTime.milliseconds($0[...]) } }

    private func history(
        _ fields: [String], of client: TelemetryClient, points: Int?
    ) async throws(TelemetryClientError) -> TelemetryHistory {
        try await client.history(
            type, fields: fields, from: from, to: to, points: points, run: runID, gapText: gap)
    }

    /// - Parameter times: those of an earlier answer, so that now is the same for all.
    private func states(
        _ field: String, within times: Range<Timestamp>?, of client: TelemetryClient
    ) async throws(TelemetryClientError) -> TelemetryStates {
        try await client.states(
            type, field: field, from: times.map { "\($0.lowerBound)" } ?? from,
            to: times.map { "\($0.upperBound)" } ?? to, run: runID)
    }
}
