/// The fields of all messages, by message and number. It is made once and lives as long as the process.
///
/// SAFETY: the memory is written in `init` only, by the one thread that makes ``shared``.
struct FieldTable: @unchecked Sendable {
    /// The greatest number of a field in any message.
    static let maximumNumber = 16

    /// How many entries a message has: one for each number, and none for 0.
    static let stride = maximumNumber + 1

    static let shared = FieldTable()

    private let fields: UnsafeMutablePointer<Field>
    private let names: UnsafeMutablePointer<FieldName>

    private init() {
        let count = Message.allCases.count * Self.stride
        fields = .allocate(capacity: count)
        fields.initialize(repeating: Field(), count: count)
        names = .allocate(capacity: count)
        names.initialize(repeating: FieldName(""), count: count)
        for message in Message.allCases {
            let start = Int(message.rawValue) * Self.stride
            let definition = message.definition
            for field in definition {
                let others = definition.filter {
                    field.oneof != 0 && $0.oneof == field.oneof && $0.number != field.number
                }
                fields[start + field.number] = Field(
                    kind: field.kind, isRepeated: field.isRepeated,
                    isImplicit: !field.isRepeated && field.oneof == 0 && !field.isOptional && field.kind != .message,
                    message: field.message, exclusive: others.reduce(0) { $0 | 1 << UInt32($1.number) },
                    enumeration: field.enumeration)
                names[start + field.number] = FieldName(field.name)
            }
        }
    }

    /// The fields of a message: entries 0 to ``maximumNumber``.
    @inline(__always)
    func fields(of message: Message) -> UnsafePointer<Field> {
        UnsafePointer(fields + Int(message.rawValue) * Self.stride)
    }

    /// The names of a message's fields: entries 0 to ``maximumNumber``.
    @inline(__always)
    func names(of message: Message) -> UnsafePointer<FieldName> {
        UnsafePointer(names + Int(message.rawValue) * Self.stride)
    }
}

/// What a field is called in JSON. The memory lives as long as the process.
struct FieldName {
    /// `"lowerCamelCase":`, as it stands before a value.
    let label: UnsafeBufferPointer<UInt8>

    /// `snake_case`, as the protocol's definition has it.
    let definition: UnsafeBufferPointer<UInt8>

    /// - Parameter definition: the name in `snake_case`.
    init(_ definition: StaticString) {
        self.definition = UnsafeBufferPointer(start: definition.utf8Start, count: definition.utf8CodeUnitCount)
        var label: [UInt8] = [UInt8(ascii: "\"")]
        var isWordStart = false
        for byte in self.definition {
            if byte == UInt8(ascii: "_") {
                isWordStart = true
            } else {
                label.append(isWordStart ? byte & 0xDF : byte)
                isWordStart = false
            }
        }
        label += Array("\":".utf8)
        let memory = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: label.count)
        _ = memory.initialize(from: label)
        self.label = UnsafeBufferPointer(memory)
    }

    /// `lowerCamelCase`, as OTLP's JSON form has it.
    var camel: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: label[1..<label.count - 2]) }

    var text: String { String(decoding: camel, as: UTF8.self) }
}
