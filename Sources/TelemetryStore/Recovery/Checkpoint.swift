package import SimdJSON
internal import TelemetryModel

/// The current view, and the positions in the files that it reflects, kept in `.telemetry/checkpoint.json`.
///
/// **Format.** One JSON object, replaced atomically:
///
///     {"version":2,"epoch":"0123456789abcdef","clean":false,"site":{…},"run":{…},"replaced":{…},"starting":false,"highest_number":12,
///      "current":[{"type","stored","ephemeral"}]}
///
/// `site`, `run` and `replaced` are `{"place","offset","seq","events"}`, a ``StreamPosition`` each. The `place` of a run is
/// the way to its directory from its root (``Roots/stored(_:)``), and its member `description` is what `run.json` says of
/// the run, for the case that this cannot be used. With `starting`, `run.json` may not say yet that the run is active.
/// `epoch` is the ``LogEpoch`` of the directory that it was made in, or null where that could not be kept: the checkpoint of
/// another directory cannot be used. `highest_number` is the highest run id that is a number. `stored` and `ephemeral` are an event as clients see it, or
/// null. Version 1 had absolute places, and none of `epoch`, `description`, `starting` and
/// `highest_number`.
///
/// **Invariants.** View and positions are of one instant. The files are on disk up to the positions before the
/// checkpoint is written. It names the files in use before the first line goes to a new one, and the run that is being
/// replaced until the new run's `run.json` is written. It only shortens a start: without it the files are read from
/// their beginning.
package struct Checkpoint: Sendable {
    private static let version: UInt64 = 2

    /// Of the site directory that it was made in; nil when that is not known.
    let epoch: LogEpoch?

    /// Whether it was written by a clean stop. Ephemeral events are restored from such a checkpoint only.
    let isClean: Bool

    /// The places of runs are as they are stored.
    let contents: CommittedState

    /// The highest run id that is a number; 0 when there was none.
    let highestNumber: UInt64

    init(_ contents: CommittedState, isClean: Bool, highestNumber: UInt64 = 0, epoch: LogEpoch? = nil) {
        self.epoch = epoch
        self.contents = contents
        self.isClean = isClean
        self.highestNumber = highestNumber
    }

    /// The text of the file.
    var json: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(ascii: "{\"version\":")
        bytes.append(decimal: Self.version)
        bytes.append(ascii: ",\"epoch\":")
        if let epoch { bytes.append(jsonString: epoch.text) } else { bytes.append(ascii: "null") }
        bytes.append(ascii: isClean ? ",\"clean\":true,\"site\":" : ",\"clean\":false,\"site\":")
        let positions = contents.positions
        positions.site.appendJSON(to: &bytes)
        bytes.append(ascii: ",\"run\":")
        positions.run.appendJSON(of: positions.runs.active, to: &bytes)
        bytes.append(ascii: ",\"replaced\":")
        positions.replaced.appendJSON(of: positions.runs.replaced, to: &bytes)
        bytes.append(ascii: positions.runs.isStarting ? ",\"starting\":true" : ",\"starting\":false")
        bytes.append(ascii: ",\"highest_number\":")
        bytes.append(decimal: highestNumber)
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
            let version = json.member("version")?.exactInteger, (1...Self.version).contains(version),
            let clean = json.member("clean"), clean.kind == .boolean,
            let site = json.member("site").flatMap(StreamPosition.init),
            let run = json.member("run").flatMap(StreamPosition.init),
            let replaced = json.member("replaced").flatMap(StreamPosition.init),
            let current = json.member("current"), current.kind == .array
        else { return nil }
        isClean = clean.description == "true"
        epoch = json.member("epoch")?.string.flatMap { LogEpoch(text: $0) }
        var entries: [CurrentView.Entry] = []
        for element in current.elements {
            guard var entry = CurrentView.Entry(json: element) else { return nil }
            if !isClean { entry.ephemeral = nil }
            entries.append(entry)
        }
        let runs = LogPositions.Runs(
            active: json.member("run").flatMap(Run.init(checkpointed:)),
            replaced: json.member("replaced").flatMap(Run.init(checkpointed:)),
            isStarting: json.member("starting")?.description == "true")
        contents = CommittedState(
            view: CurrentView(entries), positions: LogPositions(site: site, run: run, replaced: replaced, runs: runs))
        highestNumber = json.member("highest_number")?.exactInteger ?? 0
    }
}

extension Checkpoint {
    /// The site file, and the run directory as it is stored, that a checkpoint names; each empty if it names none.
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
    /// - Parameter run: the run that uses the place; nil for the site stream, and when there is none.
    fileprivate func appendJSON(of run: Run? = nil, to bytes: inout [UInt8]) {
        bytes.append(ascii: "{\"place\":")
        bytes.append(jsonString: place)
        bytes.append(ascii: ",\"offset\":")
        bytes.append(decimal: UInt64(offset))
        bytes.append(ascii: ",\"seq\":")
        bytes.append(decimal: seq)
        bytes.append(ascii: ",\"events\":")
        bytes.append(decimal: events)
        if let run {
            bytes.append(ascii: ",\"description\":")
            bytes.append(contentsOf: run.fileJSON(place: place))
        }
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

extension Run {
    /// The run of a position; nil when it has no description.
    fileprivate init?(checkpointed position: JSONText) {
        guard let description = position.member("description") else { return nil }
        self.init(json: description, directory: "")
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
