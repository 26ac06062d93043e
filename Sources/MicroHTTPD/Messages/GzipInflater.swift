internal import CZlib

/// Unpacks data in gzip's format (RFC 1952) piece by piece: one member, or several one after another.
///
/// One thread uses it.
final class GzipInflater {
    /// What zlib takes for it, in bytes (zconf.h): its state, and a window of 32 KiB.
    static let memoryLength = 40 << 10

    private static let bufferLength = 64 << 10

    /// SAFETY: zlib keeps the address, so it must not move. Allocated by `init`, freed by `deinit`, and handed to zlib only.
    private let stream: UnsafeMutablePointer<z_stream>

    /// How much has come, in bytes.
    private(set) var receivedLength = 0

    /// Whether a member has come to its end, and nothing after it; or nothing at all has come.
    private(set) var isAtEnd = true

    /// Whether a member came to its end before.
    private var hasMember = false

    /// - Returns: nil when there is no memory for it.
    init?() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard czlib_inflate_gzip_init(stream) == Z_OK else {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Unpacks a piece.
    ///
    /// - Parameter take: called with what it holds, 64 KiB at most at a time; when it throws, no more is unpacked.
    /// - Throws: what `take` throws; ``HTTPError/malformed(_:)`` when it is not gzip, or something else follows.
    func inflate(
        _ piece: UnsafeRawBufferPointer, _ take: (UnsafeRawBufferPointer) throws(HTTPError) -> Void
    ) throws(HTTPError) {
        receivedLength += piece.count
        // SAFETY: zlib reads from the piece and writes into the buffer during the calls below only.
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: piece.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(piece.count)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.bufferLength, alignment: 1)
        defer {
            buffer.deallocate()
            stream.pointee.next_in = nil
            stream.pointee.next_out = nil
        }
        var isBufferFull = false
        while stream.pointee.avail_in > 0 || isBufferFull {
            if isAtEnd, hasMember { inflateReset(stream) }
            isAtEnd = false
            stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(buffer.count)
            let status = CZlib.inflate(stream, Z_NO_FLUSH)
            let count = buffer.count - Int(stream.pointee.avail_out)
            if count > 0 { try take(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
            switch status {
            case Z_STREAM_END:
                isAtEnd = true
                hasMember = true
                isBufferFull = false
            // Z_BUF_ERROR: all that was there has been unpacked.
            case Z_OK, Z_BUF_ERROR:
                isBufferFull = stream.pointee.avail_out == 0
            default:
                throw .malformed(
                    hasMember
                        ? "After the body's gzip data comes something else"
                        : "The body is not in gzip's format, as its Content-Encoding says")
            }
        }
    }
}
