internal import MicroHTTPD
internal import TelemetryDelivery
internal import TelemetryLimits
internal import TelemetryModel
internal import TelemetryStore

extension Routes {
    /// `GET /metrics`: the server's own numbers, for Prometheus and for `telemetry collect`. It takes no lock of the recorder.
    @Sendable
    func metrics(_ request: HTTPRequest) throws(TelemetryError) -> HTTPResponse {
        let served = statistics.snapshot
        let recorded = service.counts
        var text = MetricsText(MetricsFormat(request.headers))
        text.addServer(life)
        text.addRequests(served)
        text.addConnections(gate)
        text.addEvents(recorded, refusals, served)
        text.addRecorder(recorded, room.room)
        text.addReaders(followers.counts(service.log), history)
        if let alarms { text.addAlarms(alarms.counts, deliveries?.counts ?? []) }
        text.addProcess(ProcessReading())
        return HTTPResponse(text)
    }

    /// `GET /metrics/values`: the latest values, a scrape job of its own.
    @Sendable
    func valueMetrics(_ request: HTTPRequest) throws(TelemetryError) -> HTTPResponse {
        let now = service.clock.peek()
        let items = service.log.currentItems
        for (type, item) in items where item.time.isAhead(of: now) { service.reportIfAhead(type, item.time, at: now) }
        let mappings = alarms?.configuration?.mappings ?? ValueMappings()
        return HTTPResponse(values.text(of: items, mappings, at: now, MetricsFormat(request.headers)))
    }
}

extension HTTPResponse {
    fileprivate init(_ text: consuming MetricsText) {
        let mediaType = text.format.mediaType
        self.init(
            fields: [Field("Content-Type", mediaType), Field("Vary", "Accept")], body: text.finished())
    }
}
