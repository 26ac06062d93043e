/// Ends the process, which libFuzzer reports as a crash and keeps the input of.
func expect(_ condition: Bool, _ message: @autoclosure () -> String) {
    if !condition { fatalError(message()) }
}

enum Input {
    static func bytes(_ data: UnsafePointer<UInt8>?, _ size: Int) -> [UInt8] {
        Array(UnsafeBufferPointer(start: data, count: size))
    }
}

extension Sequence<UInt8> {
    /// The bytes as text, for a message.
    var text: String { String(decoding: Array(self), as: UTF8.self) }
}
