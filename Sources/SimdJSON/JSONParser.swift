internal import CSimdJSON
internal import Glibc
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

    /// Told of a member of the outermost object: its name, a JSON string with its quotes, and where its value stands in
    /// the minified text.
    package typealias MemberVisitor = (_ name: UnsafeBufferPointer<UInt8>, _ value: Range<Int>) -> Void

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
        try minify(text) { handle, target, count in
            csimdjson_minify(
                handle.pointer, text.baseAddress?.assumingMemoryBound(to: UInt8.self), text.count, text.count, target,
                &count)
        }
    }

    /// Returns `text` without its insignificant white space.
    ///
    /// - Parameter onMember: called for each member when `text` is an object.
    /// - Throws: ``JSONSyntaxError`` when `text` is not one strict JSON document.
    package func minify(_ text: [UInt8], onMember: MemberVisitor) throws(JSONSyntaxError) -> [UInt8] {
        let capacity = text.capacity
        return try text.span.withUnsafeBytes { text throws(JSONSyntaxError) in
            try minify(text) { handle, target, count in
                handle.minify(text, readable: capacity, to: target, &count, onMember)
            }
        }
    }

    @inline(__always)
    private func minify(
        _ text: UnsafeRawBufferPointer,
        _ work: (Handle, UnsafeMutablePointer<UInt8>, _ count: inout Int) -> csimdjson_status
    ) throws(JSONSyntaxError) -> [UInt8] {
        var status = CSIMDJSON_INVALID
        // Short texts are minified on the stack. An array that is made without its bytes costs more than to copy them.
        let minified = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: text.count) { output -> [UInt8] in
            guard let target = output.baseAddress, !text.isEmpty else { return [] }
            var count = 0
            status = handle.withLock { work($0, target, &count) }
            return status == CSIMDJSON_VALID ? [UInt8](UnsafeBufferPointer(rebasing: output[..<count])) : []
        }
        if status == CSIMDJSON_VALID { return minified }
        throw error(status, text)
    }

    /// Returns the documents that stand one a line in `text`, each without its insignificant white space and with a newline
    /// behind it. Of a line that is blank or refused only the newline is left.
    ///
    /// - Parameters:
    ///   - onMember: called for each member of a line that is an object, with places in the line.
    ///   - onLine: called for each line that is one strict JSON document, after its members: its number, from 1, its text,
    ///     which may be changed without making it longer, and where it begins in what is returned.
    ///   - onFault: called for each line that is not: its number, and a closure that explains what is wrong with it, which
    ///     takes longer.
    package func minifyLines(
        _ text: [UInt8], onMember: MemberVisitor,
        onLine: (_ number: Int, _ line: UnsafeMutableBufferPointer<UInt8>, _ start: Int) -> Void,
        onFault: (_ number: Int, _ explain: () -> JSONSyntaxError) -> Void
    ) -> [UInt8] {
        let capacity = text.capacity
        return text.withUnsafeBytes { text in
            [UInt8](unsafeUninitializedCapacity: text.count + 1) { output, written in
                guard let target = output.baseAddress, let base = text.baseAddress else { return }
                var start = 0
                var number = 0
                while start < text.count {
                    number += 1
                    let end = memchr(base + start, 0x0A, text.count - start).map { UnsafeRawPointer($0) - base }
                    let line = UnsafeRawBufferPointer(rebasing: text[start..<(end ?? text.count)])
                    let readable = capacity - start
                    start += line.count + 1
                    if !line.isBlank {
                        var count = 0
                        let status = handle.withLock {
                            $0.minify(line, readable: readable, to: target + written, &count, onMember)
                        }
                        if status == CSIMDJSON_VALID {
                            onLine(
                                number, UnsafeMutableBufferPointer(start: target + written, count: count), written)
                            written += count
                        } else {
                            onFault(number) { error(status, line) }
                        }
                    }
                    target[written] = 0x0A
                    written += 1
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

        /// - Parameters:
        ///   - readable: how many bytes of memory there are from the beginning of `text` on.
        ///   - count: the length of what was written to `target`.
        @inline(__always)
        func minify(
            _ text: UnsafeRawBufferPointer, readable: Int, to target: UnsafeMutablePointer<UInt8>, _ count: inout Int,
            _ onMember: MemberVisitor
        ) -> csimdjson_status {
            var members: UnsafePointer<csimdjson_member>?
            var memberCount = 0
            let status = csimdjson_minify_object(
                pointer, text.baseAddress?.assumingMemoryBound(to: UInt8.self), text.count, readable, target, &count,
                &members, &memberCount)
            guard status == CSIMDJSON_VALID else { return status }
            for member in UnsafeBufferPointer(start: members, count: memberCount) {
                onMember(
                    UnsafeBufferPointer(start: target + member.name, count: member.name_length),
                    member.value..<member.value + member.value_length)
            }
            return status
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Whether a line has nothing but white space.
    fileprivate var isBlank: Bool {
        allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
    }
}
