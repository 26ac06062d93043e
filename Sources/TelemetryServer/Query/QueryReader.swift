internal import MicroHTTPD
internal import TelemetryModel

/// Reads the query parameters of a request, each into its type, and collects every fault.
///
/// ```swift
/// let (from, limit) = try QueryReader.read(request.query, now: clock.peek()) { query in
///     (query.time("from"), query.integer("limit", in: 1...100_000) ?? 1_000)
/// }
/// ```
///
/// A method that reads a parameter returns nil when the request does not have it, and when it is faulty: what the closure
/// then makes of it is thrown away, for ``read(_:now:unknown:_:)`` throws.
///
/// The types and texts of faults are those of pydantic 2, which the reference uses, where there is a counterpart.
struct QueryReader {
    /// What becomes of parameters that nobody has read.
    enum Unknown: Sendable {
        case ignored
        case refused
    }

    /// What a value should be, in the words of a fault.
    struct Expectation {
        let type: String
        let message: String
        var context: FieldError.Context?
    }

    /// When the request is served: what relative times are relative to.
    let now: Timestamp

    private let parameters: [QueryParameters.Parameter]

    /// The bytes of the names that were read: Swift treats canonically equivalent strings as equal.
    private var known: Set<[UInt8]> = []
    private var faults: [FieldError] = []

    /// Reads the parameters of a request.
    ///
    /// - Parameters:
    ///   - now: what relative times are relative to.
    ///   - unknown: what becomes of parameters that `body` does not read.
    ///   - body: reads each parameter once.
    /// - Throws: ``TelemetryError/invalid(_:)`` with every fault; the place of each is `["query", name]`.
    static func read<Values>(
        _ parameters: QueryParameters, now: Timestamp, unknown: Unknown = .ignored,
        _ body: (inout QueryReader) -> Values
    ) throws(TelemetryError) -> Values {
        var reader = QueryReader(now: now, parameters: parameters.list)
        let values = body(&reader)
        if unknown == .refused { reader.refuseUnknown() }
        if !reader.faults.isEmpty { throw .invalid(reader.faults) }
        return values
    }

    private init(now: Timestamp, parameters: [QueryParameters.Parameter]) {
        self.now = now
        self.parameters = parameters
    }

    // MARK: - Faults

    /// Reports a fault of a parameter.
    ///
    /// - Parameter input: the value that is faulty; nil where there is none.
    mutating func report(_ name: String, _ expectation: Expectation, input: String?) {
        report(name, expectation, input.map { JSONText(string: $0) } ?? .null)
    }

    private mutating func report(_ name: String, _ expectation: Expectation, _ input: JSONText) {
        faults.append(
            FieldError(
                expectation.type, at: [.name("query"), .name(name)], expectation.message, input: input,
                context: expectation.context))
    }

    private mutating func refuseUnknown() {
        var reported = known
        for parameter in parameters where reported.insert(Array(parameter.name.utf8)).inserted {
            let expectation = Expectation(type: "extra_forbidden", message: "Extra inputs are not permitted")
            report(parameter.name, expectation, input: parameter.value)
        }
    }

    // MARK: - Values

    /// A value that must be there.
    ///
    /// - Parameter value: what was read of it.
    mutating func required<Value>(_ name: String, _ value: Value?) -> Value? {
        if value == nil, !parameters.contains(where: { $0.isNamed(name) }) {
            report(name, Expectation(type: "missing", message: "Field required"), input: nil)
        }
        return value
    }

    /// A value that `parse` makes of a text; nil is a fault, and so is a parameter that is given twice or has no value.
    mutating func value<Value>(
        _ name: String, _ expectation: Expectation, _ parse: (String) -> Value?
    ) -> Value? {
        let given = all(name)
        if given.count > 1 {
            let texts = given.map { JSONText(string: $0.value ?? "").description }
            let repeated = Expectation(type: "repeated", message: "The parameter may be given once only")
            report(name, repeated, JSONText(validated: Array("[\(texts.joined(separator: ","))]".utf8)))
            return nil
        }
        return given.first.flatMap { value(of: $0, expectation, parse) }
    }

    /// The values of a parameter that may be given more than once, in their order.
    mutating func values<Value>(
        _ name: String, _ expectation: Expectation, _ parse: (String) -> Value?
    ) -> [Value] {
        all(name).compactMap { value(of: $0, expectation, parse) }
    }

    private mutating func all(_ name: String) -> [QueryParameters.Parameter] {
        known.insert(Array(name.utf8))
        return parameters.filter { $0.isNamed(name) }
    }

    private mutating func value<Value>(
        of parameter: QueryParameters.Parameter, _ expectation: Expectation, _ parse: (String) -> Value?
    ) -> Value? {
        guard parameter.isWellFormed else {
            let message = "Input should be percent-encoded UTF-8"
            report(parameter.name, Expectation(type: "string_unicode", message: message), input: parameter.value)
            return nil
        }
        if let value = parameter.value.flatMap(parse) { return value }
        report(parameter.name, expectation, input: parameter.value)
        return nil
    }
}
