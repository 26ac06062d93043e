/// The messages and values of a request, in one piece of memory: 16 bytes each. Index 0 is of none, and 1 of the request.
struct NodeStore: ~Copyable {
    /// More of them are refused: a body of 64 MiB could otherwise take a GB.
    static let maximumCount = 1 << 24

    /// The node of the request.
    static let request: UInt32 = 1

    private(set) var nodes: UnsafeMutablePointer<Node>
    private(set) var count = 2
    private var capacity: Int

    init(capacity: Int) {
        self.capacity = max(64, min(capacity, Self.maximumCount))
        nodes = .allocate(capacity: self.capacity)
        nodes.initialize(repeating: Node(number: 0, kind: .message), count: 2)
    }

    deinit { nodes.deallocate() }

    /// Appends a value to a message.
    ///
    /// - Returns: its index.
    @inline(__always)
    mutating func append(_ node: Node, to message: UInt32) throws(OTLPError) -> UInt32 {
        if count == capacity { try grow() }
        let index = UInt32(truncatingIfNeeded: count)
        (nodes + count).initialize(to: node)
        count += 1
        let parent = nodes + Int(message)
        if parent.pointee.value == 0 {
            parent.pointee.value = UInt64(index) | UInt64(index) << 32
        } else {
            nodes[parent.pointee.length].next = index
            parent.pointee.value = UInt64(parent.pointee.first) | UInt64(index) << 32
        }
        return index
    }

    private mutating func grow() throws(OTLPError) {
        guard capacity < Self.maximumCount else {
            throw .tooLarge("The request has more than \(Self.maximumCount) values: send less at a time")
        }
        let larger = min(2 * capacity, Self.maximumCount)
        let memory = UnsafeMutablePointer<Node>.allocate(capacity: larger)
        memory.moveInitialize(from: nodes, count: count)
        nodes.deallocate()
        nodes = memory
        capacity = larger
    }
}
