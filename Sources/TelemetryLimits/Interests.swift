internal import TelemetryModel

/// What events of a type are used for: places in the entries of a ``LimitSet``, and in the readings of an event.
struct Interest: Sendable {
    var fields = WantedFields()
    var ranges: [(entry: Int, path: Int)] = []
    var enablings: [(entry: Int, paths: [Int])] = []
    var silences: [Int] = []
    var levels: [(entry: Int, good: Expression, paths: [Int])] = []

    mutating func place(of path: String) -> Int { fields.place(of: path) }
}

/// The types that somebody waits for. One that nobody waits for costs a hash of its name.
struct Interests: Sendable {
    private var names: [[UInt8]] = []
    private var interests: [Interest] = []

    /// The numbers of the types by the hashes of their names.
    private var numbers: [UInt64: [Int]] = [:]

    subscript(number: Int) -> Interest { interests[number] }

    /// - Parameter name: a JSON string without its quotes.
    func number(of name: some Collection<UInt8>) -> Int? {
        if name.contains(UInt8(ascii: "\\")) {
            let quote = [UInt8(ascii: "\"")]
            return JSONText(validated: quote + name + quote).string.flatMap { find(Array($0.utf8)) }
        }
        return find(name)
    }

    private func find(_ name: some Collection<UInt8>) -> Int? {
        numbers[FieldHash.of(name)]?.first { names[$0].elementsEqual(name) }
    }

    mutating func add(_ type: String, _ body: (inout Interest) -> Void) {
        let name = Array(type.utf8)
        if let known = find(name) { return body(&interests[known]) }
        var interest = Interest()
        body(&interest)
        numbers[FieldHash.of(name), default: []].append(names.count)
        names.append(name)
        interests.append(interest)
    }
}
