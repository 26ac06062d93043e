extension TelemetryClient {
    /// Starts a run.
    ///
    /// - Parameters:
    ///   - runID: nil for the next number.
    ///   - runDir: its directory, below the site directory unless it is absolute; nil for one that is named as the run.
    ///   - meta: an object that is kept with the run.
    ///   - replace: stops a run that is active, instead of being refused with 409.
    @discardableResult
    public func startRun(
        _ runID: String? = nil, runDir: String? = nil, meta: JSONText = .emptyObject, replace: Bool = false
    ) async throws(TelemetryClientError) -> TelemetryRun {
        var body: [(String, JSONText)] = []
        if let runID { body.append(("run_id", JSONText(runID))) }
        if let runDir { body.append(("run_dir", JSONText(runDir))) }
        if meta != .emptyObject { body.append(("meta", meta)) }
        if replace { body.append(("replace", true)) }
        return try run(in: try await post("/run/start", JSONText(body)))
    }

    /// The active run.
    ///
    /// - Throws: ``TelemetryClientError/refused(status:detail:)`` with 404 when none is.
    public func getRun() async throws(TelemetryClientError) -> TelemetryRun {
        try run(in: try await get("/run"))
    }

    /// Stops the active run.
    ///
    /// - Returns: the run that was active.
    /// - Throws: ``TelemetryClientError/refused(status:detail:)`` with 404 when none is.
    @discardableResult
    public func stopRun() async throws(TelemetryClientError) -> TelemetryRun {
        try run(in: try await post("/run/stop"))
    }

    /// All runs that the server knows, the newest first.
    public func runs() async throws(TelemetryClientError) -> [TelemetryRun] { try await runList().runs }

    /// All runs that the server knows, and what it found of them that is not as it should be.
    public func runList() async throws(TelemetryClientError) -> TelemetryRunList {
        let answer = try await get("/runs")
        guard let list = TelemetryRunList(json: answer) else { throw malformed(answer, lacks: "a list of runs") }
        return list
    }

    private func run(in answer: JSONText) throws(TelemetryClientError) -> TelemetryRun {
        guard let run = TelemetryRun(json: answer) else { throw malformed(answer, lacks: "a run") }
        return run
    }
}
