/// An open-addressing table from hashes to the indices of entries that somebody else keeps.
struct HashSlots: Sendable {
    /// Index + 1; 0 for none. Its size is a power of two.
    private var slots: [UInt32] = Array(repeating: 0, count: 64)
    private var count = 0

    /// The index of the entry with a hash for which `isSame` is true.
    @inline(__always)
    func find(_ hash: UInt64, _ isSame: (Int) -> Bool) -> Int? {
        let mask = slots.count - 1
        var place = Self.place(hash) & mask
        while slots[place] != 0 {
            let index = Int(slots[place]) - 1
            if isSame(index) { return index }
            place = (place + 1) & mask
        }
        return nil
    }

    /// Adds the entry after the last.
    ///
    /// - Parameter hashOf: the hash of an entry.
    mutating func append(_ hash: UInt64, _ hashOf: (Int) -> UInt64) {
        if 2 * count >= slots.count {
            slots = Array(repeating: 0, count: 2 * slots.count)
            for index in 0..<count { insert(index, hashOf(index)) }
        }
        insert(count, hash)
        count += 1
    }

    private mutating func insert(_ index: Int, _ hash: UInt64) {
        let mask = slots.count - 1
        var place = Self.place(hash) & mask
        while slots[place] != 0 { place = (place + 1) & mask }
        slots[place] = UInt32(index + 1)
    }

    private static func place(_ hash: UInt64) -> Int {
        Int(truncatingIfNeeded: (hash &* 0x9E37_79B9_7F4A_7C15) >> 24)
    }
}

/// FNV-1a.
struct FNVHash {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func combine(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }

    mutating func combine(_ number: Int64) {
        withUnsafeBytes(of: number.littleEndian) { combine($0) }
    }

    static func of(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash = FNVHash()
        hash.combine(bytes)
        return hash.value
    }
}
