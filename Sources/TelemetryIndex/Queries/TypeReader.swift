internal import SimdJSON
internal import Synchronization
internal import TelemetryModel
internal import TelemetryStore

/// Collects what is known of types from all files.
struct TypeReader {
    let context: IndexContext
    let tables: TableCache
    private let parser: JSONParser

    init(_ context: IndexContext, _ tables: TableCache) {
        (self.context, self.tables) = (context, tables)
        parser = context.makeParser()
    }

    fileprivate struct Known {
        var statistics: TypeStatistics
        var interval: Int64?

        /// The last event in the file that the interval is of.
        var newest = Int64.min
        var fields: [[UInt8]: FieldKinds] = [:]
    }

    func types(_ files: [IndexedFile]) throws(LogReadError) -> (types: [TypeSummary], leftOut: Int) {
        var known: [[UInt8]: Known] = [:]
        var leftOut = 0
        for file in files {
            guard let names = try names(file) else { continue }
            leftOut = max(leftOut, names.table.leftOut)
            for (index, name) in names.table.typeNames.enumerated() {
                let statistics = names.statistics[index]
                if statistics.events == 0 { continue }
                known[name, default: Known(statistics: TypeStatistics())].add(statistics)
            }
            for index in names.table.series.indices {
                let series = names.table.series[index]
                let type = names.table.typeNames[Int(series.type)]
                known[type]?.fields[Array(names.table.path(index)), default: []].formUnion(series.kinds)
            }
        }
        let types = known.sorted { ByteOrder.precedes($0.key, $1.key) }.map { name, known in
            summary(String(decoding: name, as: UTF8.self), known)
        }
        return (types, leftOut)
    }

    private func names(_ file: IndexedFile) throws(LogReadError) -> SegmentNames? {
        try tables.checked { () throws(SystemError) in
            try file.state.withLock { state throws(SystemError) in
                // Without room for a segment it is what is indexed.
                if state.data.isActive { _ = try? file.readOn(budget: 4 << 20, &state) }
            }
        }
        return try tables.names(file, context)
    }

    private func summary(_ type: String, _ known: Known) -> TypeSummary {
        let last = lastValues(type)
        let fields = known.fields.sorted { ByteOrder.precedes($0.key, $1.key) }.map { path, kinds in
            FieldSummary(path: String(decoding: path, as: UTF8.self), kinds: kinds, last: last[path])
        }
        return TypeSummary(
            type: type, first: Timestamp(milliseconds: known.statistics.first),
            last: Timestamp(milliseconds: known.statistics.last), events: known.statistics.events,
            interval: known.interval, fields: fields)
    }

    /// The leaves of a type's current event, by their paths.
    private func lastValues(_ type: String) -> [[UInt8]: JSONText] {
        guard let item = context.log.currentItem(type),
            let data = JSONText(validated: item.json).member("data")
        else { return [:] }
        // Its leaves are found in a line that has nothing else.
        let line = Array(#"{"seq":0,"ts":"","stream":"site","type":"","meta":{},"data":"#.utf8) + data.utf8 + [0x7D]
        var values: [[UInt8]: JSONText] = [:]
        _ = line.withUnsafeBytes { line in
            parser.withEvent(line, readable: line.count) { event in
                for index in 0..<event.leafCount {
                    let leaf = event.leaf(index)
                    values[Array(leaf.path)] = leaf.json
                }
            }
        }
        return values
    }
}

extension TypeReader.Known {
    fileprivate mutating func add(_ other: TypeStatistics) {
        // The newest that tells.
        if other.last >= newest, other.interval != nil { (interval, newest) = (other.interval, other.last) }
        statistics = TypeStatistics(
            events: statistics.events + other.events, first: min(statistics.first, other.first),
            last: max(statistics.last, other.last), interval: interval)
    }
}

extension JSONLeaf {
    /// The value as JSON.
    fileprivate var json: JSONText {
        var json: [UInt8] = []
        switch kind {
        case .null: json = Array("null".utf8)
        case .boolean: json = Array((number == 1 ? "true" : "false").utf8)
        case .string: json.append(jsonString: String(decoding: text, as: UTF8.self))
        case .number:
            let isInteger = number == number.rounded() && abs(number) < 1e15
            json = Array((isInteger ? "\(Int64(number))" : "\(number)").utf8)
        }
        return JSONText(validated: json)
    }
}
