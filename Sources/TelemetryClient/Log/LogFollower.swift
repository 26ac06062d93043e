/// Follows the log over lost connections, without a gap and without a double.
///
/// **The wire.** It reads server-sent events and not NDJSON: each frame of a recorded event has its cursor, and beyond that a
/// first frame names the place before the first event, places move on while a filter leaves everything out, a sign of life
/// tells a silent log from a dead server, and missed ephemeral events are counted. So there is a place to go on from at
/// any time, and it is never far behind.
///
/// **What that lacks.** To a reader of frames that is more than 64 MiB behind the server says so, and goes on with what is
/// now. Then this reads what lies between in pages, which leave nothing out, and returns to the frames from the place where
/// the last page ended.
///
/// **Lost connections.** After the first `hello` every failure that may pass leads to another attempt, see ``RetryDelay``,
/// from the last place that was handed out.
struct LogFollower {
    /// Where to begin, and what to do after a loss.
    enum Start: Sendable {
        /// With what is recorded from now on, or after a place, or with so many of the latest events.
        case log(after: TelemetryCursor?, replay: Int?)

        /// With the current view, each time that a connection is made.
        case current
    }

    /// The server sends something at least as often.
    private static let longestSilence = Duration.seconds(15)

    /// A connection that stood for as long, or brought an event, was a good one.
    private static let goodConnection = Duration.seconds(5)

    /// A server ends a connection on which it could send nothing for 30 s. That one is made again without a word.
    var longestPause = Duration.seconds(25)

    private let client: TelemetryClient
    private let query: LogQuery
    private let start: Start
    private var cursor: TelemetryCursor?
    private var connection: LogConnection?
    private var connectedAt = ContinuousClock.now
    private var frame = LogFrame()

    /// Reads what lies between the place and now, after a server has said that it is too much for the frames.
    private var pager: LogPager?

    /// What follows on an update that was handed out.
    private var held: TelemetryUpdate?

    /// The active run as it was last told.
    private var runID: String?
    private var hasConnected = false
    private var isLost = false
    private var delay = RetryDelay()
    private var pause: Duration?

    init(_ client: TelemetryClient, _ query: LogQuery, from start: Start) {
        self.client = client
        self.query = query
        self.start = start
        if case .log(let after, _) = start { cursor = after }
    }

    mutating func next() async throws(TelemetryClientError) -> TelemetryUpdate {
        while true {
            if let pause {
                try await Task.pause(for: pause)
                self.pause = nil
            }
            do throws(LogFailure) {
                if let update = try await step() { return update }
            } catch {
                let isOfOwnDoing = connection.map { $0.longestPause >= longestPause } ?? false
                if connection != nil, connectedAt.duration(to: .now) >= Self.goodConnection { delay.reset() }
                close()
                guard error.isPassing, hasConnected || error.retryAfter != nil else { throw error.error }
                pause = delay.next(atLeast: error.retryAfter)
                if !isLost, !isOfOwnDoing {
                    isLost = true
                    return .disconnected(error.error)
                }
            }
        }
    }

    private mutating func close() {
        connection = nil
        frame = LogFrame()
    }

    /// Does the next thing that there is to do; nil if it is nothing to tell.
    private mutating func step() async throws(LogFailure) -> TelemetryUpdate? {
        if let held {
            self.held = nil
            return held
        }
        if pager != nil { return try await catchUp() }
        if connection == nil {
            connection = try await LogConnection(
                client, path, type: "text/event-stream", silence: Self.longestSilence + client.timeout)
            connectedAt = .now
        }
        guard let line = try await connection?.nextLine() else {
            throw LogFailure(error: .interrupted(address: client.address, reason: "the server ended the answer"))
        }
        let isComplete = frame.take(line)
        if frame.length > client.maximumAnswerSize {
            throw LogFailure(error: .answerTooLong(address: client.address, limit: client.maximumAnswerSize))
        }
        guard isComplete else { return nil }
        let complete = frame
        frame = LogFrame()
        return try interpret(complete)
    }

    private mutating func catchUp() async throws(LogFailure) -> TelemetryUpdate? {
        let record = try await pager?.next()
        let before = cursor
        cursor = pager?.cursor
        delay.reset()
        if record == nil { pager = nil }
        let update = record.map { .event($0) } ?? cursor.map { TelemetryUpdate.place($0) }
        guard isLost, let place = before ?? cursor else { return update }
        isLost = false
        held = update
        return .connected(at: place, runID: runID)
    }

