/// Spans.
extension EventWriter {
    private static let kinds: InlineArray<6, StaticString> = [
        "", "internal", "server", "client", "producer", "consumer",
    ]

    private static let statuses: InlineArray<6, StaticString> = ["", "ok", "error", "", "", ""]

    /// Writes the event of a span:
    ///
    /// ```
    /// {"name":"…","kind":"server","trace_id":"…","span_id":"…","parent_span_id":"…","end":"…","duration_s":0.25,
    ///  "status":"error","status_message":"…","attributes":{…},"events":[…],"links":[…]}
    /// ```
    ///
    /// The event's `ts` is the span's start; `"start":null` says that it had none. A status that is there but not set is `unset`.
    mutating func writeSpan(_ index: UInt32) {
        let values = Values(of: index, in: json.nodes)
        guard isValid(values[1], length: 16) else {
            return reject("trace_id of a span \(faultOfID(values[1], length: 16))")
        }
        guard isValid(values[2], length: 8) else {
            return reject("span_id of a span \(faultOfID(values[2], length: 8))")
        }
        isExact = true
        let start = integer(values[7])
        let time = writeTime(start)
        let dataStart = buffer.count
        buffer.write("{\"name\":")
        if values[5] == 0 { buffer.write("\"\"") } else { write("", string: values[5]) }
        write(",\"kind\":", enumeration: values[6], Self.kinds)
        write(",\"trace_id\":", id: values[1])
        write(",\"span_id\":", id: values[2])
        if values[4] != 0 {
            if isValid(values[4], length: 8) {
                write(",\"parent_span_id\":", id: values[4])
            } else {
                // Some write zeros for no parent.
                isExact = false
            }
        }
        write(",\"trace_state\":", string: values[3])
        if start == 0 { buffer.write(",\"start\":null") }
        if values[8] != 0 {
            write(",\"end\":", time: values[8])
            if start != 0 {
                let end = integer(values[8])
                buffer.write(",\"duration_s\":")
                buffer.write(seconds: end < start ? start - end : end - start, isNegative: end < start)
            }
        }
        if values[15] != 0 { writeStatus(values[15]) }
        write(",\"attributes\":", attributes: values[9])
        if values[11] != 0 { writeEvents(from: values[11]) }
        if values[13] != 0 { writeLinks(from: values[13]) }
        write(",\"flags\":", unsigned: values[16])
        write(",\"dropped_attributes_count\":", unsigned: values[10])
        write(",\"dropped_events_count\":", unsigned: values[12])
        write(",\"dropped_links_count\":", unsigned: values[14])
        finish(index, type: type, from: dataStart, time: time, start, makeCurrent: limits.makesCurrent)
    }

    private mutating func writeStatus(_ index: UInt32) {
        let values = Values(of: index, in: json.nodes)
        if values[3] == 0 {
            buffer.write(",\"status\":\"unset\"")
        } else {
            write(",\"status\":", enumeration: values[3], Self.statuses)
        }
        write(",\"status_message\":", string: values[2])
    }

    private mutating func writeEvents(from first: UInt32) {
        buffer.write(",\"events\":[")
        var separator = Separator()
        var next = first
        while next != 0 {
            if json.nodes[Int(next)].number == 11 {
                let values = Values(of: next, in: json.nodes)
                write("{\"name\":", after: &separator)
                if values[2] == 0 { buffer.write("\"\"") } else { write("", string: values[2]) }
                write(",\"time\":", time: values[1])
                write(",\"attributes\":", attributes: values[3])
                write(",\"dropped_attributes_count\":", unsigned: values[4])
                buffer.write(UInt8(ascii: "}"))
            }
            next = json.nodes[Int(next)].next
        }
        buffer.write(UInt8(ascii: "]"))
    }

    private mutating func writeLinks(from first: UInt32) {
        buffer.write(",\"links\":[")
        var separator = Separator()
        var next = first
        while next != 0 {
            if json.nodes[Int(next)].number == 13 {
                let values = Values(of: next, in: json.nodes)
                write("{\"trace_id\":", after: &separator)
                if values[1] == 0 { buffer.write("\"\"") } else { write("", id: values[1]) }
                write(",\"span_id\":", id: values[2])
                write(",\"trace_state\":", string: values[3])
                write(",\"attributes\":", attributes: values[4])
                write(",\"flags\":", unsigned: values[6])
                write(",\"dropped_attributes_count\":", unsigned: values[5])
                buffer.write(UInt8(ascii: "}"))
            }
            next = json.nodes[Int(next)].next
        }
        buffer.write(UInt8(ascii: "]"))
    }

    private func faultOfID(_ index: UInt32, length: Int) -> String {
        let found = index == 0 ? 0 : json.nodes[Int(index)].length
        return found == length
            ? "is all zeros, and should not be" : "has \(found) bytes, and should have \(length)"
    }
}
