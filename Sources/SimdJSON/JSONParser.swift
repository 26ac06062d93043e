internal import CSimdJSON
internal import Synchronization
package import TelemetryModel

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
        // Short texts are minified on the stack. An array that is made without its bytes costs more than to copy them.
        let minified = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: text.count) { output -> [UInt8] in
            guard let target = output.baseAddress, let source = text.assumingMemoryBound(to: UInt8.self).baseAddress
            else { return [] }
            var count = 0
            handle.withLock {
                status = csimdjson_minify($0.pointer, source, text.count, target, &count)
            }
            return status == CSIMDJSON_VALID ? [UInt8](UnsafeBufferPointer(rebasing: output[..<count])) : []
        }
        if status == CSIMDJSON_VALID { return minified }
        throw error(status, text)
    }

    /// Returns the documents that stand one a line in `text`, each without its insignificant white space and with a newline
    /// behind it. A line that is blank or refused is left as an empty one, so that all keep their numbers.
    ///
    /// - Parameter onFault: called for each line that is not one strict JSON document: its number, from 1, and a closure
    ///   that explains what is wrong with it, which takes longer.
    package func minifyLines(_ text: [UInt8], onFault: (Int, () -> JSONSyntaxError) -> Void) -> [UInt8] {
        text.withUnsafeBytes { text in
            [UInt8](unsafeUninitializedCapacity: text.count + 1) { output, count in
                guard var target = output.baseAddress, let base = text.assumingMemoryBound(to: UInt8.self).baseAddress
                else { return }
                var start = 0
                var number = 1
                while start < text.count {
                    var written = 0
                    var read = 0
                    let status = handle.withLock {
                        csimdjson_minify_lines(
                            $0.pointer, base + start, text.count - start, target, &written, &read)
                    }
                    start += read
                    if status != CSIMDJSON_VALID {
                        number += UnsafeRawBufferPointer(start: target, count: written).count { $0 == .newline }
                        let rest = UnsafeRawBufferPointer(rebasing: text[start...])
                        let end = rest.firstIndex(of: .newline) ?? rest.count
                        onFault(number) { error(status, UnsafeRawBufferPointer(rebasing: rest[..<end])) }
                        number += 1
                        start += end + 1
                        target[written] = .newline
                        written += 1
                    }
                    count += written
                    target += written
                }
            }
        }
    }

    private func error(_ status: csimdjson_status, _ text: UnsafeRawBufferPointer) -> JSONSyntaxError {
        switch status {
        case CSIMDJSON_TOO_DEEP:
            JSONSyntaxError(offset: 0, message: "More than \(maximumDepth) nested objects and arrays")
        case CSIMDJSON_OUT_OF_MEMORY: fatalError("out of memory")
        default:
            // simdjson tells that a document is invalid but not where. Only refused documents get this second, slow look.
            JSONSyntaxError(firstIn: text) ?? JSONSyntaxError(offset: 0, message: "Not a strict JSON document")
        }
    }

    private struct Handle: @unchecked Sendable {  // The pointer is used under the mutex only.
        let pointer: OpaquePointer
    }
}

extension UInt8 {
    fileprivate static let newline = UInt8(ascii: "\n")
}
