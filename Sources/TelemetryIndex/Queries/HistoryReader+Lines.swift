internal import SimdJSON
internal import Synchronization
internal import TelemetryModel
internal import TelemetryStore

/// What is read of lines.
extension HistoryReader {
    /// How much of lines may hold events of the type within a grid, in bytes.
    func lineLength(_ grid: BucketGrid) throws(LogReadError) -> Int64 {
        var length: Int64 = 0
        for file in files {
            let view = try tables.checked { () throws(SystemError) in
                try file.view(grid.times, wanted: { _ in [] }, needsBlocks: true).view
            }
            guard let view else { continue }
            do throws(SegmentFault) {
                for range in try ranges(view, grid) { length += range.upperBound - range.lowerBound }
            } catch {
                try tables.note(error, of: view.file, view.segments, context)
            }
        }
        return length
    }

    /// Whether the type, or a field that the query names, may be in lines only of a file with too many series.
    func hasLeftOut(_ grid: BucketGrid) throws(LogReadError) -> Bool {
        for file in files {
            guard let known = file.state.withLock({ $0.times }), known.lowerBound < grid.times.upperBound,
                known.upperBound >= grid.times.lowerBound, let table = try tables.table(of: file, context),
                table.leftOut > 0
            else { continue }
            guard let type = table.type(type) else { return true }
            if query.fields.contains(where: { table.number(ofType: type, path: Array($0.utf8)) == nil }) { return true }
        }
        return false
    }

    /// Where lines stand that may be of the type and within a grid.
    ///
    /// - Parameter parts: of the run that is wanted; nil for everything.
    func ranges(
        _ view: FileView, _ grid: BucketGrid, _ parts: [DataFile.Part]? = nil
    ) throws(SegmentFault) -> [Range<Int64>] {
        var ranges: [Range<Int64>] = []
        for index in view.segments.indices {
            let footer = view.segments[index].footer
            guard footer.earliest < grid.times.upperBound, footer.latest >= grid.times.lowerBound else { continue }
            let table: SeriesTable
            if let known = view.table {
                table = known
            } else {
                table = try tables.table(view.segments[...index], context)
            }
            guard let bits = bits(table) else { continue }
            let blocks = try context.open(view.segments[index], decompressor).blocks()
            ranges += blocks.of(parts).ranges(grid.times, types: bits)
        }
        if let table = view.table, let bits = bits(table) {
            ranges += view.blocks.of(parts).ranges(grid.times, types: bits)
        }
        return ranges
    }

    /// The bit of the type in a file's blocks; nil when it has no event there.
    func bits(_ table: SeriesTable) -> UInt64? {
        // A type that was left out shares the last one.
        (table.type(type) ?? (table.leftOut > 0 ? 63 : nil)).map(LineBlock.bit)
    }

    func readLines(
        _ view: FileView, _ parts: [DataFile.Part]?, _ reading: inout Reading
    ) throws(SegmentFault) {
        let grid = reading.samples.grid
        try forEachLine(of: view, parts, grid) { event, time in
            reading.isKnown = true
            for index in 0..<event.leafCount {
                let leaf = event.leaf(index)
                guard leaf.kind == .number || leaf.kind == .boolean else { continue }
                if let field = reading.fields.number(leaf) { reading.samples.add(leaf.number, at: time, to: field) }
            }
        }
    }

    /// Reads the events of the type within a grid from their lines.
    ///
    /// - Parameter parts: of the run that is wanted; nil for everything.
    func forEachLine(
        of view: FileView, _ parts: [DataFile.Part]?, _ grid: BucketGrid, _ body: (ParsedEvent, Int64) -> Void
    ) throws(SegmentFault) {
        let ranges = try ranges(view, grid, parts)
        var json: [UInt8] = []
        json.append(jsonString: query.type)
        let wantedType = json.dropFirst().dropLast()
        do throws(SystemError) {
            guard let file = try context.log.open(view.data) else { return }
            var pieces = LinePieces(file)
            let parser = context.makeParser()
            for range in ranges {
                try pieces.forEachLine(in: range) { line, readable, _ in
                    if let known = StoredLine.type(of: line), !known.elementsEqual(wantedType) { return }
                    _ = parser.withEvent(line, readable: readable) { event in
                        guard event.type.elementsEqual(type),
                            parts?.contains(where: { $0.seqs.contains(event.seq) }) ?? true,
                            let time = Timestamp(rfc3339: event.ts)?.milliseconds, grid.times.contains(time)
                        else { return }
                        body(event, time)
                    }
                }
            }
        } catch {
            throw .system(error)
        }
    }
}

extension [LineBlock] {
    /// The blocks that may have lines of some parts of their file; all of them for nil.
    fileprivate func of(_ parts: [DataFile.Part]?) -> [LineBlock] {
        guard let parts else { return self }
        return indices.filter { index in
            let next = index + 1 < count ? self[index + 1].firstSeq : .max
            return parts.contains { $0.seqs.upperBound >= self[index].firstSeq && $0.seqs.lowerBound <= next }
        }.map { self[$0] }
    }
}
