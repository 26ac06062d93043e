internal import SimdJSON
internal import Synchronization
internal import TelemetryModel
internal import TelemetryStore

/// `<site_dir>/.telemetry/deliveries.json`: of each delivery the place in the log up to which its receiver was told, and what its
/// ledger must know. It is replaced atomically.
///
///     {"version":1,"deliveries":[{"name":"pager","means":"webhook","cursor":"1.…","ledger":{…}}…]}
///
/// **Locks.** `content` is held while the file is written. Recording never takes it.
final class DeliveryFile: Sendable {
    struct Entry: Sendable, Equatable {
        let means: String
        let cursor: LogCursor
        let ledger: JSONText
    }

    private static let version: Int64 = 1

    private let path: String
    private let fileSystem: any FileSystem
    private let content: Mutex<Content>

    private struct Content {
        var entries: [String: Entry]

        /// Whether the file has the same.
        var isSaved = true
    }

    init(_ log: CommittedLog) {
        path = Path.join(log.siteDirectory, ".telemetry/deliveries.json")
        fileSystem = log.fileSystem
        content = Mutex(Content(entries: Self.read(path, fileSystem)))
    }

    private static func read(_ path: String, _ fileSystem: any FileSystem) -> [String: Entry] {
        guard let bytes = try? fileSystem.contents(of: path),
            let json = try? JSONText(validated: JSONParser().minify(bytes)), json["version"]?.integer == version,
            let deliveries = json["deliveries"]
        else { return [:] }
        return deliveries.elements.reduce(into: [:]) { entries, saved in
            guard let name = saved["name"]?.string, let means = saved["means"]?.string,
                let cursor = saved["cursor"]?.string.flatMap({ LogCursor(text: $0) }), let ledger = saved["ledger"]
            else { return }
            entries[name] = Entry(means: means, cursor: cursor, ledger: ledger)
        }
    }

    /// Nil when there is none, or it is of other means.
    func entry(of name: String, means: String) -> Entry? {
        content.withLock { $0.entries[name] }.flatMap { $0.means == means ? $0 : nil }
    }

    /// Changes entries, here and then on disk. When that fails the change stays, and is written with the next one.
    func change(_ body: (inout [String: Entry]) -> Void) throws(SystemError) {
        try content.withLock { content throws(SystemError) in
            let before = content.entries
            body(&content.entries)
            if content.isSaved, content.entries == before { return }
            content.isSaved = false
            let deliveries = content.entries.sorted { $0.key < $1.key }.map { name, entry -> JSONText in
                [
                    "name": JSONText(name), "means": JSONText(entry.means), "cursor": JSONText(entry.cursor.text),
                    "ledger": entry.ledger,
                ]
            }
            let json: JSONText = ["version": JSONText(Self.version), "deliveries": JSONText(deliveries)]
            try fileSystem.replace(path, with: Array(json.utf8) + [UInt8(ascii: "\n")])
            content.isSaved = true
        }
    }
}
