internal import CSimdJSON
internal import TelemetryModel

/// A line of a stream's file, parsed. What it refers to is valid for as long as the closure runs that gets it.
///
/// SAFETY: the pointers are into the parser, which the caller of the closure keeps, and does not use meanwhile.
package struct ParsedEvent {
    package let seq: UInt64

    /// RFC 3339, maybe not well-formed.
    package let ts: UnsafeBufferPointer<UInt8>
    package let type: UnsafeBufferPointer<UInt8>
    fileprivate let leaves: UnsafeBufferPointer<csimdjson_leaf>

    package var leafCount: Int { leaves.count }

    package func leaf(_ index: Int) -> JSONLeaf { JSONLeaf(leaves[index]) }
}

/// A number, string, boolean or null in an event's data.
package struct JSONLeaf {
    package enum Kind {
        case null, boolean, number, string
    }

    package let kind: Kind

    /// Dotted; `EventLeaves.h` has the rules.
    package let path: UnsafeBufferPointer<UInt8>
    package let pathHash: UInt64

    /// Of a boolean 0 or 1.
    package let number: Double

    /// Of a string, without its quotes and escapes.
    package let text: UnsafeBufferPointer<UInt8>

    fileprivate init(_ leaf: csimdjson_leaf) {
        kind =
            switch leaf.kind {
            case CSIMDJSON_NUMBER: .number
            case CSIMDJSON_STRING: .string
            case CSIMDJSON_NULL: .null
            default: .boolean
            }
        path = UnsafeBufferPointer(leaf.path, leaf.path_length)
        pathHash = leaf.path_hash
        number = leaf.number
        text = UnsafeBufferPointer(leaf.text, leaf.text_length)
    }
}

extension JSONParser {
    /// Parses a line of a stream's file.
    ///
    /// - Parameters:
    ///   - line: at least one byte, without the newline.
    ///   - isLine: whether it is one. An event as clients see it does not say its stream.
    ///   - readable: how many bytes may be read from the start of `line` on; see ``padding``.
    /// - Returns: what `body` returns; nil for a damaged line.
    package func withEvent<Result>(
        _ line: UnsafeRawBufferPointer, readable: Int, isLine: Bool = true, _ body: (ParsedEvent) -> Result
    ) -> Result? {
        guard let base = line.assumingMemoryBound(to: UInt8.self).baseAddress else { return nil }
        return withHandle { handle in
            var event = csimdjson_event()
            guard csimdjson_read_event(handle, base, line.count, readable, isLine, &event) == CSIMDJSON_VALID else {
                return nil
            }
            return body(
                ParsedEvent(
                    seq: event.seq, ts: UnsafeBufferPointer(event.ts, UInt32(event.ts_length)),
                    type: UnsafeBufferPointer(event.type, UInt32(event.type_length)),
                    leaves: UnsafeBufferPointer(start: event.leaves, count: event.leaf_count)))
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    fileprivate init(_ text: UnsafePointer<CChar>?, _ length: UInt32) {
        let base = UnsafeRawPointer(text)?.assumingMemoryBound(to: UInt8.self)
        self.init(start: base, count: base == nil ? 0 : Int(length))
    }
}