    private var path: String {
        switch start {
        case .current:
            return query.path([("format", "sse"), ("current", "true"), ("mode", "latest")])
        case .log(_, let replay):
            var parameters = [(name: "format", value: "sse")]
            if let cursor {
                parameters.append(("after", cursor.description))
            } else if let replay {
                parameters.append(("replay", String(replay)))
            }
            return query.path(parameters)
        }
    }

    private mutating func interpret(_ frame: LogFrame) throws(LogFailure) -> TelemetryUpdate? {
        let place = try frame.id.map { id throws(LogFailure) in
            guard let place = TelemetryCursor(id) else { throw malformed(frame, lacks: "a frame with a cursor") }
            return place
        }
        guard frame.data != nil else {
            if let place, hasConnected { return move(to: place) }
            return nil
        }
        guard frame.name == "hello" || hasConnected else { throw malformed(frame, lacks: "a first frame 'hello'") }
        switch frame.name {
        case "", "message": return try event(frame, place)
        case "hello": return try hello(frame, place)
        case "current": return try current(frame, place)
        case "run":
            runID = try object(frame).member("run_id")?.string
            return .run(id: runID)
        case "gap": return try gap(frame)
        case "bye":
            let reason = try object(frame).member("reason")?.string ?? "the server said goodbye"
            throw LogFailure(error: .interrupted(address: client.address, reason: reason))
        default: return nil  // Of a later version.
        }
    }

    private mutating func move(to place: TelemetryCursor) -> TelemetryUpdate {
        cursor = place
        return .place(place)
    }

    private mutating func event(_ frame: LogFrame, _ place: TelemetryCursor?) throws(LogFailure) -> TelemetryUpdate {
        guard let record = TelemetryRecord(json: try object(frame), cursor: place) else {
            throw malformed(frame, lacks: "a recorded event")
        }
        if let place { cursor = place }
        delay.reset()
        return .event(record)
    }

    private mutating func hello(_ frame: LogFrame, _ place: TelemetryCursor?) throws(LogFailure) -> TelemetryUpdate? {
        let json = try object(frame)
        guard let place else { throw malformed(frame, lacks: "a first frame with a cursor") }
        if case .current = start { cursor = place }
        // A server that cannot go on from the cursor tells so next, and means another place.
        if cursor == nil { cursor = place }
        // It is no news when this client itself has gone from the frames to pages and back.
        let isNews = !hasConnected || isLost
        hasConnected = true
        isLost = false
        let toldRunID = runID
        runID = json.member("run_id")?.string
        if isNews { return .connected(at: cursor ?? place, runID: runID) }
        let isSame = runID.map { Array($0.utf8) } == toldRunID.map { Array($0.utf8) }
        return isSame ? nil : .run(id: runID)
    }

    private mutating func current(_ frame: LogFrame, _ place: TelemetryCursor?) throws(LogFailure) -> TelemetryUpdate {
        let json = try object(frame)
        guard let place, case .current = start else { throw malformed(frame, lacks: "what was asked for") }
        do throws(TelemetryClientError) {
            return .current(try client.events(in: json), at: place)
        } catch {
            throw LogFailure(error: error)
        }
    }

    /// Events are missing in the frames from here on.
    private mutating func gap(_ frame: LogFrame) throws(LogFailure) -> TelemetryUpdate? {
        let json = try object(frame)
        let detail = json.member("detail")?.string ?? "events are missing"
        switch json.member("reason")?.string {
        case "ephemeral":
            return .missedEphemeral(json.member("missed")?.unsignedInteger.flatMap { Int(exactly: $0) } ?? 0)
        case "behind":
            close()
            guard case .log = start else { return nil }
            let after = json.member("after")?.string.flatMap { TelemetryCursor($0) }
            pager = LogPager(client, query, after: after ?? cursor)
            return nil
        default:
            // The current view begins anew anyway.
            if case .current = start { return nil }
            throw LogFailure(error: .refused(status: 410, detail: detail))
        }
    }

    private func object(_ frame: LogFrame) throws(LogFailure) -> JSONText {
        guard let json = try? JSONText(parsing: frame.data ?? []), json.kind == .object else {
            throw malformed(frame, lacks: "a frame with an object")
        }
        return json
    }

    private func malformed(_ frame: LogFrame, lacks expected: String) -> LogFailure {
        let text = String(decoding: (frame.data ?? []).prefix(200), as: UTF8.self)
        return LogFailure(
            error: .malformedAnswer(address: client.address, reason: "it is not \(expected): \(text)"))
    }
}
