internal import TelemetryClient
internal import TelemetryModel

/// Prints events, one a line. On a terminal, and for whoever follows, each is printed at once.
struct EventPrinter: RecordPrinter {
    /// How much is kept before it is written, in bytes.
    private static let blockLength = 32 << 10

    private let isJSON: Bool
    private var layout = EventLine()
    private var block: [UInt8] = []

    init(isJSON: Bool) {
        self.isJSON = isJSON
    }

    mutating func print(_ record: TelemetryRecord) {
        if isJSON {
            block += Output.isTerminal ? Array(record.json.description.terminalSafe.utf8) : Array(record.json.utf8)
        } else {
            let line = layout.line(record, width: Output.isTerminal ? Screen.size.columns : nil)
            block += Array(line.rendered(inColour: Output.hasColours).utf8)
        }
        block.append(UInt8(ascii: "\n"))
        if Output.isTerminal || block.count >= Self.blockLength { flush() }
    }

    /// Writes what was kept.
    mutating func flush() {
        Output.write(block)
        block = []
    }
}
