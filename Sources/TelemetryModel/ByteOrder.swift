/// The order of texts by their bytes, for sorting.
package enum ByteOrder {
    /// Whether a text comes before another one.
    ///
    /// It is not to be inlined. With its loop inlined into a closure of `sorted(by:)` at link time, Swift 6.3 uses the register in which errors
    /// are returned for it: the caller, if it may throw, finds an error that nobody has thrown.
    @inline(never)
    package static func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.lexicographicallyPrecedes(right)
    }

    /// As ``precedes(_:_:)-([UInt8],_)``.
    @inline(never)
    package static func precedes(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Bool {
        left.lexicographicallyPrecedes(right)
    }
}
