internal import TelemetryModel

/// The stream of the active run.
package struct RunStream: Sendable {
    var run: Run
    var file: StreamFile

    /// Held while the run is active.
    var lock: RunDirectoryLock?

    /// The run's id, as its events and those of the site stream carry it.
    let label: RunLabel

    init(_ run: Run, lastSeq: UInt64) {
        self.run = run
        file = StreamFile(path: Self.file(in: run.directory), runID: run.id, lastSeq: lastSeq)
        label = RunLabel(run.id)
    }

    /// The position at the end of the run's file.
    var position: StreamPosition {
        StreamPosition(place: run.directory, offset: file.log?.length ?? 0, seq: file.lastSeq, events: run.events)
    }

    package static func file(in directory: String) -> String { Path.join(directory, "telemetry.ndjson") }
}

/// A run's id in the forms in which events carry it.
final class RunLabel: Sendable {
    private let id: String

    /// The id as a JSON string, for the `meta` of the run's events.
    let text: JSONText

    init(_ id: String) {
        self.id = id
        text = JSONText(string: id)
    }

    /// The `during` of a site line: the run and the last sequence number in its file.
    func position(at seq: UInt64) -> EventStorage.RunPosition { EventStorage.RunPosition(runID: id, seq: seq) }
}
