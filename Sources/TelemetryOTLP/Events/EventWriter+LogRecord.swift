/// Log records.
extension EventWriter {
    /// Writes the event of a log record:
    ///
    /// ```
    /// {"severity":"ERROR","severity_number":17,"body":"…","attributes":{…},"trace_id":"…","span_id":"…","observed":"…"}
    /// ```
    ///
    /// The event's `ts` is the record's own time, else when it was observed, else when it is recorded; `"time":null` says that it
    /// had no time of its own. An id that is none is left out: the record is then of no trace.
    mutating func writeLogRecord(_ index: UInt32) {
        let values = Values(of: index, in: json.nodes)
        isExact = true
        let own = integer(values[1])
        let nanoseconds = own != 0 ? own : integer(values[11])
        let time = writeTime(nanoseconds)
        let start = buffer.count
        var separator = Separator()
        buffer.write(UInt8(ascii: "{"))
        if values[3] != 0 {
            write("\"severity\":", after: &separator)
            write("", string: values[3])
        }
        if values[2] != 0 {
            write("\"severity_number\":", after: &separator)
            buffer.write(json.nodes[Int(values[2])].signed)
        }
        if values[12] != 0 {
            write("\"event_name\":", after: &separator)
            write("", string: values[12])
        }
        if values[5] != 0 {
            write("\"body\":", after: &separator)
            writeAnyValue(values[5])
        }
        if values[6] != 0 {
            write("\"attributes\":", after: &separator)
            writeAttributes(from: values[6])
        }
        write("\"trace_id\":", id: values[9], length: 16, after: &separator)
        write("\"span_id\":", id: values[10], length: 8, after: &separator)
        if own == 0 { write("\"time\":null", after: &separator) }
        if values[11] != 0 {
            write("", after: &separator)
            write("\"observed\":", time: values[11])
        }
        if values[8] != 0 {
            write("\"flags\":", after: &separator)
            buffer.write(integer(values[8]))
        }
        if values[7] != 0 {
            write("\"dropped_attributes_count\":", after: &separator)
            buffer.write(integer(values[7]))
        }
        if !isExact, !separator.isNeeded { write("\"attributes\":{}", after: &separator) }
        finish(index, type: type, from: start, time: time, nanoseconds, makeCurrent: limits.makesCurrent)
    }

    private mutating func write(_ label: StaticString, id index: UInt32, length: Int, after separator: inout Separator)
    {
        if index == 0 { return }
        guard isValid(index, length: length) else {
            isExact = false
            return
        }
        write(label, after: &separator)
        write("", id: index)
    }
}
