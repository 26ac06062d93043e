internal import CZlib

/// Packs data in gzip's format (RFC 1952), as small as zlib can. The same bytes give the same ones.
enum GzipCompressor {
    /// Packs a whole text into one member.
    ///
    /// A MB takes some 100 ms, and zlib 268 kB of memory meanwhile.
    ///
    /// - Returns: nil when there is no memory for it.
    static func compress(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
        guard let length = UInt32(exactly: bytes.count) else { return nil }
        // SAFETY: zlib keeps the address of the stream, so it must not move. It is allocated here, freed at the end, and
        // handed to zlib only, which reads and writes the buffers during the one call of deflate().
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        defer { stream.deallocate() }
        stream.initialize(to: z_stream())
        guard czlib_deflate_gzip_init(stream) == Z_OK else { return nil }
        defer { deflateEnd(stream) }
        // The longest that it may become, so one call takes all.
        let bound = Int(deflateBound(stream, UInt(length)))
        guard let room = UInt32(exactly: bound) else { return nil }
        return [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
            stream.pointee.avail_in = length
            stream.pointee.next_out = buffer.baseAddress
            stream.pointee.avail_out = room
            let status = deflate(stream, Z_FINISH)
            precondition(status == Z_STREAM_END, "deflate() has room for all")
            count = bound - Int(stream.pointee.avail_out)
        }
    }
}
