internal import TelemetryModel

/// The stream of the active run.
package struct RunStream: Sendable {
    var run: Run
    var file: StreamFile

    /// The run's id as a JSON string, as each event's `meta` gets it.
    let idText: JSONText

    init(_ run: Run, lastSeq: UInt64) {
        self.run = run
        file = StreamFile(path: Self.file(in: run.directory), runID: run.id, lastSeq: lastSeq)
        idText = JSONText(string: run.id)
    }

    /// How far the run's file is, as a line of the site stream tells it.
    var eventPosition: EventStorage.RunPosition { eventPosition(at: file.lastSeq) }

    /// How far the run's file then is, as a line of the site stream tells it.
    func eventPosition(at seq: UInt64) -> EventStorage.RunPosition {
        EventStorage.RunPosition(runID: run.id, seq: seq)
    }

    package static func file(in directory: String) -> String { Path.join(directory, "telemetry.ndjson") }
}
