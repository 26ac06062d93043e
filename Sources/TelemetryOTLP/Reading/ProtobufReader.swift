/// Reads a request in protobuf's binary encoding into a tree.
///
/// Refused are: what ends early, varints of more than ten bytes, groups, wire types that do not fit a known field, strings that
/// are not UTF-8, and messages nested too deep. Fields that are not known are skipped and counted. Repeated numbers may be
/// packed or not.
///
/// SAFETY: `base` is the caller's, for as long as it uses the reader; every read is checked against an end within it.
struct ProtobufReader: ~Copyable {
    private let base: UnsafePointer<UInt8>
    private var builder: TreeBuilder

    private init(base: UnsafePointer<UInt8>, capacity: Int) {
        self.base = base
        builder = TreeBuilder(capacity: capacity)
    }

    /// - Parameter body: less than 4 GiB.
    static func read(
        _ body: UnsafeBufferPointer<UInt8>, as message: Message, unknownFields: inout Int
    ) throws(OTLPError) -> NodeStore {
        guard let base = body.baseAddress, !body.isEmpty else { return NodeStore(capacity: 1) }
        var reader = ProtobufReader(base: base, capacity: body.count / 8)
        do throws(OTLPError) {
            try reader.read(TreeBuilder.Target(message), from: base, to: base + body.count)
        } catch {
            _ = reader.builder.finish()
            throw error
        }
        unknownFields = reader.builder.unknownFields
        return reader.builder.finish()
    }

    private mutating func read(
        _ message: consuming TreeBuilder.Target, from start: UnsafePointer<UInt8>, to end: UnsafePointer<UInt8>
    ) throws(OTLPError) {
        var target = message
        var next = start
        while next < end {
            let tag = try Self.varint(&next, end)
            let number = Int(truncatingIfNeeded: tag >> 3)
            guard tag >> 3 != 0, tag <= UInt64(UInt32.max) else {
                throw .malformed("\(target.message.name): no field has the number \(tag >> 3)")
            }
            let wireType = UInt8(truncatingIfNeeded: tag & 7)
            guard number <= FieldTable.maximumNumber, target.fields[number].kind != .none else {
                try Self.skip(wireType, &next, end, in: target.message)
                builder.unknownFields += 1
                continue
            }
            let kind = target.fields[number].kind
            if wireType == kind.wireType.rawValue {
                if kind.wireType == .lengthDelimited {
                    let count = try Self.length(&next, end)
                    if kind == .message {
                        let child = try builder.open(number, of: &target)
                        try read(child, from: next, to: next + count)
                    } else {
                        try setText(number, of: &target, kind, next, count)
                    }
                    next += count
                } else {
                    try setNumber(number, of: &target, kind, &next, end)
                }
            } else if wireType == WireType.lengthDelimited.rawValue, target.fields[number].isRepeated,
                kind.wireType != .lengthDelimited
            {
                let count = try Self.length(&next, end)
                let packedEnd = next + count
                while next < packedEnd { try setNumber(number, of: &target, kind, &next, packedEnd) }
            } else {
                throw .malformed(
                    "\(target.name(number)) has the wire type \(wireType), and \(kind.wireType.rawValue) is expected")
            }
        }
    }
    @inline(__always)
    private mutating func setText(
        _ number: Int, of target: inout TreeBuilder.Target, _ kind: FieldKind, _ start: UnsafePointer<UInt8>,
        _ count: Int
    ) throws(OTLPError) {
        let place = Node.place(start - base, count)
        guard kind == .string else {
            return try builder.set(number, of: &target, value: place, isDefault: count == 0)
        }
        let check = TextCheck(start, count)
        guard check != .invalid else { throw .malformed("\(target.name(number)) is not UTF-8") }
        try builder.set(number, of: &target, value: place, isDefault: count == 0, isPlainText: check == .plain)
    }

    @inline(__always)
    private mutating func setNumber(
        _ number: Int, of target: inout TreeBuilder.Target, _ kind: FieldKind, _ next: inout UnsafePointer<UInt8>,
        _ end: UnsafePointer<UInt8>
    ) throws(OTLPError) {
        let value: UInt64
        switch kind.wireType {
        case .varint:
            let bits = try Self.varint(&next, end)
            switch kind {
            case .bool: value = bits == 0 ? 0 : 1
            case .int32, .enumeration: value = UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: bits)))
            case .uint32: value = UInt64(UInt32(truncatingIfNeeded: bits))
            case .sint32:
                let zigzag = UInt32(truncatingIfNeeded: bits)
                let signed = Int32(bitPattern: zigzag >> 1) ^ -Int32(bitPattern: zigzag & 1)
                value = UInt64(bitPattern: Int64(signed))
            default: value = bits
            }
        case .fixed64:
            guard end - next >= 8 else { throw Self.endsEarly }
            value = UInt64(littleEndian: UnsafeRawPointer(next).loadUnaligned(as: UInt64.self))
            next += 8
        default:
            guard end - next >= 4 else { throw Self.endsEarly }
            value = UInt64(UInt32(littleEndian: UnsafeRawPointer(next).loadUnaligned(as: UInt32.self)))
            next += 4
        }
        try builder.set(number, of: &target, value: value, isDefault: value == 0)
    }
}

/// What values stand on.
extension ProtobufReader {
    fileprivate static var endsEarly: OTLPError {
        .malformed("The protobuf message ends within a value")
    }

    @inline(__always)
    fileprivate static func varint(
        _ next: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
    ) throws(OTLPError) -> UInt64 {
        if next < end, next.pointee < 0x80 {
            next += 1
            return UInt64(next[-1])
        }
        return try longVarint(&next, end)
    }

    private static func longVarint(
        _ next: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
    ) throws(OTLPError) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<UInt64(10) {
            guard next < end else { throw endsEarly }
            let byte = next.pointee
            next += 1
            value |= UInt64(byte & 0x7F) << (7 * index)
            if byte < 0x80 { return value }
        }
        throw .malformed("A protobuf varint has more than 10 bytes")
    }

    /// The length before a string, bytes or a message, which is there in full.
    @inline(__always)
    fileprivate static func length(
        _ next: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
    ) throws(OTLPError) -> Int {
        let count = try varint(&next, end)
        guard count <= UInt64(end - next) else { throw endsEarly }
        return Int(truncatingIfNeeded: count)
    }

    fileprivate static func skip(
        _ wireType: UInt8, _ next: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, in message: Message
    ) throws(OTLPError) {
        switch WireType(rawValue: wireType) {
        case .varint: _ = try varint(&next, end)
        case .lengthDelimited:
            let count = try length(&next, end)
            next += count
        case .fixed64: try skip(8, &next, end)
        case .fixed32: try skip(4, &next, end)
        case nil:
            throw .malformed(
                "\(message.name) has a field of wire type \(wireType): there are 0, 1, 2 and 5, and no groups")
        }
    }

    private static func skip(
        _ count: Int, _ next: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
    ) throws(OTLPError) {
        guard end - next >= count else { throw endsEarly }
        next += count
    }
}
