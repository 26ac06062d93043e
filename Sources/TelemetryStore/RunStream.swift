internal import TelemetryModel

/// The stream of the active run.
struct RunStream: Sendable {
    var run: Run
    var file: StreamFile

    /// The run's id as a JSON string, as each event's `meta` gets it.
    let idText: JSONText

    init(_ run: Run, lastSeq: UInt64) {
        self.run = run
        file = StreamFile(path: Self.file(in: run.directory), lastSeq: lastSeq)
        idText = JSONText(string: run.id)
    }

    static func file(in directory: String) -> String { Path.join(directory, "telemetry.ndjson") }
}
