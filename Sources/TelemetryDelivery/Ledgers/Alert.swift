internal import TelemetryModel

/// An alert as Alertmanager takes it. Alerts of the same labels are the same alert.
struct Alert: Equatable {
    /// The alarm that it is of.
    let name: String
    let labels: [String: String]
    let annotations: [String: String]
    let startsAt: Timestamp

    /// - Parameter instance: the host's name.
    init(_ report: AlarmReport, instance: String) {
        name = report.name
        startsAt = report.data.member("raised")?.string.flatMap { Timestamp(rfc3339: $0) } ?? report.time
        labels = Self.labels(of: report, instance: instance)
        annotations = Self.annotations(of: report)
    }

    private static func labels(of report: AlarmReport, instance: String) -> [String: String] {
        // Sorted, so that of two names that become one it is always the same that counts.
        let own = (report.data.member("labels").map { Array($0.members) } ?? []).compactMap { member in
            member.name.string.flatMap { name in member.value.string.map { (name, $0) } }
        }.sorted { $0.0 < $1.0 }
        var labels = Dictionary(own.map { (labelName($0), $1) }, uniquingKeysWith: { first, _ in first })
        labels["alertname"] = report.name
        labels["severity"] = report.severity.map { "\($0)" } ?? "warning"
        labels["instance"] = instance
        for name in ["type", "field"] {
            if let value = report.data[name]?.string { labels[name] = value }
        }
        // To Alertmanager a label without a value is none.
        return labels.filter { !$0.value.isEmpty }
    }

    private static func annotations(of report: AlarmReport) -> [String: String] {
        let reason = report.reason
        var annotations = ["summary": report.data.member("summary")?.string ?? "\(report.name): \(reason)"]
        let value = report.data.member("value").map { " (value: \($0.string ?? $0.description))" } ?? ""
        annotations["description"] = reason + value
        if let acknowledged = report.data.member("acknowledged") {
            let words = [acknowledged.member("by")?.string, acknowledged.member("why")?.string].compactMap(\.self)
            annotations["acknowledged"] = words.filter { !$0.isEmpty }.joined(separator: ": ")
        }
        return annotations.filter { !$0.value.isEmpty }
    }

    /// A name as Prometheus takes it, `[a-zA-Z_][a-zA-Z0-9_]*`: what it does not take becomes `_`.
    static func labelName(_ name: String) -> String {
        let scalars = name.unicodeScalars.map { scalar -> Character in
            let isAllowed = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
            return isAllowed ? Character(scalar) : "_"
        }
        let text = String(scalars)
        return text.first.map { !$0.isNumber } ?? false ? text : "_" + text
    }

    /// - Parameter end: until when it is on, if nothing more is heard of it; in the past when it is over.
    func json(until end: Timestamp) -> JSONText {
        JSONText([
            ("labels", Self.json(labels)), ("annotations", Self.json(annotations)),
            ("startsAt", JSONText(startsAt.description)), ("endsAt", JSONText(max(end, startsAt).description)),
        ])
    }

    private static func json(_ texts: [String: String]) -> JSONText {
        JSONText(texts.sorted { $0.key < $1.key }.map { ($0.key, JSONText($0.value)) })
    }
}

extension Alert {
    /// What a restart must know.
    var state: JSONText {
        [
            "name": JSONText(name), "labels": Self.json(labels), "annotations": Self.json(annotations),
            "starts": JSONText(startsAt.milliseconds),
        ]
    }

    init?(state: JSONText) {
        guard let name = state["name"]?.string, let labels = state["labels"],
            let annotations = state["annotations"], let starts = state["starts"]?.integer
        else { return nil }
        self.name = name
        self.labels = Self.texts(labels)
        self.annotations = Self.texts(annotations)
        startsAt = Timestamp(milliseconds: starts)
    }

    private static func texts(_ object: JSONText) -> [String: String] {
        object.members.reduce(into: [:]) { texts, member in
            if let name = member.name.string, let value = member.value.string { texts[name] = value }
        }
    }
}
