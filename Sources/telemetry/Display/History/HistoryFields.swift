internal import TelemetryClient

/// Which fields of a type are shown, and how: as series, or as states.
struct HistoryFields: Sendable {
    /// Why there is nothing to show, for people.
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// Those that have had numbers, and the others.
    let numeric: [String]
    let stateful: [String]

    /// Whether they were named, and not just all that there are.
    let areNamed: Bool

    /// - Parameter names: empty for all.
    init(_ names: [String], of type: String, in types: TelemetryTypes) throws(Missing) {
        guard let known = types[type: type]?.fields else {
            throw Missing(description: "nothing of the type '\(type)' was recorded: 'telemetry types' lists what was")
        }
        var wanted = names.isEmpty ? known : []
        for name in names {
            guard let field = known.first(where: { $0.path.utf8.elementsEqual(name.utf8) }) else {
                throw Missing(description: Self.explanation(of: name, type, known, types))
            }
            wanted.append(field)
        }
        if wanted.isEmpty { throw Missing(description: "the type '\(type)' has no fields whose history is kept") }
        numeric = wanted.filter { $0.kinds.contains(.number) }.map(\.path)
        stateful = wanted.filter { !$0.kinds.contains(.number) }.map(\.path)
        areNamed = !names.isEmpty
    }

    private static func explanation(
        of field: String, _ type: String, _ known: [TelemetryFieldSummary], _ types: TelemetryTypes
    ) -> String {
        let names = known.prefix(20).map(\.path).joined(separator: ", ") + (known.count > 20 ? ", …" : "")
        var text = "the type '\(type)' has no field '\(field)'; it has \(known.isEmpty ? "none" : names)"
        if types.leftOutSeries > 0 {
            text +=
                ". \(types.leftOutSeries) fields have no history, as a file has more than \(types.maximumSeries) series"
        }
        return text
    }
}
