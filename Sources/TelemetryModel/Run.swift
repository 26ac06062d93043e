/// An observation session. The events between its start and its stop are recorded in one file.
package struct Run: Sendable, Hashable {
    package let id: String

    /// The absolute path of the directory that holds `telemetry.ndjson` and `run.json`.
    package private(set) var directory: String

    /// The client's members, and `run_id`.
    package let meta: JSONText

    package let startedAt: Timestamp

    /// Nil while the run is active.
    package var stoppedAt: Timestamp?

    /// How many events its file has, those of earlier runs included.
    package var events: UInt64

    /// How long its file was when the run was stopped, in bytes; nil while it is active, and for a run of an older server.
    package var length: Int64?

    /// Where the run stands in the log; nil for a run of a server that did not write it down.
    package var origin: Origin?

    /// The runs that used the same directory before, the oldest first.
    package var earlier: [Run] = []

    /// Where a run stands in the log, which has the events of all runs and of the site stream in one order.
    package struct Origin: Sendable, Hashable {
        /// Higher for each run that is started: the clock's milliseconds, or one more than the run before.
        package let order: UInt64

        /// The last sequence number of the site stream before the run.
        package let siteSeq: UInt64

        /// The last sequence number in the run's file before the run; 0 unless it was used by another one.
        package let seqBefore: UInt64

        /// How many events its file had before the run; nil for a run of a server that did not write it down.
        package let eventsBefore: UInt64?

        package init(order: UInt64, siteSeq: UInt64, seqBefore: UInt64, eventsBefore: UInt64? = nil) {
            self.order = order
            self.siteSeq = siteSeq
            self.seqBefore = seqBefore
            self.eventsBefore = eventsBefore
        }
    }

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
    /// The same run in another directory.
    package func moved(to directory: String) -> Run {
        var run = self
        run.directory = directory
        run.earlier = earlier.map { $0.moved(to: directory) }
        return run
    }

    /// How many events are its own.
    package var ownEvents: UInt64 {
        let before = origin?.eventsBefore ?? earlier.last?.events ?? 0
        return events > before ? events - before : 0
    }

    /// The runs that have used the directory, the oldest first, each with the number of its own events.
    package var uses: [Run] {
        let runs = earlier + [self]
        return runs.indices.map { index in
            var use = runs[index]
            use.earlier = Array(runs[..<index].suffix(1))
            use.events = use.ownEvents
            use.earlier = []
            return use
        }
    }

    /// The run as `GET /run` answers it: `{"run_dir","run_id","meta","started_at"}`.
    package var json: [UInt8] {
        var bytes = jsonHead(directory)
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// The run as `run.json` keeps it: as ``fullJSON``, with `length`, `log` and `earlier` where they are known.
    ///
    /// `{…,"length":4096,"log":{"order":1779310800000,"site_seq":17,"seq_before":0,"events_before":0},"earlier":[{…}]}`
    ///
    /// - Parameter place: its `run_dir`: the way to the directory, in place of its absolute path.
    package func fileJSON(place: String) -> [UInt8] {
        var bytes = fullJSON(runDir: place)
        bytes.removeLast()
        if let length {
            bytes.append(ascii: ",\"length\":")
            bytes.append(decimal: UInt64(length))
        }
        if let origin {
            bytes.append(ascii: ",\"log\":{\"order\":")
            bytes.append(decimal: origin.order)
            bytes.append(ascii: ",\"site_seq\":")
            bytes.append(decimal: origin.siteSeq)
            bytes.append(ascii: ",\"seq_before\":")
            bytes.append(decimal: origin.seqBefore)
            if let eventsBefore = origin.eventsBefore {
                bytes.append(ascii: ",\"events_before\":")
                bytes.append(decimal: eventsBefore)
            }
            bytes.append(UInt8(ascii: "}"))
        }
        if !earlier.isEmpty {
            bytes.append(ascii: ",\"earlier\":[")
            for (index, run) in earlier.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                bytes.append(contentsOf: run.fileJSON(place: place))
            }
            bytes.append(UInt8(ascii: "]"))
        }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// The run as `GET /runs` lists it: also `stopped_at`, null while active, and `events`.
    package var fullJSON: [UInt8] { fullJSON(runDir: directory) }

    private func fullJSON(runDir: String) -> [UInt8] {
        var bytes = jsonHead(runDir)
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

    /// Reads what ``fileJSON(place:)`` wrote; nil when a member that every server writes is missing or malformed.
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
        length = json.member("length")?.exactInteger.flatMap { Int64(exactly: $0) }
        origin = json.member("log").flatMap(Origin.init)
        earlier = json.member("earlier")?.elements.compactMap { Run(json: $0, directory: directory) } ?? []
    }

    private func jsonHead(_ runDir: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(ascii: "{\"run_dir\":")
        bytes.append(jsonString: runDir)
        bytes.append(ascii: ",\"run_id\":")
        bytes.append(jsonString: id)
        bytes.append(ascii: ",\"meta\":")
        bytes.append(meta)
        bytes.append(ascii: ",\"started_at\":")
        bytes.append(jsonString: startedAt.description)
        return bytes
    }
}

extension Run.Origin {
    fileprivate init?(json: JSONText) {
        guard let order = json.member("order")?.exactInteger, let siteSeq = json.member("site_seq")?.exactInteger,
            let seqBefore = json.member("seq_before")?.exactInteger
        else { return nil }
        self.init(
            order: order, siteSeq: siteSeq, seqBefore: seqBefore,
            eventsBefore: json.member("events_before")?.exactInteger)
    }
}
