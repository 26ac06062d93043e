internal import SimdJSON
internal import TelemetryModel

/// The fields of a query, by numbers. Where the query names none, those with numbers or booleans are added as they
/// are found.
struct FieldList {
    /// How many fields are added at most.
    static let limit = 2_000

    private(set) var paths: [[UInt8]]
    private let isOpen: Bool
    private var numbers: [[UInt8]: Int] = [:]
    private var hashes: [UInt64: Int] = [:]

    init(_ names: [String]) {
        paths = []
        isOpen = names.isEmpty
        for name in names where numbers[Array(name.utf8)] == nil { append(Array(name.utf8)) }
    }

    private mutating func append(_ path: [UInt8]) {
        numbers[path] = paths.count
        hashes[FNVHash.of(path)] = paths.count
        paths.append(path)
    }

    /// The numbers of the fields, in the order of their paths.
    var order: [Int] {
        paths.indices.sorted { ByteOrder.precedes(paths[$0], paths[$1]) }
    }

    /// The number of the field of a leaf; nil for one that is not asked for.
    mutating func number(_ leaf: JSONLeaf) -> Int? {
        if let number = hashes[leaf.pathHash], paths[number].elementsEqual(leaf.path) { return number }
        guard isOpen, leaf.kind == .number || leaf.kind == .boolean, paths.count < Self.limit else { return nil }
        append(Array(leaf.path))
        return paths.count - 1
    }

    /// The fields that a file has, by the numbers of its series; ascending.
    mutating func series(_ table: SeriesTable, ofType type: [UInt8]) -> [(series: UInt32, field: Int)] {
        guard let type = table.type(type) else { return [] }
        var found: [(series: UInt32, field: Int)] = []
        for index in table.series.indices where Int(table.series[index].type) == type {
            let path = Array(table.path(index))
            if isOpen, numbers[path] == nil, paths.count < Self.limit,
                !table.series[index].kinds.isDisjoint(with: [.number, .boolean])
            {
                append(path)
            }
            if let field = numbers[path] { found.append((series: UInt32(index), field: field)) }
        }
        return found
    }
}
