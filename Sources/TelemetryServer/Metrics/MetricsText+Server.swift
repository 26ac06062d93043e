internal import MicroHTTPD
internal import TelemetryIndex
internal import TelemetryModel
internal import TelemetryStore

/// What the server tells of itself, a part of `GET /metrics` each. `docs/monitoring.md` has the list.
extension MetricsText {
    /// The version, and since when the process runs.
    mutating func addServer(_ life: ServerLife) {
        begin("telemetry_build", .info, "The version of the server; always 1.")
        sample(1, [("version", telemetryVersion)])
        begin(
            "process_start_time_seconds", .gauge, unit: .seconds,
            "When the server started, by the machine's clock then.")
        sample(milliseconds: life.startTime.milliseconds)
        begin("telemetry_uptime_seconds", .gauge, unit: .seconds, "How long ago the server started.")
        sample(nanoseconds: life.uptime)
    }

    /// What is served, by the routes in the list of all. Requests for anything else have the route `other`.
    mutating func addRequests(_ served: HTTPStatistics.Snapshot) {
        gauge("telemetry_listeners", "Sockets that are served.", served.listeners)
        begin("telemetry_http_requests", .counter, "Requests that were answered, by route and the class of the status.")
        for (name, counts) in served.routes {
            addAnswers(counts, [("method", name.method.name), ("route", name.path)])
        }
        addAnswers(served.unrouted, [("method", "other"), ("route", "other")])
        begin(
            "telemetry_http_request_duration_seconds", .histogram, unit: .seconds,
            "Time from a complete request to its answer, without those that were refused before.")
        histogram(served.total.durations, isDuration: true)
        begin(
            "telemetry_http_refusals", .counter,
            "Requests that were refused before their content was looked at, by the reason.")
        for reason in HTTPError.Reason.allCases {
            sample(served.refusals[reason.rawValue], [("reason", reason.label)])
        }
    }

    private mutating func addAnswers(_ counts: HTTPStatistics.Counts, _ labels: Labels) {
        for (digit, count) in counts.answers.enumerated().dropFirst(2) {
            sample(count, [("code", "\(digit)xx")] + labels)
        }
    }

    mutating func addConnections(_ gate: ConnectionGate) {
        let counts = gate.counts
        gauge("telemetry_http_connections", "Connections that are open.", counts.open)
        gauge(
            "telemetry_http_connections_limit", "Connections that there may be beside those of followers.",
            gate.limits.total)
        begin("telemetry_http_connections_accepted", .counter, "Connections that were let in.")
        sample(counts.accepted)
        begin("telemetry_http_connections_refused", .counter, "Connections that were not let in, by the limit.")
        sample(counts.refused.tooMany, [("reason", "all")])
        sample(counts.refused.fromAddress, [("reason", "address")])
        sample(counts.refused.descriptors, [("reason", "descriptors")])
        begin(
            "telemetry_http_connections_ended", .counter,
            "Connections that were ended because they were slow, or idle when others came.")
        sample(counts.ended.slow, [("reason", "slow")])
        sample(counts.ended.idle, [("reason", "idle")])
    }

    /// What was recorded and what was not, and how long it took.
    mutating func addEvents(_ counts: RecordingCounts, _ refusals: RefusalCounters, _ served: HTTPStatistics.Snapshot) {
        let streams = [(EventStream.site, counts.site), (.run, counts.run)]
        begin("telemetry_events", .counter, "Events that were taken, by the stream and by whether they are in a file.")
        for (stream, counts) in streams {
            sample(counts.stored, [("stream", stream.rawValue), ("outcome", "recorded")])
            sample(counts.ephemeral, [("stream", stream.rawValue), ("outcome", "ephemeral")])
        }
        begin("telemetry_recorded_bytes", .counter, unit: .bytes, "Lines that were written, by the stream.")
        for (stream, counts) in streams { sample(counts.bytes, [("stream", stream.rawValue)]) }
        begin(
            "telemetry_record_refusals", .counter,
            "Requests to record that were refused with all of their events, by the reason.")
        for reason in RefusalCounters.Reason.allCases {
            sample(refusals.count(of: reason), [("reason", reason.label)])
        }
        begin(
            "telemetry_record_duration_seconds", .histogram, unit: .seconds,
            "Time from a complete request to record to its answer, those that were refused included.")
        for route in ["/event", "/events"] {
            histogram(served.counts(.post, route).durations, isDuration: true, [("route", route)])
        }
        begin(
            "telemetry_sync_duration_seconds", .histogram, unit: .seconds,
            "Time that it took to put what was written on the disk.")
        histogram(counts.syncs, isDuration: true)
        begin(
            "telemetry_record_group_events", .histogram,
            "Stored events that were put on the disk, or with another --sync than always written, together.")
        histogram(counts.groups, isDuration: false)
    }

