internal import CSimdJSON
internal import Synchronization

/// Validates and minifies JSON with simdjson.
///
/// What passes is readable by every strict reader: RFC 8259, UTF-8, integers within 64 bits, numbers within the range of
/// a double, no lone surrogates, and no deeper nesting than the parser was made for. Names and numbers keep the very
/// bytes they came in with.
///
/// A parser keeps its buffers from document to document; threads that share one take turns.
package final class JSONParser: Sendable {
    private let handle: Mutex<Handle>
    private let maximumDepth: Int

    /// Makes a parser for documents of at most `maximumDepth` nested objects and arrays; empty ones are not counted.
    package init(maximumDepth: Int = 64) {
        guard let pointer = csimdjson_parser_create(maximumDepth) else { fatalError("out of memory") }
        self.maximumDepth = maximumDepth
        handle = Mutex(Handle(pointer: pointer))
    }

    deinit {
        handle.withLock { csimdjson_parser_destroy($0.pointer) }
    }

    /// Returns `text` without its insignificant white space.
    ///
    /// - Throws: ``JSONSyntaxError`` when `text` is not one strict JSON document.
    package func minify(_ text: [UInt8]) throws(JSONSyntaxError) -> [UInt8] {
        try text.span.withUnsafeBytes { bytes throws(JSONSyntaxError) in try minify(bytes) }
    }

    /// Returns `text` without its insignificant white space.
    ///
    /// - Throws: ``JSONSyntaxError`` when `text` is not one strict JSON document.
    package func minify(_ text: UnsafeRawBufferPointer) throws(JSONSyntaxError) -> [UInt8] {
        var status = CSIMDJSON_INVALID
        let minified = [UInt8](unsafeUninitializedCapacity: text.count) { output, count in
            guard let target = output.baseAddress, let source = text.assumingMemoryBound(to: UInt8.self).baseAddress
            else { return }
            handle.withLock {
                status = csimdjson_minify($0.pointer, source, text.count, target, &count)
            }
        }
        switch status {
        case CSIMDJSON_VALID: return minified
        case CSIMDJSON_TOO_DEEP: throw .tooDeep(maximumDepth)
        case CSIMDJSON_OUT_OF_MEMORY: fatalError("out of memory")
        default: throw JSONSyntaxError(explaining: text)
        }
    }

    private struct Handle: @unchecked Sendable {  // The pointer is used under the mutex only.
        let pointer: OpaquePointer
    }
}
