internal import CZstandard

/// Reads frames that ``Compressor`` made. One thread at a time uses it.
package final class Decompressor {
    /// SAFETY: owned by the decompressor, which frees it in `deinit`.
    private let context: OpaquePointer

    package init() {
        guard let context = ZSTD_createDCtx() else { fatalError("out of memory") }
        self.context = context
    }

    deinit {
        ZSTD_freeDCtx(context)
    }

    /// What a frame holds.
    ///
    /// - Parameter maximumLength: how much that may be, in bytes.
    /// - Returns: nil when it is no whole frame, is damaged, or holds more.
    package func decompress(_ frame: UnsafeRawBufferPointer, maximumLength: Int) -> [UInt8]? {
        let length = ZSTD_getFrameContentSize(frame.baseAddress, frame.count)
        guard length <= UInt64(maximumLength) else { return nil }
        var isWhole = false
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(length)) { output, count in
            let written = ZSTD_decompressDCtx(
                context, output.baseAddress, output.count, frame.baseAddress, frame.count)
            isWhole = ZSTD_isError(written) == 0 && written == output.count
            count = isWhole ? written : 0
        }
        return isWhole ? bytes : nil
    }
}
