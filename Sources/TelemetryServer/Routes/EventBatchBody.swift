internal import Glibc
internal import SimdJSON
internal import TelemetryModel

/// The body of `POST /events`: one event request a line. Blank lines count as lines and as nothing else.
struct EventBatchBody {
    let requests: [EventRequest]

    /// Reads all lines.
    ///
    /// - Throws: ``TelemetryError/invalid(_:)`` with the faults of each line, or of the first of very many.
    init(_ text: [UInt8], parser: JSONParser, limits: RequestLimits) throws(TelemetryError) {
        var malformed: [Int: FieldError] = [:]
        var faults = LineFaults()
        let minified = parser.minifyLines(text) { number, explain in
            // To explain takes long, and most of very many would not be listed.
            guard malformed.count < LineFaults.listedLines else { return faults.countUnlisted() }
            let error = explain()
            malformed[number] = .invalidJSON(at: error.offset, error.message)
        }

        var requests: [EventRequest] = []
        var number = 0
        var start = 0
        while let end = minified.endOfLine(from: start) {
            number += 1
            let line = JSONText(validated: minified[start..<end])
            start = end + 1
            if let fault = malformed[number] {
                faults.add([fault], line: number)
            } else if !line.utf8.isEmpty {
                do throws(TelemetryError) {
                    requests.append(try EventRequest(json: line, limits: limits))
                } catch {
                    guard case .invalid(let errors) = error else { throw error }
                    faults.add(errors, line: number)
                }
            }
        }
        if let refusal = faults.refusal { throw refusal }
        if requests.isEmpty { throw .invalid([.missingBody]) }
        self.requests = requests
    }
}

/// The faults of a batch: those of the first lines that have any, and how many such lines there are.
private struct LineFaults {
    /// How many lines are listed, and how long the values that their faults repeat may be together, in bytes.
    static let listedLines = 100
    private static let listedBytes = 1 << 16

    private var listed: [FieldError] = []
    private var lines = 0
    private var unlistedLines = 0
    private var bytes = 0

    mutating func add(_ errors: [FieldError], line: Int) {
        if lines == Self.listedLines || bytes > Self.listedBytes { return countUnlisted() }
        lines += 1
        for error in errors {
            bytes += error.input.utf8.count
            listed.append(error.inLine(line))
        }
    }

    mutating func countUnlisted() {
        unlistedLines += 1
    }

    /// Why the batch is refused; nil when it has no fault.
    var refusal: TelemetryError? {
        if listed.isEmpty { return nil }
        if unlistedLines == 0 { return .invalid(listed) }
        let message = "\(lines + unlistedLines) lines have faults; those of the first \(lines) are listed"
        return .invalid(listed + [FieldError("too_many_errors", at: [.name("body")], message, input: .null)])
    }
}

extension [UInt8] {
    /// Where the next newline stands; nil when there is none.
    fileprivate func endOfLine(from start: Int) -> Int? {
        withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, let end = memchr(base + start, 0x0A, count - start) else { return nil }
            return UnsafeRawPointer(end) - base
        }
    }
}
