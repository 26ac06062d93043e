internal import CSimdJSON
internal import Glibc
internal import Synchronization
package import TelemetryModel

/// Validates and minifies JSON with simdjson.
///
/// What passes is readable by every strict reader: RFC 8259, UTF-8, integers within 64 bits, numbers within the range
/// of a double, no lone surrogates, and no deeper nesting than the parser was made for. Names and numbers keep the very
/// bytes they came in with; but where members are found (``minify(_:onMember:)`` and ``minifyLines(_:onMember:onLine:onFault:)``,
/// for what is to be recorded) numbers that not every reader takes are written in another form of the same double.
///
/// A parser keeps its buffers from document to document, about 1 MB at most: those of a longer document are freed with
/// it. Threads that share a parser take turns.
package final class JSONParser: Sendable {
    /// How many bytes may be read behind a text that is parsed where it stands.
    package static let padding = Int(CSIMDJSON_PADDING)

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
        // Short texts are minified on the stack: creating an array uninitialized costs more than copying the bytes.
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

    /// Whether a text is one strict JSON document.
    ///
    /// - Parameters:
    ///   - text: at least one byte.
    ///   - readable: how many bytes may be read from the start of `text` on, whatever they are. With ``padding`` more
    ///     than it has, the text is not copied.
    package func isValid(_ text: UnsafeRawBufferPointer, readable: Int) -> Bool {
        guard let base = text.assumingMemoryBound(to: UInt8.self).baseAddress else { return false }
        return handle.withLock { csimdjson_validate($0.pointer, base, text.count, readable) } == CSIMDJSON_VALID
    }

    /// Called for a member of the outermost object with its name, a JSON string with its quotes, and the byte range of
    /// its value in the minified text. The name is valid during the call only.
    package typealias MemberVisitor = (_ name: UnsafeBufferPointer<UInt8>, _ value: Range<Int>) -> Void

    /// Removes the insignificant white space from `text`.
    ///
    /// - Parameter onMember: called for each member if `text` is an object.
    /// - Throws: ``JSONSyntaxError`` if `text` is not one strict JSON document; `text` is then unchanged.
    package func minify(_ text: inout [UInt8], onMember: MemberVisitor) throws(JSONSyntaxError) {
        let readable = ReadableMemory(of: text)
        var count = 0
        let status = text.withUnsafeMutableBytes { bytes in
            handle.withLock {
                $0.minify(bytes, readable: readable.count(of: bytes), to: bytes.baseAddress, &count, onMember)
            }
        }
        guard status == CSIMDJSON_VALID else {
            throw text.withUnsafeBytes { error(status, $0) }
        }
        if count < text.count { text.removeLast(text.count - count) }
    }

    /// Removes the insignificant white space from `text`, which has one document per line, and ends each line with a
    /// newline. Of a line that is blank or rejected, only the newline remains.
    ///
    /// - Parameters:
    ///   - onMember: called for each member of a line that is an object, with ranges within the minified line.
    ///   - onLine: called for each line that is one strict JSON document, after its members, with its number (from 1),
    ///     its minified bytes, which it may overwrite, and their offset in the resulting text.
    ///   - onFault: called for each other line that is not blank, with its number and a closure that says what is wrong
    ///     with it. The closure is slow: it parses the line again.
    package func minifyLines(
        _ text: inout [UInt8], onMember: MemberVisitor,
        onLine: (_ number: Int, _ line: UnsafeMutableBufferPointer<UInt8>, _ start: Int) -> Void,
        onFault: (_ number: Int, _ explain: () -> JSONSyntaxError) -> Void
    ) {
        if text.isEmpty { return }
        if text.last != 0x0A { text.append(0x0A) }
        let readable = ReadableMemory(of: text)
        var written = 0
        text.withUnsafeMutableBytes { text in
            let capacity = readable.count(of: text)
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

    /// Calls `body` with the parser, for as long as no other thread may use it.
    func withHandle<Result>(_ body: (OpaquePointer) -> Result) -> Result {
        handle.withLock { body($0.pointer) }
    }

    /// How much memory the parser keeps between documents, in bytes.
    var heldBytes: Int { handle.withLock { csimdjson_held_bytes($0.pointer) } }

    private func error(_ status: csimdjson_status, _ text: UnsafeRawBufferPointer) -> JSONSyntaxError {
        switch status {
        case CSIMDJSON_TOO_DEEP:
            JSONSyntaxError(offset: 0, message: "More than \(maximumDepth) nested objects and arrays")
        case CSIMDJSON_OUT_OF_MEMORY: fatalError("out of memory")
        default:
            // simdjson says that a document is invalid, but not where. Only rejected documents are scanned again,
            // slowly.
            JSONSyntaxError(firstIn: text) ?? JSONSyntaxError(offset: 0, message: "Not a strict JSON document")
        }
    }

    /// SAFETY: owned by the `JSONParser`, which creates it in `init` and destroys it in `deinit`; used by one thread at
    /// a time, under the mutex. The member list that C returns points into it, and is read before the mutex is
    /// released.
    private struct Handle: @unchecked Sendable {
        let pointer: OpaquePointer

        /// - Parameters:
        ///   - readable: how many bytes may be read from the start of `text` on.
        ///   - target: where to write: `text` itself, or before it.
        ///   - count: set to how many bytes were written to `target`.
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
                    let value = Int(member.value)
                    onMember(
                        UnsafeBufferPointer(start: target + Int(member.name), count: Int(member.name_length)),
                        value..<value + Int(member.value_length))
                }
                if memberCount < CSIMDJSON_MEMBERS { return status }
                memberCount = csimdjson_next_members(pointer, target)
            }
        }
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Whether a line consists of white space only.
    fileprivate var isBlank: Bool {
        allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
    }
}
