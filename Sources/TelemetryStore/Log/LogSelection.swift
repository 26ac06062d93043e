package import TelemetryModel

/// Which part of the log a reader wants. What it leaves out is not read, as far as the files allow.
package struct LogSelection: Sendable {
    /// Nil for both.
    private let stream: EventStream?

    /// The id of the runs whose events are wanted; nil for all, and for the site stream.
    private let runID: String?

    /// The range in which an event's `ts` must be; nil for all.
    let times: ClosedRange<Timestamp>?

    /// - Parameters:
    ///   - stream: nil for both.
    ///   - runID: the events of runs with this id, and none of the site stream; nil for all.
    ///   - times: the range in which an event's `ts` must be; nil for all. The files are then indexed first.
    package init(stream: EventStream? = nil, runID: String? = nil, times: ClosedRange<Timestamp>? = nil) {
        self.stream = runID == nil ? stream : .run
        self.runID = runID
        self.times = times
    }

    package static let all = LogSelection()

    var includesSite: Bool { stream != .run }
    var includesRuns: Bool { stream != .site }

    /// Whether a run's events are wanted.
    func includes(_ span: RunSpan) -> Bool {
        includesRuns && runID.map { $0.utf8.elementsEqual(span.id.utf8) } ?? true
    }

    /// Whether an event of a stream is wanted.
    ///
    /// - Parameter span: the run that is active; nil for none.
    func includes(_ stream: EventStream, _ span: RunSpan?) -> Bool {
        switch stream {
        case .site: includesSite
        case .run: span.map(includes) ?? includesRuns
        }
    }
}
