internal import TelemetryModel

/// How `--json` shows that an event is ahead of this machine's clock: a member `ahead_s` beside those of the server.
extension JSONText {
    /// An event of the server's answer, with `ahead_s` (how many seconds its `ts` is ahead) if it is ahead.
    func eventMarkedIfAhead(at now: Timestamp = .now) -> JSONText {
        guard let time = member("ts")?.string.flatMap({ Timestamp(rfc3339: $0) }), time.isAhead(of: now) else {
            return self
        }
        return setting("ahead_s", to: JSONText((time.milliseconds - now.milliseconds) / 1_000))
    }

    /// `{"current":{type: event}}`, with the events that are ahead marked.
    func viewMarkedIfAhead(at now: Timestamp = .now) -> JSONText {
        guard let current = member("current") else { return self }
        var bytes = Array("{\"current\":{".utf8)
        for (place, entry) in current.members.enumerated() {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: entry.name.utf8)
            bytes.append(UInt8(ascii: ":"))
            bytes.append(contentsOf: entry.value.eventMarkedIfAhead(at: now).utf8)
        }
        bytes.append(contentsOf: "}}".utf8)
        return JSONText(validated: bytes)
    }
}
