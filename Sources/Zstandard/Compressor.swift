internal import CZstandard

/// Compresses frames with zstd. Each frame ends with a checksum of what it holds.
package struct Compressor: ~Copyable {
    /// SAFETY: owned by the compressor, which frees it in `deinit`.
    private let context: OpaquePointer

    /// - Parameter level: from 1, the quickest.
    package init(level: Int32 = 1) {
        guard let context = ZSTD_createCCtx() else { fatalError("out of memory") }
        self.context = context
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    }

    deinit {
        ZSTD_freeCCtx(context)
    }

    /// Appends a frame with some bytes to `output`.
    package func compress(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        output += [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { frame, count in
            count = ZSTD_compress2(context, frame.baseAddress, frame.count, bytes.baseAddress, bytes.count)
            // It fails for want of memory only: the output is as large as it may become.
            guard ZSTD_isError(count) == 0 else { fatalError("out of memory") }
        }
    }
}
