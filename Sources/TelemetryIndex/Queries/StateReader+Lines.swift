internal import SimdJSON
internal import TelemetryModel
internal import TelemetryStore

extension StateReader {
    /// The states by the samples themselves, in the order of their times.
    ///
    /// - Returns: nil when there are too many lines to read.
    func readLines(_ times: Range<Int64>) throws(LogReadError) -> StateTimeline? {
        let reader = HistoryReader(query, files, context, tables)
        let grid = BucketGrid(
            Timestamp(milliseconds: times.lowerBound)..<Timestamp(milliseconds: times.upperBound),
            step: Tier.minute.width)
        guard try reader.lineLength(grid) <= HistoryReader.lineBudget else { return nil }
        var values = StateValues()
        var samples: [(time: Int64, value: UInt8)] = []
        for file in files {
            let view = try tables.checked { () throws(SystemError) in
                try file.view(grid.times, wanted: { _ in [] }, needsBlocks: true).view
            }
            guard let view else { continue }
            do throws(SegmentFault) {
                try reader.forEachLine(of: view, query.runID.map(file.parts), grid) { event, time in
                    for index in 0..<event.leafCount where times.contains(time) {
                        let leaf = event.leaf(index)
                        guard leaf.path.elementsEqual(path), let text = leaf.stateText,
                            let value = values.number(of: text)
                        else { continue }
                        samples.append((time, value))
                    }
                }
            } catch {
                try tables.note(error, of: view.file, view.segments, context)
                return nil
            }
        }
        return timeline(of: samples, values)
    }

    /// The states of samples that may be in any order.
    private func timeline(of samples: [(time: Int64, value: UInt8)], _ values: StateValues) -> StateTimeline {
        var timeline = StateTimeline(limit: Self.limit)
        var last: StateRun?
        for index in samples.indices.sorted(by: { (samples[$0].time, $0) < (samples[$1].time, $1) }) {
            let (time, value) = samples[index]
            if last?.value == value {
                last?.last = time
            } else {
                if let last { timeline.add(last, values) }
                last = StateRun(series: 0, value: value, first: time, last: time)
            }
        }
        if let last { timeline.add(last, values) }
        return timeline
    }
}
