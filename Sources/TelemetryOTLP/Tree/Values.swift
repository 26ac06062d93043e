/// Where the values of a message begin, by the number of their field; 0 where there are none.
struct Values {
    private var first = InlineArray<17, UInt32>(repeating: 0)

    @inline(__always)
    init(of message: UInt32, in nodes: UnsafePointer<Node>) {
        var next = message == 0 ? 0 : nodes[Int(message)].first
        while next != 0 {
            let node = nodes[Int(next)]
            let number = Int(node.number)
            if first[number] == 0 { first[number] = next }
            next = node.next
        }
    }

    @inline(__always)
    subscript(number: Int) -> UInt32 { first[number] }
}
