internal import TelemetryIndex
internal import TelemetryModel

extension HistoryAnswer {
    /// The answer as CSV (RFC 4180): a header, then a line for each bucket, field after field. `time` is in RFC 3339.
    func csv() -> [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(64 + 128 * series.reduce(0) { $0 + $1.buckets.count })
        body.append(ascii: "time,field,n,min,mean,max,first,last\r\n")
        for field in series {
            var name: [UInt8] = [UInt8(ascii: ",")]
            name.append(csv: Array(field.field.utf8)[...])
            name.append(UInt8(ascii: ","))
            for bucket in field.buckets {
                body.append(contentsOf: Timestamp(milliseconds: bucket.time).description.utf8)
                body.append(contentsOf: name)
                body.append(decimal: bucket.count)
                body.append(cell: bucket.minimum)
                body.append(cell: bucket.mean)
                body.append(cell: bucket.maximum)
                body.append(cell: bucket.first)
                body.append(cell: bucket.last)
                body.append(ascii: "\r\n")
            }
        }
        return body
    }
}

extension [UInt8] {
    /// Appends a comma and a number; nothing after it where that is none.
    fileprivate mutating func append(cell value: Double) {
        append(UInt8(ascii: ","))
        if value.isFinite { append(number: value) }
    }
}
