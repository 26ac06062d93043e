/// Metrics: what one export says of a metric is one event, with a point for each set of attributes.
extension EventWriter {
    private static let temporalities: InlineArray<6, StaticString> = ["", "delta", "cumulative", "", "", ""]

    /// Writes the event of a metric:
    ///
    /// ```
    /// {"name":"…","kind":"sum","unit":"s","description":"…","temporality":"delta","monotonic":true,
    ///  "points":[{"attributes":{…},"start":"…","value":7}]}
    /// ```
    ///
    /// The event's `ts` is the latest time of its points. A point of another time has a `time`, which is null if it had none.
    mutating func writeMetric(_ index: UInt32) {
        let values = Values(of: index, in: json.nodes)
        isExact = true
        let name =
            values[1] == 0
            ? UnsafeBufferPointer<UInt8>(start: nil, count: 0) : json.bytes(of: json.nodes[Int(values[1])])
        let type = writeType(metric: name)
        let shape = MetricShape(values)
        let contents = Values(of: shape.node, in: json.nodes)
        let latest = latestTime(from: contents[1])
        let time = writeTime(latest)
        let start = buffer.count
        buffer.write("{\"name\":")
        if values[1] == 0 { buffer.write("\"\"") } else { write("", string: values[1]) }
        if shape.node != 0 {
            buffer.write(",\"kind\":\"")
            buffer.write(shape.name)
            buffer.write(UInt8(ascii: "\""))
        }
        write(",\"unit\":", string: values[3])
        write(",\"description\":", string: values[2])
        if shape.hasTemporality { write(",\"temporality\":", enumeration: contents[2], Self.temporalities) }
        if shape.kind == .sum {
            if contents[3] != 0 { buffer.write(",\"monotonic\":true") } else { buffer.write(",\"monotonic\":false") }
        }
        if shape.node != 0 {
            buffer.write(",\"points\":[")
            writePoints(from: contents[1], shape.kind, latest)
            buffer.write(UInt8(ascii: "]"))
        }
        write(",\"metadata\":", attributes: values[12])
        finish(index, type: type, from: start, time: time, latest, makeCurrent: true)
    }

    /// How many data points a metric has; a metric without any counts as one.
    func pointCount(ofMetric index: UInt32) -> Int {
        let shape = MetricShape(Values(of: index, in: json.nodes))
        var next = Values(of: shape.node, in: json.nodes)[1]
        var count = 0
        while next != 0 {
            if json.nodes[Int(next)].number == 1 { count += 1 }
            next = json.nodes[Int(next)].next
        }
        return max(1, count)
    }

    private func latestTime(from first: UInt32) -> UInt64 {
        var latest: UInt64 = 0
        var next = first
        while next != 0 {
            if json.nodes[Int(next)].number == 1 {
                // All points have their time in the same field.
                latest = max(latest, integer(Values(of: next, in: json.nodes)[3]))
            }
            next = json.nodes[Int(next)].next
        }
        return latest
    }

    private mutating func writePoints(from first: UInt32, _ kind: MetricShape.Kind, _ latest: UInt64) {
        var separator = Separator()
        var next = first
        while next != 0 {
            if json.nodes[Int(next)].number == 1 {
                let values = Values(of: next, in: json.nodes)
                write("{\"attributes\":", after: &separator)
                writeAttributes(from: values[kind.attributes])
                write(",\"start\":", time: values[2])
                let time = integer(values[3])
                if time == 0 {
                    buffer.write(",\"time\":null")
                } else if time != latest {
                    write(",\"time\":", time: values[3])
                }
                switch kind {
                case .gauge, .sum: writeNumber(values)
                case .histogram: writeHistogram(values)
                case .exponentialHistogram: writeExponentialHistogram(values)
                case .summary: writeSummary(values)
                }
                buffer.write(UInt8(ascii: "}"))
            }
            next = json.nodes[Int(next)].next
        }
    }

    private mutating func writeNumber(_ values: Values) {
        writeNumberValue(double: values[4], integer: values[6])
        writeExemplars(from: values[5])
        write(",\"flags\":", unsigned: values[8])
    }

