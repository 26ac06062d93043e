internal import TelemetryClient
internal import TelemetryModel

/// A series over time: a title with its numbers, and the mean as a line in a band from the least to the greatest value.
struct Plot {
    private let series: TelemetrySeries
    private let step: Int64
    private let breaks: SeriesBreaks
    private let axis: ValueAxis?
    private let rows: Int

    /// - Parameters:
    ///   - history: the answer that the series is of.
    ///   - rows: how high it is, in cells, without the title.
    ///   - gap: how long nothing may come, in milliseconds; nil for 2.5 times what is usual.
    init(_ series: TelemetrySeries, of history: TelemetryHistory, rows: Int, gap: Int64?) {
        self.series = series
        self.rows = rows
        step = Int64(history.step / .milliseconds(1))
        breaks = SeriesBreaks(series, step: step, gaps: history.gaps, longest: gap)
        let low = series.buckets.map(\.minimum).min()
        let high = series.buckets.map(\.maximum).max()
        axis =
            if let low, let high { ValueAxis(low...high, intervals: max(2, rows / 2)) } else { nil }
    }

    /// How wide the numbers of the value axis are.
    var labelWidth: Int { axis?.ticks.map(\.label.utf8.count).max() ?? 0 }

    /// `wind_mps  last 4.2  min 0.3  mean 3.7  max 12.4`
    var title: StyledText {
        var title = StyledText(series.field, .heading)
        let buckets = series.buckets
        guard let last = buckets.last, let low = buckets.map(\.minimum).min(), let high = buckets.map(\.maximum).max()
        else {
            title.append("  no values", .label)
            return title
        }
        let count = buckets.reduce(0.0) { $0 + Double($1.count) }
        // Each divided first: the sum may be beyond the range of a double.
        let mean = buckets.reduce(0.0) { $0 + $1.mean * (Double($1.count) / count) }
        for (name, value) in [("last", last.last), ("min", low), ("mean", mean), ("max", high)] where !value.isNaN {
            title.append("  \(name) ", .label)
            title.append(value.short)
        }
        return title
    }

    /// The title and the picture; of a series without values the title alone.
    ///
    /// - Parameters:
    ///   - indent: how many cells are before the picture, for the numbers and the line of the value axis.
    ///   - width: how many cells the picture has.
    func lines(_ glyphs: PlotGlyphs, _ times: TimeAxis, indent: Int, width: Int) -> [StyledText] {
        let title = title.cut(to: indent + width, mark: glyphs.ellipsis)
        guard let axis else { return [title] }
        var canvas = DotCanvas(glyphs, cellsAcross: width, cellsDown: rows)
        draw(on: &canvas, axis, times)
        var labels = [String?](repeating: nil, count: rows)
        for tick in axis.ticks {
            labels[Self.row(of: tick.share, canvas) / glyphs.dotsDown] = tick.label
        }
        return [title]
            + labels.indices.map { row in
                let label = labels[row].flatMap { $0.utf8.count < indent ? $0 : nil } ?? ""
                var line = StyledText(String(repeating: " ", count: max(0, indent - 1 - label.utf8.count)))
                line.append(label)
                line.append(labels[row] == nil ? glyphs.vertical : glyphs.verticalTick, .border)
                line.append(canvas.row(row))
                return line
            }
    }

    private func draw(on canvas: inout DotCanvas, _ axis: ValueAxis, _ times: TimeAxis) {
        var last: (bucket: TelemetryBucket, x: Int, y: Int)?
        for bucket in series.buckets {
            let end = Timestamp(milliseconds: bucket.time.milliseconds + max(step - 1, 0))
            let middle = Timestamp(milliseconds: bucket.time.milliseconds + step / 2)
            let left = times.place(of: bucket.time, among: canvas.width)
            let right = max(left, times.place(of: end, among: canvas.width))
            if bucket.minimum < bucket.maximum {
                let top = Self.row(of: axis.share(of: bucket.maximum), canvas)
                let bottom = Self.row(of: axis.share(of: bucket.minimum), canvas)
                canvas.fillBand(left...right, top...max(top, bottom))
            }
            guard bucket.mean.isFinite else {
                last = nil
                continue
            }
            let x = min(max(times.place(of: middle, among: canvas.width), left), right)
            let y = Self.row(of: axis.share(of: bucket.mean), canvas)
            if let last, !breaks.isBreak(from: last.bucket, to: bucket) {
                canvas.drawLine(from: (last.x, last.y), to: (x, y))
            } else {
                // It begins where the bucket does.
                canvas.drawLine(from: (left, y), to: (x, y))
            }
            last = (bucket, x, y)
        }
    }

    /// The row of dots, from the top, in which a share of the height is.
    private static func row(of share: Double, _ canvas: DotCanvas) -> Int {
        Int(((1 - share) * Double(canvas.height - 1)).rounded())
    }
}
