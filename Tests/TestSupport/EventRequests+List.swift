package import TelemetryModel

extension EventRequests {
    /// The requests one after another in one text.
    package init(_ requests: [EventRequest]) {
        var text: [UInt8] = []
        var parts: [EventParts] = []
        for request in requests {
            parts.append(request.parts.moved(by: text.count))
            text += request.text
        }
        self.init(text: text, parts: parts)
    }
}
