/// How much of an array's memory may be read, though not written: its capacity. simdjson reads a little beyond the text.
///
/// SAFETY: an array that shares its memory is copied when it is mutated, and the copy may have less capacity. The address
/// tells; it is compared, and never dereferenced.
struct ReadableMemory {
    private let address: UnsafeRawPointer?
    private let capacity: Int

    @inline(__always)
    init(of array: [UInt8]) {
        address = array.withUnsafeBytes(\.baseAddress)
        capacity = array.capacity
    }

    /// How many bytes may be read from the start of the array's memory on, while it is mutated.
    @inline(__always)
    func count(of bytes: UnsafeMutableRawBufferPointer) -> Int {
        UnsafeRawPointer(bytes.baseAddress) == address ? capacity : bytes.count
    }
}
