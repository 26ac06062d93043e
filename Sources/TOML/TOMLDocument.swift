internal import CTOML

/// A document in the format of TOML 1.0, read with toml++.
package struct TOMLDocument: Sendable {
    /// The outermost table.
    package let root: TOMLValue

    /// - Throws: ``TOMLSyntaxError``, with the place of the first fault.
    package init(_ text: String) throws(TOMLSyntaxError) {
        var text = text
        let document = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { ctoml_parse($0.baseAddress, $0.count) }
        }
        guard let document else { fatalError("out of memory") }
        defer { ctoml_destroy(document) }
        if let fault = ctoml_document_fault(document)?.pointee {
            throw TOMLSyntaxError(
                position: TOMLPosition(line: Int(fault.line), column: Int(fault.column)),
                reason: String(fault.description))
        }
        var count = 0
        // SAFETY: the document keeps the values, and is destroyed when they have been copied.
        let values = UnsafeBufferPointer(start: ctoml_document_values(document, &count), count: count)
        var contents: [Int: [Int]] = [:]
        for index in values.indices.dropFirst() { contents[values[index].container, default: []].append(index) }
        root = Self.value(0, values, contents)
    }

    private static func value(
        _ index: Int, _ values: UnsafeBufferPointer<ctoml_value>, _ contents: [Int: [Int]]
    ) -> TOMLValue {
        let value = values[index]
        let members = contents[index] ?? []
        let kind: TOMLValue.Kind =
            switch value.kind {
            case CTOML_STRING: .string(String(value.text))
            case CTOML_INTEGER: .integer(value.integer)
            case CTOML_FLOAT: .float(value.number)
            case CTOML_BOOLEAN: .boolean(value.boolean)
            case CTOML_ARRAY: .array(members.map { self.value($0, values, contents) })
            case CTOML_TABLE:
                .table(
                    members.map {
                        TOMLValue.Member(name: String(values[$0].key), value: self.value($0, values, contents))
                    })
            default: .time
            }
        return TOMLValue(kind: kind, position: TOMLPosition(line: Int(value.line), column: Int(value.column)))
    }
}

extension String {
    fileprivate init(_ text: ctoml_text) {
        let bytes = UnsafeRawBufferPointer(start: text.bytes, count: text.length)
        self.init(decoding: bytes, as: UTF8.self)
    }
}
