internal import SimdJSON
internal import TelemetryModel

/// Samples of a series that followed one another with the same value.
///
/// A sample that is older than the one before it makes a run of its own.
struct StateRun: Sendable, Hashable {
    var series: UInt32

    /// The number of the value among those of the series.
    var value: UInt8

    /// When the first and the last sample were taken, in milliseconds since 1970-01-01T00:00:00Z.
    var first: Int64
    var last: Int64
}

/// The values that a series has had as a state.
struct StateValues: Sendable, Hashable {
    /// How many there may be: with more, it is no state.
    static let limit = 64

    /// The longest text that is taken as a state, in bytes.
    static let maximumLength = 64

    /// How many runs of one value a series may have in a file: with more, it is no state either.
    static let runLimit = 50_000

    /// Each as JSON; nil when there are too many, or too many runs of them.
    var texts: [[UInt8]]? = []

    /// How many runs there were; it is not kept on disk.
    private var runs = 0

    init(texts: [[UInt8]]? = []) {
        self.texts = texts
    }

    /// Counts a run.
    ///
    /// - Returns: false when there are too many.
    mutating func countRun() -> Bool {
        runs += 1
        if runs > Self.runLimit { texts = nil }
        return texts != nil
    }

    /// Whether a leaf has a value.
    func isValue(_ number: UInt8, of leaf: JSONLeaf) -> Bool {
        guard let texts, Int(number) < texts.count else { return false }
        let text = texts[Int(number)]
        switch leaf.kind {
        case .null: return text.elementsEqual("null".utf8)
        case .boolean: return text.elementsEqual((leaf.number == 1 ? "true" : "false").utf8)
        case .number: return false
        case .string:
            // A value with a backslash is compared as JSON.
            return text.count == leaf.text.count + 2 && text[1..<text.count - 1].elementsEqual(leaf.text)
                && !leaf.text.contains(UInt8(ascii: "\\"))
        }
    }

    /// The number of a value, which is added if it is new; nil when there are too many.
    mutating func number(of text: [UInt8]) -> UInt8? {
        guard let texts else { return nil }
        if let known = texts.firstIndex(of: text) { return UInt8(known) }
        guard texts.count < Self.limit else {
            self.texts = nil
            return nil
        }
        self.texts?.append(text)
        return UInt8(texts.count)
    }
}

extension JSONLeaf {
    /// The value as JSON if it can be a state; nil otherwise.
    var stateText: [UInt8]? {
        switch kind {
        case .null: return Array("null".utf8)
        case .boolean: return Array((number == 1 ? "true" : "false").utf8)
        case .number: return nil
        case .string:
            guard text.count <= StateValues.maximumLength else { return nil }
            var json: [UInt8] = []
            json.append(jsonString: String(decoding: text, as: UTF8.self))
            return json
        }
    }

    var kinds: FieldKinds {
        switch kind {
        case .null: .null
        case .boolean: .boolean
        case .number: .number
        case .string: .string
        }
    }
}
