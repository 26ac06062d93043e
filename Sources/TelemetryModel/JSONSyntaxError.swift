/// Why a text is not one strict JSON document, in the words of Python's `json` module.
public struct JSONSyntaxError: Error, Hashable {
    /// Where the fault is, in Unicode scalars from the beginning of the text.
    public let offset: Int

    /// What is wrong, or what was expected.
    public let message: String

    package init(offset: Int, message: String) {
        self.offset = offset
        self.message = message
    }
}

extension JSONSyntaxError: CustomStringConvertible {
    /// What is wrong and where, in a line for a person.
    public var description: String { "\(message) at character \(offset + 1)" }
}

extension JSONSyntaxError {
    /// The first fault of a text; nil if it is one strict JSON document.
    package init?(firstIn text: some Sequence<UInt8>) {
        var scalars: [Unicode.Scalar] = []
        scalars.reserveCapacity(text.underestimatedCount)
        var iterator = text.makeIterator()
        var decoder = UTF8()
        decoding: while true {
            switch decoder.decode(&iterator) {
            case .scalarValue(let scalar):
                scalars.append(scalar)
            case .emptyInput:
                break decoding
            case .error:
                self.init(offset: scalars.count, message: "Invalid UTF-8")
                return
            }
        }
        var scanner = JSONFaultScanner(scalars)
        do throws(JSONSyntaxError) {
            try scanner.scanDocument()
            return nil
        } catch {
            self = error
        }
    }
}
