/// Why a text is not one strict JSON document, in the words of Python's `json` module.
package struct JSONSyntaxError: Error, Equatable {
    /// Where the fault is, in Unicode scalars from the beginning of the text.
    package let offset: Int

    /// What is wrong, or what was expected.
    package let message: String

    package init(offset: Int, message: String) {
        self.offset = offset
        self.message = message
    }

    static func tooDeep(_ depth: Int) -> JSONSyntaxError {
        JSONSyntaxError(offset: 0, message: "More than \(depth) nested objects and arrays")
    }
}

extension JSONSyntaxError {
    /// Finds the first fault of a text that simdjson refused.
    ///
    /// simdjson tells that a document is invalid but not where. This second, slow look is taken at refused documents only.
    init(explaining text: UnsafeRawBufferPointer) {
        if let offset = Self.firstInvalidUTF8(in: text) {
            self.init(offset: offset, message: "Invalid UTF-8")
            return
        }
        var scanner = JSONFaultScanner(Array(String(decoding: text, as: UTF8.self).unicodeScalars))
        do throws(JSONSyntaxError) {
            try scanner.scanDocument()
            self.init(offset: 0, message: "Not a strict JSON document")
        } catch {
            self = error
        }
    }

    private static func firstInvalidUTF8(in text: UnsafeRawBufferPointer) -> Int? {
        var iterator = text.makeIterator()
        var decoder = UTF8()
        var offset = 0
        while true {
            switch decoder.decode(&iterator) {
            case .scalarValue: offset += 1
            case .emptyInput: return nil
            case .error: return offset
            }
        }
    }
}
