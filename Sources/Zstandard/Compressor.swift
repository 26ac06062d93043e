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
        let bound = ZSTD_compressBound(bytes.count)
        let start = output.count
        output.append(contentsOf: repeatElement(0, count: bound))
        let count = output.withUnsafeMutableBytes { output in
            guard let base = output.baseAddress else { return 0 }
            return ZSTD_compress2(context, base + start, bound, bytes.baseAddress, bytes.count)
        }
        // It fails for want of memory only: the output is as large as it may become.
        guard ZSTD_isError(count) == 0 else { fatalError("out of memory") }
        output.removeLast(bound - count)
    }
}
