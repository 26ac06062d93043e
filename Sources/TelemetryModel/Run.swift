/// An observation session. The events between its start and its stop are recorded in one file.
package struct Run: Sendable, Hashable {
    package let id: String

    /// The absolute path of the directory that holds `telemetry.ndjson` and `run.json`.
    package let directory: String

    /// The client's members, and `run_id`.
    package let meta: JSONText

    package let startedAt: Timestamp

    /// Nil while the run is active.
    package var stoppedAt: Timestamp?

    /// How many events its file has.
    package var events: UInt64

    package init(
        id: String, directory: String, meta: JSONText, startedAt: Timestamp, stoppedAt: Timestamp? = nil,
        events: UInt64 = 0
    ) {
        self.id = id
        self.directory = directory
        self.meta = meta
        self.startedAt = startedAt
        self.stoppedAt = stoppedAt
        self.events = events
    }
}

extension Run {
    /// The run as `GET /run` answers it: `{"run_dir","run_id","meta","started_at"}`.
    package var json: [UInt8] {
        var bytes = jsonHead
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// The run as `GET /runs` lists it and `run.json` keeps it: also `stopped_at`, null while active, and `events`.
    package var fullJSON: [UInt8] {
        var bytes = jsonHead
        bytes.append(ascii: ",\"stopped_at\":")
        if let stoppedAt {
            bytes.append(jsonString: stoppedAt.description)
        } else {
            bytes.append(ascii: "null")
        }
        bytes.append(ascii: ",\"events\":")
        bytes.append(decimal: events)
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// Reads what ``fullJSON`` wrote; nil when a member is missing or malformed.
    ///
    /// - Parameter directory: where `run.json` was found. It replaces the path in the text: the directory may have been
    ///   moved.
    package init?(json: JSONText, directory: String) {
        guard
            let id = json.member("run_id")?.string,
            let meta = json.member("meta"), meta.kind == .object,
            let startedAt = json.member("started_at")?.string.flatMap({ Timestamp(rfc3339: $0) })
        else { return nil }
        let stoppedAt = json.member("stopped_at")?.string
        self.init(
            id: id, directory: directory, meta: meta, startedAt: startedAt,
            stoppedAt: stoppedAt.flatMap { Timestamp(rfc3339: $0) },
            events: json.member("events")?.exactInteger ?? 0)
    }

    private var jsonHead: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(ascii: "{\"run_dir\":")
        bytes.append(jsonString: directory)
        bytes.append(ascii: ",\"run_id\":")
        bytes.append(jsonString: id)
        bytes.append(ascii: ",\"meta\":")
        bytes.append(meta)
        bytes.append(ascii: ",\"started_at\":")
        bytes.append(jsonString: startedAt.description)
        return bytes
    }
}
