internal import TelemetryModel
internal import TelemetryStore

extension HistoryReader {
    /// How many fields the answer has.
    func fieldCount() throws(LogReadError) -> Int {
        var fields = FieldList(query.fields)
        if !query.fields.isEmpty { return fields.paths.count }
        let type = Array(query.type.utf8)
        let times = query.times.lowerBound.milliseconds..<query.times.upperBound.milliseconds
        for file in files {
            let view = try tables.checked { () throws(SystemError) in
                try file.view(
                    times,
                    wanted: { table in
                        _ = fields.series(table, ofType: type)
                        return []
                    }, needsBlocks: false
                ).view
            }
            guard let view, view.table == nil else { continue }
            do throws(SegmentFault) {
                _ = fields.series(try tables.table(view.segments[...], context), ofType: type)
            } catch {
                // The answer itself deals with it.
                continue
            }
        }
        return fields.paths.count
    }
}
