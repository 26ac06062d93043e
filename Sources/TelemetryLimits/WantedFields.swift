internal import SimdJSON

/// The fields of a type that somebody waits for, and how they are found among the leaves of an event.
struct WantedFields: Sendable {
    private(set) var paths: [String] = []

    /// The places in `paths` by the hashes of the paths. Two paths of one hash share a place's list.
    private var places: [UInt64: [Int]] = [:]

    mutating func place(of path: String) -> Int {
        let hash = FieldHash.of(path.utf8)
        if let known = places[hash]?.first(where: { paths[$0].utf8.elementsEqual(path.utf8) }) { return known }
        places[hash, default: []].append(paths.count)
        paths.append(path)
        return paths.count - 1
    }

    /// One for each path.
    func readings(of event: ParsedEvent) -> [Reading] {
        var readings = Array(repeating: Reading.missing, count: paths.count)
        if paths.isEmpty { return readings }
        for index in 0..<event.leafCount {
            let leaf = event.leaf(index)
            guard let place = places[leaf.pathHash]?.first(where: { paths[$0].utf8.elementsEqual(leaf.path) }) else {
                continue
            }
            readings[place] =
                switch leaf.kind {
                case .null: .null
                case .boolean: .boolean(leaf.number != 0)
                case .number: .number(leaf.number)
                case .string: .text(String(decoding: leaf.text, as: UTF8.self))
                }
        }
        return readings
    }
}

/// FNV-1a, as ``JSONLeaf/pathHash`` is made.
enum FieldHash {
    static func of(_ bytes: some Collection<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }
}
