/// The latest events of each type of a batch: one that is stored, and one after it that is not.
struct LatestOfTypes {
    private struct Entry {
        let type: Int
        var stored: (place: Int, seq: UInt64)?
        var ephemeral: (place: Int, seq: UInt64)?
    }

    /// In the order in which the types first stand in the batch.
    private var entries: [Entry] = []

    /// Where each type stands in `entries`; -1 where it does not.
    private var indices: [Int]

    init(_ typeCount: Int) {
        indices = typeCount == 0 ? [] : [Int](repeating: -1, count: typeCount)
    }

    mutating func note(_ type: Int, place: Int, seq: UInt64, isStored: Bool) {
        if indices[type] < 0 {
            indices[type] = entries.count
            entries.append(Entry(type: type))
        }
        if isStored {
            entries[indices[type]].stored = (place, seq)
            entries[indices[type]].ephemeral = nil
        } else {
            entries[indices[type]].ephemeral = (place, seq)
        }
    }

    func forEach(_ body: (_ type: Int, _ place: Int, _ seq: UInt64) -> Void) {
        for entry in entries {
            if let (place, seq) = entry.stored { body(entry.type, place, seq) }
            if let (place, seq) = entry.ephemeral { body(entry.type, place, seq) }
        }
    }
}
