internal import ArgumentParser
internal import TelemetryModel

/// Members of a JSON object on the command line, in httpie's notation: `key=text` and `key:=json`.
struct RequestItems {
    private(set) var members: [(String, JSONText)] = []

    /// - Throws: `ValidationError` that names the invalid item.
    init(_ items: [String]) throws {
        for item in items {
            let (name, value) = try Self.member(item)
            guard !members.contains(where: { $0.0.utf8.elementsEqual(name.utf8) }) else {
                throw ValidationError("'\(name)' stands twice")
            }
            members.append((name, value))
        }
    }

    var json: JSONText { JSONText(members) }

    private static func member(_ item: String) throws -> (String, JSONText) {
        guard let sign = item.firstIndex(of: "="), sign > item.startIndex, item[..<sign] != ":" else {
            throw ValidationError("'\(item)' is neither key=text nor key:=json")
        }
        let text = String(item[item.index(after: sign)...])
        guard item[..<sign].hasSuffix(":") else { return (String(item[..<sign]), JSONText(text)) }
        let name = String(item[..<sign].dropLast())
        return (name, try json(text, of: "the value of '\(name)'"))
    }

    /// Reads JSON of the command line.
    ///
    /// - Throws: `ValidationError` with the place of the fault.
    static func json(_ text: String, of subject: String) throws -> JSONText {
        do {
            return try JSONText(parsing: text)
        } catch {
            throw ValidationError("\(subject) is not JSON: \(error)")
        }
    }
}
