package import TOML

/// What is wrong with a limits file, and where.
package struct LimitsFault: Error, Sendable, Equatable, CustomStringConvertible {
    package let position: TOMLPosition
    package let reason: String

    package var description: String { "\(position): \(reason)" }
}

/// Reads the members of a table into their types, and collects what is wrong with them.
struct TableReader {
    /// What it is, for messages: `[[limit]]`.
    let title: String
    let position: TOMLPosition
    private var members: [String: TOMLValue] = [:]
    private var known: Set<String> = []
    private(set) var faults: [LimitsFault] = []

    init(_ value: TOMLValue, title: String) {
        self.title = title
        position = value.position
        if case .table(let members) = value.kind {
            for member in members { self.members[member.name] = member.value }
        } else {
            fault(at: value.position, "\(title) should be a table")
        }
    }

    mutating func fault(at position: TOMLPosition? = nil, _ reason: String) {
        faults.append(LimitsFault(position: position ?? self.position, reason: reason))
    }

    mutating func adopt(_ reader: TableReader) { faults += reader.faults }

    mutating func value(_ name: String) -> TOMLValue? {
        known.insert(name)
        return members[name]
    }

    /// Reports members that nobody has asked for.
    mutating func refuseOthers() {
        for (name, value) in members where !known.contains(name) {
            fault(at: value.position, "\(title) has no '\(name)'; it has \(known.sorted().joined(separator: ", "))")
        }
    }

    mutating func required<Value>(_ name: String, _ read: (inout TableReader, String) -> Value?) -> Value? {
        if value(name) == nil { fault("\(title) needs '\(name)'") }
        return read(&self, name)
    }

    mutating func string(_ name: String) -> String? {
        guard let value = value(name) else { return nil }
        if case .string(let text) = value.kind { return text }
        fault(at: value.position, "'\(name)' should be a text in quotes")
        return nil
    }

    mutating func boolean(_ name: String) -> Bool? {
        guard let value = value(name) else { return nil }
        if case .boolean(let flag) = value.kind { return flag }
        fault(at: value.position, "'\(name)' should be true or false")
        return nil
    }

    mutating func number(_ name: String) -> Double? {
        guard let value = value(name) else { return nil }
        if let number = value.number { return number }
        fault(at: value.position, "'\(name)' should be a number")
        return nil
    }

    mutating func count(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = value(name) else { return nil }
        if case .integer(let count) = value.kind, range.contains(Int(count)) { return Int(count) }
        fault(at: value.position, "'\(name)' should be a whole number from \(range.lowerBound) to \(range.upperBound)")
        return nil
    }

    /// A duration such as `"90s"`, in seconds.
    mutating func duration(_ name: String) -> Double? {
        guard let value = value(name) else { return nil }
        if case .string(let text) = value.kind, let seconds = Self.seconds(text) { return seconds }
        fault(at: value.position, "'\(name)' should be a duration such as \"90s\", \"5m\", \"6h\" or \"28d\"")
        return nil
    }

    mutating func severity(_ name: String) -> Severity? {
        guard let value = value(name) else { return nil }
        if case .string(let text) = value.kind, let severity = Severity(text) { return severity }
        fault(at: value.position, "'\(name)' should be \"watch\", \"warning\" or \"critical\"")
        return nil
    }

    mutating func strings(_ name: String) -> [String]? {
        guard let value = value(name) else { return nil }
        if case .array(let elements) = value.kind {
            let texts = elements.compactMap { element -> String? in
                if case .string(let text) = element.kind { text } else { nil }
            }
            if texts.count == elements.count, !texts.isEmpty { return texts }
        }
        fault(at: value.position, "'\(name)' should be a list of texts, such as [\"open\"]")
        return nil
    }

    /// A table of texts, `{ name = "text" }`, in the order of the file.
    mutating func labels(_ name: String) -> [(name: String, text: String)] {
        guard let value = value(name) else { return [] }
        var table = TableReader(value, title: "'\(name)'")
        defer { adopt(table) }
        guard case .table(let members) = value.kind else { return [] }
        return members.compactMap { member in table.string(member.name).map { (member.name, $0) } }
    }

    mutating func expression(_ name: String) -> Expression? {
        guard let value = value(name), let text = string(name) else { return nil }
        do throws(Expression.Fault) {
            return try Expression(text)
        } catch {
            fault(at: value.position, "'\(name)' is no condition: \(error.reason)")
            return nil
        }
    }

    /// The tables of a list, `[[name]]`.
    mutating func tables(_ name: String) -> [TOMLValue] {
        guard let value = value(name) else { return [] }
        if case .array(let elements) = value.kind { return elements }
        fault(at: value.position, "'\(name)' should be a list of tables: [[\(name)]]")
        return []
    }

    static func seconds(_ text: String) -> Double? {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Double(text.dropLast()), count > 0,
            (count * unit).isFinite
        else { return nil }
        return count * unit
    }
}

extension TOMLValue {
    /// Of an integer or a finite float.
    var number: Double? {
        switch kind {
        case .integer(let value): Double(value)
        case .float(let value) where value.isFinite: value
        default: nil
        }
    }
}
