/// Puts the values of a request into a tree, by protobuf's rules: of a field that is not repeated the last value counts, and
/// messages in such a field are merged; a member of a `oneof` clears the others; an implicit field with its default value is
/// none. So both encodings of the same request make the same tree.
struct TreeBuilder: ~Copyable {
    /// How deep messages may be nested; what protobuf's own readers take.
    static let maximumDepth = 100

    var store: NodeStore

    /// Fields that this server does not know.
    var unknownFields = 0

    /// For each depth, by the number of a field that is not repeated: the node of its value.
    private let places: UnsafeMutablePointer<UInt32>

    /// How many values may still be walked over to merge messages.
    ///
    /// Whoever repeats a message in a field that is not repeated has its values walked over again each time. No SDK does so.
    private var mergeAllowance = 1 << 20

    init(capacity: Int) {
        store = NodeStore(capacity: capacity)
        places = .allocate(capacity: (Self.maximumDepth + 1) * FieldTable.stride)
    }

    consuming func finish() -> NodeStore {
        places.deallocate()
        return store
    }

    /// A message that is being filled.
    struct Target {
        let message: Message
        let node: UInt32
        let depth: Int
        let fields: UnsafePointer<Field>

        /// The fields that are not repeated and present, a bit for each number.
        var present: UInt32 = 0

        init(_ message: Message, node: UInt32 = NodeStore.request, depth: Int = 0) {
            self.message = message
            self.node = node
            self.depth = depth
            fields = FieldTable.shared.fields(of: message)
        }

        /// What a field is called in a report.
        func name(_ number: Int) -> String {
            "\(message.name).\(FieldTable.shared.names(of: message)[number].text)"
        }
    }

    /// Adds or sets a value that is no message.
    ///
    /// - Parameter isDefault: whether it is zero, false or empty.
    @inline(__always)
    mutating func set(
        _ number: Int, of target: inout Target, value: UInt64, isDefault: Bool, isPlainText: Bool = false
    ) throws(OTLPError) {
        let field = target.fields[number]
        let node = Node(number: number, kind: field.kind, value: value, isPlainText: isPlainText)
        if field.isRepeated {
            _ = try store.append(node, to: target.node)
            return
        }
        let bit: UInt32 = 1 << UInt32(truncatingIfNeeded: number)
        if target.present & (bit | field.exclusive) != 0 { clear(bit | field.exclusive, of: &target) }
        if isDefault, field.isImplicit { return }
        target.present |= bit
        places[target.depth * FieldTable.stride + number] = try store.append(node, to: target.node)
    }

    /// Adds a message, or finds the one that what follows is merged into.
    @inline(__always)
    mutating func open(_ number: Int, of target: inout Target) throws(OTLPError) -> Target {
        let field = target.fields[number]
        guard target.depth < Self.maximumDepth else {
            throw .malformed("\(target.name(number)): messages are nested more than \(Self.maximumDepth) deep")
        }
        let place = target.depth * FieldTable.stride + number
        if !field.isRepeated {
            let bit: UInt32 = 1 << UInt32(truncatingIfNeeded: number)
            if target.present & bit != 0 {
                return try reopen(places[place], field.message, target.depth + 1)
            }
            if target.present & field.exclusive != 0 { clear(field.exclusive, of: &target) }
            target.present |= bit
        }
        let node = try store.append(Node(number: number, kind: .message), to: target.node)
        places[place] = node
        return Target(field.message, node: node, depth: target.depth + 1)
    }

    private mutating func clear(_ numbers: UInt32, of target: inout Target) {
        for number in 1...FieldTable.maximumNumber where target.present & numbers & 1 << UInt32(number) != 0 {
            store.nodes[Int(places[target.depth * FieldTable.stride + number])].number = 0
        }
        target.present &= ~numbers
    }

    private mutating func reopen(_ node: UInt32, _ message: Message, _ depth: Int) throws(OTLPError) -> Target {
        var target = Target(message, node: node, depth: depth)
        var child = store.nodes[Int(node)].first
        while child != 0 {
            mergeAllowance -= 1
            if mergeAllowance < 0 { throw .malformed("\(message.name) is repeated too often where one is expected") }
            let value = store.nodes[Int(child)]
            let number = Int(value.number)
            if number != 0, !target.fields[number].isRepeated {
                target.present |= 1 << UInt32(number)
                places[depth * FieldTable.stride + number] = child
            }
            child = value.next
        }
        return target
    }
}
