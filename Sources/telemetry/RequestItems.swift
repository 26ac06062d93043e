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
        // By bytes: to a String, a sign and a combining mark after it are one Character.
        let bytes = item.utf8
        guard let sign = bytes.firstIndex(of: UInt8(ascii: "=")), sign > bytes.startIndex,
            !bytes[..<sign].elementsEqual(":".utf8)
        else { throw ValidationError("'\(item)' is neither key=text nor key:=json") }
        let text = String(Substring(bytes[bytes.index(after: sign)...]))
        let key = bytes[..<sign]
        guard key.last == UInt8(ascii: ":") else { return (String(Substring(key)), JSONText(text)) }
        let name = String(Substring(key.dropLast()))
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