    private mutating func writeNumberValue(double: UInt32, integer: UInt32) {
        write(",\"value\":", double: double)
        if integer != 0 {
            buffer.write(",\"value\":")
            buffer.write(json.nodes[Int(integer)].signed)
        }
    }

    private mutating func writeHistogram(_ values: Values) {
        buffer.write(",\"count\":")
        buffer.write(integer(values[4]))
        write(",\"sum\":", double: values[5])
        write(",\"min\":", double: values[11])
        write(",\"max\":", double: values[12])
        write(",\"explicit_bounds\":", numbersFrom: values[7])
        write(",\"bucket_counts\":", numbersFrom: values[6])
        writeExemplars(from: values[8])
        write(",\"flags\":", unsigned: values[10])
    }

    private mutating func writeExponentialHistogram(_ values: Values) {
        buffer.write(",\"count\":")
        buffer.write(integer(values[4]))
        write(",\"sum\":", double: values[5])
        write(",\"min\":", double: values[12])
        write(",\"max\":", double: values[13])
        buffer.write(",\"scale\":")
        buffer.write(Int64(bitPattern: integer(values[6])))
        write(",\"zero_count\":", unsigned: values[7])
        write(",\"zero_threshold\":", double: values[14])
        writeBuckets(",\"positive\":", values[8])
        writeBuckets(",\"negative\":", values[9])
        writeExemplars(from: values[11])
        write(",\"flags\":", unsigned: values[10])
    }

    private mutating func writeBuckets(_ label: StaticString, _ index: UInt32) {
        if index == 0 { return }
        let values = Values(of: index, in: json.nodes)
        buffer.write(label)
        buffer.write("{\"offset\":")
        buffer.write(Int64(bitPattern: integer(values[1])))
        write(",\"bucket_counts\":", numbersFrom: values[2])
        buffer.write(UInt8(ascii: "}"))
    }

    private mutating func writeSummary(_ values: Values) {
        buffer.write(",\"count\":")
        buffer.write(integer(values[4]))
        buffer.write(",\"sum\":")
        write(double(values[5]))
        if values[6] != 0 {
            buffer.write(",\"quantiles\":[")
            var separator = Separator()
            var next = values[6]
            while next != 0 {
                if json.nodes[Int(next)].number == 6 {
                    let quantile = Values(of: next, in: json.nodes)
                    write("{\"quantile\":", after: &separator)
                    write(double(quantile[1]))
                    buffer.write(",\"value\":")
                    write(double(quantile[2]))
                    buffer.write(UInt8(ascii: "}"))
                }
                next = json.nodes[Int(next)].next
            }
            buffer.write(UInt8(ascii: "]"))
        }
        write(",\"flags\":", unsigned: values[8])
    }

    private mutating func write(_ label: StaticString, numbersFrom first: UInt32) {
        if first == 0 { return }
        let number = json.nodes[Int(first)].number
        buffer.write(label)
        var separator = UInt8(ascii: "[")
        var next = first
        while next != 0 {
            let node = json.nodes[Int(next)]
            if node.number == number {
                buffer.write(separator)
                separator = UInt8(ascii: ",")
                if node.kind == .double { write(node.double) } else { buffer.write(node.value) }
            }
            next = node.next
        }
        buffer.write(UInt8(ascii: "]"))
    }

    private mutating func writeExemplars(from first: UInt32) {
        if first == 0 { return }
        let number = json.nodes[Int(first)].number
        buffer.write(",\"exemplars\":[")
        var separator = Separator()
        var next = first
        while next != 0 {
            if json.nodes[Int(next)].number == number {
                let values = Values(of: next, in: json.nodes)
                write("{\"attributes\":", after: &separator)
                writeAttributes(from: values[7])
                write(",\"time\":", time: values[2])
                writeNumberValue(double: values[3], integer: values[6])
                write(",\"trace_id\":", id: values[5])
                write(",\"span_id\":", id: values[4])
                buffer.write(UInt8(ascii: "}"))
            }
            next = json.nodes[Int(next)].next
        }
        buffer.write(UInt8(ascii: "]"))
    }
}
