internal import TOML

/// Who is told: the tables `[delivery.NAME]`.
extension LimitsFile {
    mutating func readDelivery(_ name: String, _ table: TableReader) {
        var reader = table
        defer { finish(reader) }
        let means = reader.string("means") ?? name
        let position = reader.value("means")?.position
        let url = reader.value("url")
        let command = reader.value("command")
        let token = reader.value("bearer_token_file")
        switch means {
        case "alertmanager", "webhook":
            let text = reader.required("url") { $0.string($1) } ?? ""
            if let url, let reason = Self.fault(ofURL: text, hasToken: token != nil) {
                reader.fault(at: url.position, reason)
            }
            if let command { reader.fault(at: command.position, "a \(means) has no 'command'") }
            add(name, means == "webhook" ? .webhook(url: text) : .alertmanager(url: text), &reader)
        case "command":
            let words = reader.required("command") { $0.strings($1) } ?? []
            if let command, let program = words.first, !program.hasPrefix("/") {
                reader.fault(at: command.position, "'command' should begin with the absolute path of a program")
            }
            if let url { reader.fault(at: url.position, "a command has no 'url'") }
            if let token { reader.fault(at: token.position, "a command has no 'bearer_token_file'") }
            add(name, .command(words), &reader)
        default:
            reader.fault(at: position, "[delivery.\(name)] needs means = \"alertmanager\", \"webhook\" or \"command\"")
        }
    }

    /// What is wrong with a URL that is posted to; nil when nothing is.
    private static func fault(ofURL url: String, hasToken: Bool) -> String? {
        guard let scheme = ["http://", "https://"].first(where: url.hasPrefix) else {
            return "'url' should begin with http:// or https://"
        }
        let authority = url.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
        if authority.isEmpty || url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) {
            return "'url' should be a host and maybe a path, without blanks, such as \(scheme)localhost:9093"
        }
        if hasToken, authority.contains("@") {
            return "'url' has a user already, so there is no place for the token of 'bearer_token_file'"
        }
        return nil
    }

    private mutating func add(_ name: String, _ means: Delivery.Means, _ reader: inout TableReader) {
        var delivery = Delivery(name: name, means: means)
        delivery.atLeast = reader.severity("at_least") ?? .watch
        delivery.groupInterval = reader.duration("group_interval") ?? delivery.groupInterval
        delivery.timeout = reader.duration("timeout") ?? delivery.timeout
        delivery.bearerTokenFile = reader.string("bearer_token_file")
        if let path = delivery.bearerTokenFile, !path.hasPrefix("/"), let value = reader.value("bearer_token_file") {
            reader.fault(at: value.position, "'bearer_token_file' should be an absolute path")
        }
        configuration.deliveries.append(delivery)
    }
}
