internal import TelemetryIndex
internal import TelemetryModel

extension HistoryAnswer {
    /// The answer to a query as `GET /history/{type}` gives it. All times are milliseconds since 1970.
    func json(_ query: HistoryQuery) -> [UInt8] {
        let (from, to) = (query.times.lowerBound, query.times.upperBound)
        var body: [UInt8] = []
        // A bucket's seven numbers.
        body.reserveCapacity(512 + 90 * series.reduce(0) { $0 + $1.buckets.count })
        body.append(ascii: "{\"type\":")
        body.append(jsonString: query.type)
        body.append(ascii: ",\"from\":")
        body.append(integer: from.milliseconds)
        body.append(ascii: ",\"to\":")
        body.append(integer: to.milliseconds)
        body.append(ascii: ",\"step\":")
        body.append(number: Double(step) / 1_000)
        body.append(ascii: ",\"source\":")
        body.append(jsonString: source.rawValue)
        body.append(ascii: ",\"complete_from\":")
        if let completeFrom {
            body.append(integer: completeFrom.milliseconds)
        } else {
            body.append(ascii: "null")
        }
        body.append(ascii: ",\"complete_to\":")
        // Where all of the span is there, what came after it changes nothing, so the answer stays the same.
        body.append(integer: min(completeTo, to).milliseconds)
        body.append(ascii: ",\"fields\":{")
        for (index, field) in series.enumerated() {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            body.append(jsonString: field.field)
            body.append(UInt8(ascii: ":"))
            body.append(columns: field.buckets)
        }
        body.append(ascii: "},\"gaps\":[")
        for (index, gap) in gaps.enumerated() {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            body.append(integers: [gap.lowerBound.milliseconds, gap.upperBound.milliseconds])
        }
        body.append(ascii: "]}")
        return body
    }
}

extension [UInt8] {
    fileprivate mutating func append(columns buckets: [HistoryBucket]) {
        append(ascii: "{\"t\":")
        append(integers: buckets.map(\.time))
        append(ascii: ",\"n\":")
        append(integers: buckets.map { Int64(clamping: $0.count) })
        append(ascii: ",\"min\":")
        append(numbers: buckets.map(\.minimum))
        append(ascii: ",\"mean\":")
        append(numbers: buckets.map(\.mean))
        append(ascii: ",\"max\":")
        append(numbers: buckets.map(\.maximum))
        append(ascii: ",\"first\":")
        append(numbers: buckets.map(\.first))
        append(ascii: ",\"last\":")
        append(numbers: buckets.map(\.last))
        append(UInt8(ascii: "}"))
    }
}
