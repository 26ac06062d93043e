internal import SimdJSON
internal import TelemetryModel
internal import TelemetryStore

/// `<site_dir>/.telemetry/alarms.json`: what a restart must not forget of alarms, and up to where the log was seen. It is replaced
/// atomically; without it alarms begin with what the current view has of them.
struct AlarmStateFile: Sendable {
    struct Content {
        let limits: JSONText

        /// The clock of the limits.
        let clock: Timestamp

        /// Nil when it is of another format: what follows was not seen.
        let cursor: LogCursor?

        /// How many events of alarms after the cursor tell of changes that `limits` has.
        let echoes: Int
    }

    private let path: String
    private let fileSystem: any FileSystem

    init(_ log: CommittedLog) {
        path = Path.join(log.siteDirectory, ".telemetry/alarms.json")
        fileSystem = log.fileSystem
    }

    /// Nil when there is none that can be used.
    func read() -> Content? {
        guard let bytes = try? fileSystem.contents(of: path),
            let json = try? JSONText(validated: JSONParser().minify(bytes)), let limits = json["limits"],
            let clock = json["clock"]?.integer
        else { return nil }
        return Content(
            limits: limits, clock: Timestamp(milliseconds: clock),
            cursor: json["cursor"]?.string.flatMap { LogCursor(text: $0) },
            echoes: Int(json["echoes"]?.integer ?? 0))
    }

    func write(_ content: Content) throws(SystemError) {
        let json = JSONText([
            ("cursor", content.cursor.map { JSONText($0.text) } ?? .null),
            ("echoes", JSONText(content.echoes)), ("clock", JSONText(content.clock.milliseconds)),
            ("limits", content.limits),
        ])
        try fileSystem.replace(path, with: Array(json.utf8) + [UInt8(ascii: "\n")])
    }

    /// Without it alarms begin with what the current view has of them.
    func remove() throws(SystemError) {
        if try fileSystem.status(path) != nil { try fileSystem.remove(path) }
    }
}