    /// How recording is going.
    mutating func addRecorder(_ counts: RecordingCounts, _ room: FreeSpace?) {
        begin("telemetry_recorder_state", .gauge, "1 for the state that the recorder is in, 0 for the others.")
        sample(counts.hindrance == nil ? 1 : 0, [("state", "recording")])
        sample(counts.hindrance == .noRoom ? 1 : 0, [("state", "no_room")])
        sample(counts.hindrance == .failing ? 1 : 0, [("state", "failing")])
        sample(counts.hindrance == .syncFailed ? 1 : 0, [("state", "sync_failed")])
        gauge("telemetry_run_active", "Whether a run is active.", counts.runSeq == nil ? 0 : 1)
        begin(
            "telemetry_last_seq", .gauge,
            "The last sequence number that is committed: of the site stream, and of the run while one is active.")
        sample(Int(clamping: counts.siteSeq), [("stream", "site")])
        if let seq = counts.runSeq { sample(Int(clamping: seq), [("stream", "run")]) }
        gauge("telemetry_current_types", "Event types that have a latest event.", counts.currentTypes)
        if let age = counts.checkpoint.age {
            begin(
                "telemetry_checkpoint_age_seconds", .gauge, unit: .seconds,
                "How long ago the last checkpoint was written.")
            sample(nanoseconds: Int(age))
        }
        gauge(
            "telemetry_checkpoint_behind_bytes", unit: .bytes,
            "Lines after the last checkpoint, which a start would have to read.", counts.checkpoint.bytesSince)
        gauge(
            "telemetry_checkpoint_failing", "Whether the last checkpoint that was due could not be written.",
            counts.checkpoint.isFailing ? 1 : 0)
        guard let room else { return }
        gauge(
            "telemetry_disk_free_bytes", unit: .bytes, "What is free where events are recorded.",
            Int(clamping: room.bytes))
        if let files = room.files {
            gauge(
                "telemetry_disk_free_files", "How many files can be made where events are recorded.",
                Int(clamping: files))
        }
    }

    /// Who reads the log, and how far the history is.
    mutating func addReaders(_ followers: Followers.Counts, _ history: HistoryIndex?) {
        gauge("telemetry_followers", "Clients that follow events.", followers.all)
        gauge("telemetry_followers_limit", "How many clients may follow events.", followers.limit)
        gauge(
            "telemetry_followers_behind", "Clients that follow events and have not been sent all that is there.",
            followers.behind)
        gauge(
            "telemetry_follower_lag_events", "How many events the client that is furthest behind has still before it.",
            followers.greatestLag)
        guard let history else { return }
        gauge(
            "telemetry_history_behind", "Whether files are not in the history as far as they should be.",
            history.state == .ready ? 0 : 1)
        gauge("telemetry_history_lag_bytes", unit: .bytes, "Lines that are not in the history yet.", Int(history.lag))
    }

    /// What the process takes of the machine, by the names that exporters share.
    mutating func addProcess(_ process: ProcessReading) {
        begin(
            "process_cpu_seconds", .counter, unit: .seconds, "Processor time, the kernel's for this process included.")
        sample(nanoseconds: process.cpuTime)
        if let bytes = process.residentMemory {
            gauge("process_resident_memory_bytes", unit: .bytes, "Memory that is in use.", bytes)
        }
        if let bytes = process.virtualMemory {
            gauge("process_virtual_memory_bytes", unit: .bytes, "Address space that is in use.", bytes)
        }
        if let count = process.descriptors { gauge("process_open_fds", "Descriptors that are open.", count) }
        if let count = process.maximumDescriptors {
            gauge("process_max_fds", "How many descriptors may be open.", count)
        }
    }
}

extension HTTPStatistics.Counts {
    fileprivate var durations: HistogramCounts {
        HistogramCounts(bounds: HTTPStatistics.bounds, counts: buckets, sum: nanoseconds)
    }
}

extension HTTPError.Reason {
    /// Its name in metrics.
    fileprivate var label: String {
        switch self {
        case .malformed: "malformed"
        case .unauthorized: "unauthorized"
        case .forbidden: "forbidden"
        case .moved: "moved"
        case .notFound: "not_found"
        case .methodNotAllowed: "method_not_allowed"
        case .contentTooLarge: "content_too_large"
        case .headerTooLarge: "header_too_large"
        case .requestTimeout: "timeout"
        case .versionNotSupported: "version_not_supported"
        case .bodiesTooLarge: "bodies_too_large"
        case .unsupportedMediaType: "unsupported_media_type"
        case .unsupportedCoding: "unsupported_coding"
        }
    }
}
