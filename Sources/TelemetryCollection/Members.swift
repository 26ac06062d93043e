internal import TelemetryModel

/// The members of a JSON object that is put together from what could be read: what is nil is left out.
struct Members {
    private(set) var all: [(String, JSONText)] = []

    /// - Parameter attributes: what tells the object apart from others in the same array, such as a disk's mount point.
    init(attributes: [(String, String)] = []) {
        if !attributes.isEmpty {
            all.append(("attributes", JSONText(attributes.map { ($0.0, JSONText($0.1)) })))
        }
    }

    var isEmpty: Bool { all.isEmpty }

    var json: JSONText { JSONText(all) }

    mutating func add(_ name: String, _ value: (some FixedWidthInteger)?) {
        if let value { all.append((name, JSONText(value))) }
    }

    mutating func add(_ name: String, _ value: Bool?) {
        if let value { all.append((name, JSONText(value))) }
    }

    /// Adds a number, rounded.
    mutating func add(_ name: String, _ value: Double?, decimals: Int = 2) {
        guard let value else { return }
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        // Dividing an integer gives the nearest double to the decimal, which is written with these digits.
        if let number = JSONText((value * scale).rounded() / scale) { all.append((name, number)) }
    }

    /// Adds an object, unless it has no members.
    mutating func add(_ name: String, _ members: Members?) {
        if let members, !members.isEmpty { all.append((name, members.json)) }
    }

    /// Adds an array of objects, unless it is empty.
    mutating func add(_ name: String, _ list: [Members]) {
        if !list.isEmpty { all.append((name, JSONText(list.map(\.json)))) }
    }
}

/// How much a counter has gone up; one that went back, as when its device or the server started again, counts as 0.
func increase<Count: FixedWidthInteger>(from before: Count, to now: Count) -> Count {
    now >= before ? now - before : 0
}
