extension TelemetryClient {
    /// Asks whether the server records.
    ///
    /// - Throws: ``TelemetryClientError/refused(status:detail:)`` with 503 and the reason when it cannot.
    @discardableResult
    public func ready() async throws(TelemetryClientError) -> TelemetryReadiness {
        let answer = try await get("/ready")
        guard let readiness = TelemetryReadiness(json: answer) else { throw malformed(answer, lacks: "a readiness") }
        return readiness
    }

    /// Asks whether the server's process answers.
    ///
    /// - Returns: the answer, `{"ok":true}`.
    @discardableResult
    public func health() async throws(TelemetryClientError) -> JSONText {
        let answer = try await get("/health")
        guard answer["ok"]?.boolean == true else { throw malformed(answer, lacks: "a health") }
        return answer
    }

    /// Asks the server to end.
    ///
    /// - Returns: the answer, `{"shutting_down":true}`.
    /// - Throws: ``TelemetryClientError/refused(status:detail:)`` with 403 unless the server runs on this machine.
    @discardableResult
    public func shutdown() async throws(TelemetryClientError) -> JSONText {
        let answer = try await post("/shutdown")
        guard answer["shutting_down"]?.boolean == true else { throw malformed(answer, lacks: "an end") }
        return answer
    }
}
