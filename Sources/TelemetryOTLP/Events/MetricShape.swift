/// What kind of data a metric has, and where.
struct MetricShape {
    enum Kind {
        case gauge, sum, histogram, exponentialHistogram, summary

        /// The number of the attributes of its data points.
        var attributes: Int {
            switch self {
            case .gauge, .sum, .summary: 7
            case .histogram: 9
            case .exponentialHistogram: 1
            }
        }
    }

    let kind: Kind

    /// The node of the data; 0 for a metric without any.
    let node: UInt32

    /// - Parameter values: those of a `Metric`, of whose data there is one at most.
    init(_ values: Values) {
        let all: InlineArray<5, (Int, Kind)> = [
            (5, .gauge), (7, .sum), (9, .histogram), (10, .exponentialHistogram), (11, .summary),
        ]
        for index in all.indices where values[all[index].0] != 0 {
            kind = all[index].1
            node = values[all[index].0]
            return
        }
        kind = .gauge
        node = 0
    }

    var name: StaticString {
        switch kind {
        case .gauge: "gauge"
        case .sum: "sum"
        case .histogram: "histogram"
        case .exponentialHistogram: "exponential_histogram"
        case .summary: "summary"
        }
    }

    var hasTemporality: Bool {
        switch kind {
        case .sum, .histogram, .exponentialHistogram: true
        case .gauge, .summary: false
        }
    }
}
