package import SimdJSON
internal import TelemetryModel

/// The current view, and the positions in the files that it reflects, kept in `.telemetry/checkpoint.json`.
///
/// **Format.** One JSON object, replaced atomically:
///
///     {"version":1,"clean":false,"site":{…},"run":{…},"replaced":{…},"current":[{"type","stored","ephemeral"}]}
///
/// `site`, `run` and `replaced` are `{"place","offset","seq","events"}`, a ``StreamPosition`` each; `stored` and
/// `ephemeral` are an event as clients see it, or null.
///
/// **Invariants.** View and positions are of one instant. The files are on disk up to the positions before the
/// checkpoint is written. It names the files in use before the first line goes to a new one, and the run that is being
/// replaced until the new run's `run.json` is written. It only shortens a start: without it the files are read from
/// their beginning.
package struct Checkpoint: Sendable {
    private static let version: UInt64 = 1

    /// Whether it was written by a clean stop. Ephemeral events are restored from such a checkpoint only.
    let isClean: Bool

    let contents: CommittedState

    init(_ contents: CommittedState, isClean: Bool) {
        self.contents = contents
        self.isClean = isClean
    }

    /// The text of the file.
    var json: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(ascii: "{\"version\":")
        bytes.append(decimal: Self.version)
        bytes.append(ascii: isClean ? ",\"clean\":true,\"site\":" : ",\"clean\":false,\"site\":")
        contents.positions.site.appendJSON(to: &bytes)
        bytes.append(ascii: ",\"run\":")
        contents.positions.run.appendJSON(to: &bytes)
        bytes.append(ascii: ",\"replaced\":")
        contents.positions.replaced.appendJSON(to: &bytes)
        bytes.append(ascii: ",\"current\":[")
        for (index, entry) in contents.view.entries.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(ascii: "{\"type\":")
            bytes.append(jsonString: entry.type)
            bytes.append(ascii: ",\"stored\":")
            entry.stored.appendJSON(to: &bytes)
            bytes.append(ascii: ",\"ephemeral\":")
            entry.ephemeral.appendJSON(to: &bytes)
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(ascii: "]}\n")
        return bytes
    }

    /// Reads what ``json`` wrote; nil when it is damaged or of another version.
    init?(text: [UInt8], parser: JSONParser) {
        guard let minified = try? parser.minify(text) else { return nil }
        let json = JSONText(validated: minified)
        guard
            json.member("version")?.exactInteger == Self.version,
            let clean = json.member("clean"), clean.kind == .boolean,
            let site = json.member("site").flatMap(StreamPosition.init),
            let run = json.member("run").flatMap(StreamPosition.init),
            let replaced = json.member("replaced").flatMap(StreamPosition.init),
            let current = json.member("current"), current.kind == .array
        else { return nil }
        isClean = clean.description == "true"
        var entries: [CurrentView.Entry] = []
        for element in current.elements {
            guard var entry = CurrentView.Entry(json: element) else { return nil }
            if !isClean { entry.ephemeral = nil }
            entries.append(entry)
        }
        contents = CommittedState(
            view: CurrentView(entries), positions: LogPositions(site: site, run: run, replaced: replaced))
    }
}

extension Checkpoint {
    /// The site file and the run directory that a checkpoint names, each empty if it names none.
    ///
    /// - Returns: nil when the text is damaged or of another version.
    package static func placesInUse(
        text: [UInt8], parser: JSONParser
    ) -> (siteFile: String, runDirectory: String)? {
        Checkpoint(text: text, parser: parser).map {
            ($0.contents.positions.site.place, $0.contents.positions.run.place)
        }
    }
}

extension StreamPosition {
    fileprivate func appendJSON(to bytes: inout [UInt8]) {
        bytes.append(ascii: "{\"place\":")
        bytes.append(jsonString: place)
        bytes.append(ascii: ",\"offset\":")
        bytes.append(decimal: UInt64(offset))
        bytes.append(ascii: ",\"seq\":")
        bytes.append(decimal: seq)
        bytes.append(ascii: ",\"events\":")
        bytes.append(decimal: events)
        bytes.append(UInt8(ascii: "}"))
    }

    fileprivate init?(json: JSONText) {
        guard
            let place = json.member("place")?.string,
            let offset = json.member("offset")?.exactInteger.flatMap({ Int64(exactly: $0) }),
            let seq = json.member("seq")?.exactInteger,
            let events = json.member("events")?.exactInteger
        else { return nil }
        self.init(place: place, offset: offset, seq: seq, events: events)
    }
}

extension CurrentView.Entry {
    fileprivate init?(json: JSONText) {
        guard
            let type = json.member("type")?.string,
            let stored = json.member("stored"), let ephemeral = json.member("ephemeral")
        else { return nil }
        self.init(
            type: type, stored: CurrentView.Item(checkpointed: stored),
            ephemeral: CurrentView.Item(checkpointed: ephemeral))
    }
}

extension CurrentView.Item {
    fileprivate init?(checkpointed json: JSONText) {
        guard let time = json.member("ts")?.string.flatMap({ Timestamp(rfc3339: $0) }) else { return nil }
        self.init(json: Array(json.utf8), time: time)
    }
}

extension CurrentView.Item? {
    fileprivate func appendJSON(to bytes: inout [UInt8]) {
        if let self {
            bytes.append(contentsOf: self.json)
        } else {
            bytes.append(ascii: "null")
        }
    }
}
