internal import TelemetryModel

/// Keeps clients from filling the memory: what the current view holds, with all that was accepted and is not committed
/// yet, and whether more may be added.
///
/// An event of a known type that is not larger than the one before it is always accepted, so that a view which has grown
/// under higher limits goes on.
struct CurrentViewBudget: Sendable {
    /// What an event takes at least beside its parts, in bytes: the names of its members, `seq` and `ts`.
    private static let envelopeLength = 60

    /// In bytes.
    fileprivate struct Lengths: Sendable {
        var stored = 0
        var ephemeral = 0

        var total: Int { stored + ephemeral }
    }

    /// What an event that is accepted changes.
    struct Change {
        fileprivate let type: String

        /// Where the type stands; nil for a new one.
        fileprivate let index: Dictionary<String, Lengths>.Index?
        fileprivate let lengths: Lengths
    }

    private let limits: CurrentViewLimits
    private var lengths: [String: Lengths] = [:]
    private var total = 0

    init(_ limits: CurrentViewLimits, _ entries: [CurrentView.Entry]) {
        self.limits = limits
        for entry in entries {
            let lengths = Lengths(stored: entry.stored?.json.count ?? 0, ephemeral: entry.ephemeral?.json.count ?? 0)
            apply(Change(type: entry.type, index: self.lengths.index(forKey: entry.type), lengths: lengths))
        }
    }

    /// What `request` would change; nil when it does not become current.
    ///
    /// - Throws: ``TelemetryError/invalid(_:)`` when the view would become too large.
    func change(for request: EventRequest) throws(TelemetryError) -> Change? {
        guard request.makeCurrent else { return nil }
        let index = lengths.index(forKey: request.type)
        let known = index.map { lengths.values[$0] }
        if known == nil, lengths.count >= limits.types {
            let message = "There are \(limits.types) event types already, and no more may become current (--max-types)"
            throw .invalid([FieldError("too_many_types", at: "type", message, input: JSONText(string: request.type))])
        }
        let length = request.type.utf8.count + request.data.utf8.count + request.meta.utf8.count + Self.envelopeLength
        let changed =
            request.storePermanently
            ? Lengths(stored: length) : Lengths(stored: known?.stored ?? 0, ephemeral: length)
        let growth = changed.total - (known?.total ?? 0)
        if growth > 0, total + growth > limits.length {
            let message = "The current view would be longer than \(limits.length) bytes (--max-current)"
            throw .invalid([FieldError("current_too_long", at: "data", message, input: JSONText(string: request.type))])
        }
        return Change(type: request.type, index: index, lengths: changed)
    }

    /// Takes in an event that has been accepted: the one that `change` was told for last.
    mutating func apply(_ change: Change?) {
        guard let change else { return }
        total += change.lengths.total
        if let index = change.index {
            total -= lengths.values[index].total
            lengths.values[index] = change.lengths
        } else {
            lengths[change.type] = change.lengths
        }
    }
}
