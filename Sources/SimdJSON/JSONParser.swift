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
                status = csimdjson_minify($0.pointer, source, text.count, text.count, target, &count)
            }
            return status == CSIMDJSON_VALID ? [UInt8](UnsafeBufferPointer(rebasing: output[..<count])) : []
        }
        if status == CSIMDJSON_VALID { return minified }
        throw error(status, text)
    }

    /// Told of a member of the outermost object: its name, a JSON string with its quotes, and where its value stands in
    /// the minified text.
    package typealias MemberVisitor = (_ name: UnsafeBufferPointer<UInt8>, _ value: Range<Int>) -> Void

    /// Takes the insignificant white space out of `text`.
    ///
    /// - Parameter onMember: called for each member when `text` is an object.
    /// - Throws: ``JSONSyntaxError`` when `text` is not one strict JSON document; it is left as it is.
    package func minify(_ text: inout [UInt8], onMember: MemberVisitor) throws(JSONSyntaxError) {
        let capacity = text.capacity
        var count = 0
        let status = text.withUnsafeMutableBytes { bytes in
            handle.withLock { $0.minify(bytes, readable: capacity, to: bytes.baseAddress, &count, onMember) }
        }
        guard status == CSIMDJSON_VALID else {
            throw text.withUnsafeBytes { error(status, $0) }
        }
        if count < text.count { text.removeLast(text.count - count) }
    }

    /// Takes the insignificant white space out of the documents that stand one a line in `text`, and ends each with a
    /// newline. Of a line that is blank or refused only the newline is left.
    ///
    /// - Parameters:
    ///   - onMember: called for each member of a line that is an object, with places in the line.
    ///   - onLine: called for each line that is one strict JSON document, after its members: its number, from 1, its text,
    ///     which may be changed without making it longer, and where it begins in the text that is left.
    ///   - onFault: called for each line that is not: its number, and a closure that explains what is wrong with it, which
    ///     takes longer.
    package func minifyLines(
        _ text: inout [UInt8], onMember: MemberVisitor,
        onLine: (_ number: Int, _ line: UnsafeMutableBufferPointer<UInt8>, _ start: Int) -> Void,
        onFault: (_ number: Int, _ explain: () -> JSONSyntaxError) -> Void
    ) {
        if text.isEmpty { return }
        if text.last != 0x0A { text.append(0x0A) }
        let capacity = text.capacity
        var written = 0
        text.withUnsafeMutableBytes { text in
            guard let base = text.baseAddress else { return }
            var start = 0
            var number = 0
            while start < text.count, let newline = memchr(base + start, 0x0A, text.count - start) {
                number += 1
                let line = UnsafeMutableRawBufferPointer(start: base + start, count: newline - (base + start))
                if !line.isBlank {
                    var count = 0
                    let status = handle.withLock {
                        $0.minify(line, readable: capacity - start, to: base + written, &count, onMember)
                    }
                    if status == CSIMDJSON_VALID {
                        let place = UnsafeMutableRawBufferPointer(rebasing: text[written..<written + count])
                        onLine(number, place.assumingMemoryBound(to: UInt8.self), written)
                        written += count
                    } else {
                        onFault(number) { error(status, UnsafeRawBufferPointer(line)) }
                    }
                }
                start += line.count + 1
                text[written] = 0x0A
                written += 1
            }
        }
        text.removeLast(text.count - written)
    }

    /// How much memory the parser holds between two documents, in bytes.
    var heldBytes: Int { handle.withLock { csimdjson_held_bytes($0.pointer) } }

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
        ///   - target: `text` itself, or memory before it.
        ///   - count: the length of what was written to `target`.
        @inline(__always)
        func minify(
            _ text: UnsafeMutableRawBufferPointer, readable: Int, to target: UnsafeMutableRawPointer?,
            _ count: inout Int, _ onMember: MemberVisitor
        ) -> csimdjson_status {
            guard let target = target?.assumingMemoryBound(to: UInt8.self) else { return CSIMDJSON_INVALID }
            var members: UnsafePointer<csimdjson_member>?
            var memberCount = 0
            let status = csimdjson_minify_object(
                pointer, text.baseAddress?.assumingMemoryBound(to: UInt8.self), text.count, readable, target, &count,
                &members, &memberCount)
            guard status == CSIMDJSON_VALID else { return status }
            while true {
                for member in UnsafeBufferPointer(start: members, count: memberCount) {
                    onMember(
                        UnsafeBufferPointer(start: target + member.name, count: member.name_length),
                        member.value..<member.value + member.value_length)
                }
                if memberCount < CSIMDJSON_MEMBERS { return status }
                memberCount = csimdjson_next_members(pointer, target)
            }
        }
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Whether a line has nothing but white space.
    fileprivate var isBlank: Bool {
        allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
    }
}
