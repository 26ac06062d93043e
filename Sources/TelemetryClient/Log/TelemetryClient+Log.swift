extension TelemetryClient {
    /// The events that were recorded, in both streams, from the files of the server.
    ///
    /// ```swift
    /// for try await record in client.events("weather", from: "-1h") {
    ///     print(record.event.ts, record.event.data)
    /// }
    /// ```
    ///
    /// A lost connection is made again by itself, up to five times in a row, and reading goes on after the last event that
    /// was taken. The first request is not repeated.
    ///
    /// - Parameters:
    ///   - types: the kinds of events; `weather*` is every type that begins so. Without any, all.
    ///   - stream: those of one stream.
    ///   - run: those in the files of the runs with this id.
    ///   - from: those whose `ts` is not before: RFC 3339, or relative to this machine's clock (`-90s`, `-15m`, `-6h`,
    ///     `-30d`).
    ///   - to: those whose `ts` is before, in the same forms.
    ///   - order: the oldest or the latest first.
    ///   - cursor: those after this place; with the latest first, those before it.
    ///   - limit: how many; nil for all.
    /// - Returns: the events. Iterating throws ``TelemetryClientError``, among them
    ///   ``TelemetryClientError/refused(status:detail:)`` with 410 when the cursor is of another site directory or its
    ///   file is gone, and with 404 or 405 when the server cannot tell what it recorded.
    public func events(
        _ types: String..., stream: TelemetryStream? = nil, run: String? = nil, from: String? = nil,
        to: String? = nil, order: TelemetryRecords.Order = .oldestFirst, after cursor: TelemetryCursor? = nil,
        limit: Int? = nil
    ) -> TelemetryRecords {
        events(types: types, stream: stream, run: run, from: from, to: to, order: order, after: cursor, limit: limit)
    }

    /// The same with a list of types.
    public func events(
        types: [String], stream: TelemetryStream? = nil, run: String? = nil, from: String? = nil, to: String? = nil,
        order: TelemetryRecords.Order = .oldestFirst, after cursor: TelemetryCursor? = nil, limit: Int? = nil
    ) -> TelemetryRecords {
        TelemetryRecords(
            client: self, query: LogQuery(types: types, stream: stream, run: run, from: from, to: to), order: order,
            cursor: cursor, limit: limit.map { max(0, $0) })
    }

    /// Events as they are recorded, each once and in the order of recording, over lost connections and restarts of the
    /// server.
    ///
    /// ```swift
    /// var cursor = try? JSONDecoder().decode(TelemetryCursor.self, from: Data(contentsOf: file))
    /// for try await update in client.follow("weather", after: cursor) {
    ///     if let event = update.event { print(event.ts, event.data) }
    ///     if let place = update.cursor { cursor = place }  // To be kept for the next time.
    /// }
    /// ```
    ///
    /// Recorded events are never missed, however slow the reader is: while it takes nothing, nothing is sent. Ephemeral
    /// events come as they pass, and those that pass while there is no connection are missed.
    ///
    /// The sequence ends by an error: ``TelemetryClientError/cancelled``;
    /// ``TelemetryClientError/refused(status:detail:)`` with 410 when the server cannot go on from the cursor, which is of
    /// another site directory or whose file is gone, with 401 or 403 for the token, with 404 or 405 when the server has no
    /// stream; ``TelemetryClientError/malformedAnswer(address:reason:)``. A server that cannot be reached ends it only
    /// if it was never reached before. One that has too many followers is asked again when it says so (`Retry-After`).
    ///
    /// - Parameters:
    ///   - types: the kinds of events; `weather*` is every type that begins so. Without any, all.
    ///   - stream: those of one stream.
    ///   - run: those in the files of the runs with this id.
    ///   - from: begins with the events whose `ts` is not before: RFC 3339, or relative to this machine's clock (`-15m`).
    ///   - cursor: begins after this place; nil for what is recorded from now on.
    ///   - replay: without a cursor, begins with so many of the latest events, at most 100,000.
    public func follow(
        _ types: String..., stream: TelemetryStream? = nil, run: String? = nil, from: String? = nil,
        after cursor: TelemetryCursor? = nil, replay: Int? = nil
    ) -> TelemetryUpdates {
        follow(types: types, stream: stream, run: run, from: from, after: cursor, replay: replay)
    }

    /// The same with a list of types.
    public func follow(
        types: [String], stream: TelemetryStream? = nil, run: String? = nil, from: String? = nil,
        after cursor: TelemetryCursor? = nil, replay: Int? = nil
    ) -> TelemetryUpdates {
        TelemetryUpdates(
            client: self, query: LogQuery(types: types, stream: stream, run: run, from: from),
            start: .log(after: cursor, replay: replay))
    }

    /// The latest event of each type and what changes in it: a ``TelemetryUpdate/current(_:at:)`` each time that a
    /// connection is made, and then each event.
    ///
    /// Of several events of one type that came while the reader was busy, it may get the latest only. Events that did not
    /// become current come too, see ``TelemetryRecord/isCurrent``, and may stand for an earlier one that did:
    /// ``currentEvent(_:maximumAge:)`` has it. It ends as
    /// ``follow(_:stream:run:from:after:replay:)`` does.
    ///
    /// - Parameter types: the kinds of events; `weather*` is every type that begins so. Without any, all.
    public func followCurrent(_ types: String...) -> TelemetryUpdates {
        followCurrent(types: types)
    }

    /// The same with a list of types.
    public func followCurrent(types: [String]) -> TelemetryUpdates {
        TelemetryUpdates(client: self, query: LogQuery(types: types), start: .current)
    }
}
