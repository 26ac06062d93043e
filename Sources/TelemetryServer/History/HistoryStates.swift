internal import TelemetryIndex
internal import TelemetryModel

/// The values that a field had one after another, as `GET /history/{type}/states` gives them.
struct HistoryStates {
    let query: HistoryQuery

    /// In the order of their times, within those of the query. Times are milliseconds since 1970.
    private let states: [(from: Int64, to: Int64, value: JSONText)]

    init(_ states: [HistoryState], of query: HistoryQuery) {
        self.query = query
        self.states = states.compactMap { state in
            let from = max(state.from, query.times.lowerBound).milliseconds
            let to = min(state.to, query.times.upperBound).milliseconds
            return from < to ? (from, to, state.value) : nil
        }
    }

    /// How long each value lasted in all, in milliseconds, in the order in which they first came. The text `true` and the
    /// boolean are one.
    private var totals: [(text: String, time: Int64)] {
        var totals: [(text: String, time: Int64)] = []
        var places: [[UInt8]: Int] = [:]
        for state in states {
            let text = state.value.string ?? state.value.description
            let time = state.to - state.from
            if let place = places[Array(text.utf8)] {
                totals[place].time += time
            } else {
                places[Array(text.utf8)] = totals.count
                totals.append((text, time))
            }
        }
        return totals
    }

    /// The states have times in milliseconds since 1970, the totals are in seconds.
    func json() -> [UInt8] {
        var body: [UInt8] = []
        body.append(ascii: "{\"type\":")
        body.append(jsonString: query.type)
        body.append(ascii: ",\"field\":")
        body.append(jsonString: query.fields.first ?? "")
        body.append(ascii: ",\"from\":")
        body.append(integer: query.times.lowerBound.milliseconds)
        body.append(ascii: ",\"to\":")
        body.append(integer: query.times.upperBound.milliseconds)
        body.append(ascii: ",\"states\":[")
        for (index, state) in states.enumerated() {
            body.append(ascii: index > 0 ? ",[" : "[")
            body.append(integer: state.from)
            body.append(UInt8(ascii: ","))
            body.append(integer: state.to)
            body.append(UInt8(ascii: ","))
            body.append(state.value)
            body.append(UInt8(ascii: "]"))
        }
        body.append(ascii: "],\"totals\":{")
        for (index, total) in totals.enumerated() {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            body.append(jsonString: total.text)
            body.append(UInt8(ascii: ":"))
            body.append(number: Double(total.time) / 1_000)
        }
        body.append(ascii: "}}")
        return body
    }
}
