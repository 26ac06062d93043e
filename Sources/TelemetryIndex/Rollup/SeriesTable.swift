internal import SimdJSON
internal import TelemetryModel

/// The types of a file and the fields of each. A type with one of its fields is a series.
///
/// Types and series are numbered as they come.
struct SeriesTable: Sendable {
    struct Series: Sendable {
        let type: UInt32
        var kinds: FieldKinds
        fileprivate let start: UInt32
        fileprivate let length: UInt16
        fileprivate let hash: UInt64
    }

    private(set) var typeNames: [[UInt8]] = []
    private(set) var series: [Series] = []

    /// How many series were left out because there were as many as there may be. One that comes again after a restart
    /// counts again.
    private(set) var leftOut = 0

    private var leftOutHashes: Set<UInt64> = []
    private var typeSlots = HashSlots()
    private var seriesSlots = HashSlots()

    /// All paths, one behind the other.
    private var paths: [UInt8] = []

    /// The type that was looked up last.
    private var lastType = 0

    func path(_ index: Int) -> ArraySlice<UInt8> {
        let series = series[index]
        return paths[Int(series.start)..<Int(series.start) + Int(series.length)]
    }

    /// The number of a type; nil when it is not there.
    func type(_ name: [UInt8]) -> Int? {
        typeSlots.find(FNVHash.of(name)) { typeNames[$0] == name }
    }

    /// The number of a type, which is added if it is new; nil when there are as many as there may be.
    @inline(__always)
    mutating func number(ofType name: UnsafeBufferPointer<UInt8>, limit: Int) -> Int? {
        if lastType < typeNames.count, typeNames[lastType].elementsEqual(name) { return lastType }
        let hash = FNVHash.of(name)
        if let known = typeSlots.find(hash, { typeNames[$0].elementsEqual(name) }) {
            lastType = known
            return known
        }
        guard typeNames.count < limit else {
            noteLeftOut(hash, limit)
            return nil
        }
        appendType(Array(name))
        lastType = typeNames.count - 1
        return lastType
    }

    /// Adds a type that was kept.
    mutating func appendType(_ name: [UInt8]) {
        typeNames.append(name)
        typeSlots.append(FNVHash.of(name)) { FNVHash.of(typeNames[$0]) }
    }

    /// The number of the series of a leaf, which is added if it is new; nil when there are as many as there may be.
    @inline(__always)
    mutating func number(_ leaf: JSONLeaf, ofType type: Int, limit: Int) -> Int? {
        let hash = Self.hash(leaf.pathHash, type)
        let kinds = leaf.kinds
        if let known = find(hash, type, leaf.path) {
            if !series[known].kinds.contains(kinds) { series[known].kinds.formUnion(kinds) }
            return known
        }
        guard series.count < limit else {
            noteLeftOut(hash, limit)
            return nil
        }
        append(type: type, leaf.path, kinds, hash)
        return series.count - 1
    }

    /// Adds a series that was kept.
    mutating func append(type: Int, path: [UInt8], kinds: FieldKinds) {
        path.withUnsafeBufferPointer { append(type: type, $0, kinds, Self.hash(FNVHash.of($0), type)) }
    }

    mutating func setKinds(_ kinds: FieldKinds, of index: Int) {
        series[index].kinds = kinds
    }

    mutating func setLeftOut(_ count: Int) {
        leftOut = max(leftOut, count)
    }

    /// The number of a series; nil when it is not there.
    func number(ofType type: Int, path: [UInt8]) -> Int? {
        path.withUnsafeBufferPointer { find(Self.hash(FNVHash.of($0), type), type, $0) }
    }

    /// The numbers of the types and of the series, by their names.
    func canonicalOrder() -> (types: [Int], series: [Int]) {
        let types = typeNames.indices.sorted { ByteOrder.precedes(typeNames[$0], typeNames[$1]) }
        var rank = Array(repeating: 0, count: types.count)
        for (place, type) in types.enumerated() { rank[type] = place }
        let order = series.indices.sorted { left, right in
            let (a, b) = (rank[Int(series[left].type)], rank[Int(series[right].type)])
            return a != b ? a < b : ByteOrder.precedes(path(left), path(right))
        }
        return (types, order)
    }

    private mutating func noteLeftOut(_ hash: UInt64, _ limit: Int) {
        // Not all of them are remembered, lest they take more memory than the series that are there.
        if leftOutHashes.count < limit, leftOutHashes.insert(hash).inserted { leftOut += 1 }
    }

    private static func hash(_ path: UInt64, _ type: Int) -> UInt64 {
        path &+ UInt64(type) &* 0xD6E8_FEB8_6659_FD93
    }

    @inline(__always)
    private func find(_ hash: UInt64, _ type: Int, _ path: UnsafeBufferPointer<UInt8>) -> Int? {
        seriesSlots.find(hash) { index in
            let known = series[index]
            guard known.hash == hash, Int(known.type) == type, Int(known.length) == path.count else { return false }
            return paths.withUnsafeBufferPointer { paths in
                UnsafeBufferPointer(rebasing: paths[Int(known.start)..<Int(known.start) + path.count])
                    .elementsEqual(path)
            }
        }
    }

    private mutating func append(
        type: Int, _ path: UnsafeBufferPointer<UInt8>, _ kinds: FieldKinds, _ hash: UInt64
    ) {
        series.append(
            Series(
                type: UInt32(type), kinds: kinds, start: UInt32(paths.count), length: UInt16(path.count), hash: hash))
        paths.append(contentsOf: path)
        seriesSlots.append(hash) { series[$0].hash }
    }
}
