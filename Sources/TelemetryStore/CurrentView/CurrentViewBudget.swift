internal import TelemetryModel

/// Limits the memory of the current view: counts what it holds, including what was accepted and is not committed yet,
/// and decides whether more may be added.
///
/// An event of a known type that is not larger than the one before it is always accepted, so that a view which has
/// grown under higher limits goes on.
struct CurrentViewBudget: Sendable {
    /// What an event takes at least besides its parts, in bytes: the names of its members, `seq` and `ts`.
    private static let envelopeLength = 60

    /// In bytes.
    fileprivate struct Lengths: Sendable {
        var stored = 0
        var ephemeral = 0

        var total: Int { stored + ephemeral }
    }

    /// The change that an accepted event made.
    struct Change: Sendable {
        /// The number of its type.
        let type: Int

        /// The lengths of the type before the event.
        fileprivate let previous: Lengths
        fileprivate let isNewType: Bool
    }

    /// Undoes a submission's changes. Those of later submissions must have been undone before.
    enum Undo: Sendable {
        case nothing
        case change(Change)

        /// The budget as it was before.
        case all(Snapshot)
    }

    final class Snapshot: Sendable {
        fileprivate let budget: CurrentViewBudget

        init(_ budget: CurrentViewBudget) {
            self.budget = budget
        }
    }

    /// The types, in the order in which they first became current.
    private(set) var types = EventTypes()

    private let limits: CurrentViewLimits
    private var lengths: [Lengths] = []
    private var total = 0

    init(_ limits: CurrentViewLimits, _ entries: [CurrentView.Entry]) {
        self.limits = limits
        for entry in entries {
            types.append(entry.type)
            let lengths = Lengths(stored: entry.stored?.json.count ?? 0, ephemeral: entry.ephemeral?.json.count ?? 0)
            self.lengths.append(lengths)
            total += lengths.total
        }
    }

    /// Takes in a request that becomes current.
    ///
    /// - Parameter text: where its parts stand.
    /// - Throws: ``TelemetryError/invalid(_:)`` when the view would become too large; then nothing is taken in.
    mutating func take(
        _ parts: EventParts, of text: UnsafeBufferPointer<UInt8>
    ) throws(TelemetryError) -> Change {
        let typeText = text[parts.type]
        let type = types.number(of: typeText)
        let known = type.map { lengths[$0] }
        if known == nil, types.count >= limits.types {
            let message = "There are \(limits.types) event types already, and no more may become current (--max-types)"
            throw refusal("too_many_types", of: "type", message, typeText)
        }
        let length = parts.type.count - 2 + parts.data.count + max(2, parts.meta.count) + Self.envelopeLength
        let changed =
            parts.storePermanently
            ? Lengths(stored: length) : Lengths(stored: known?.stored ?? 0, ephemeral: length)
        let growth = changed.total - (known?.total ?? 0)
        if growth > 0, total + growth > limits.length {
            let message = "The current view would be longer than \(limits.length) bytes (--max-current)"
            throw refusal("current_too_long", of: "data", message, typeText)
        }
        total += growth
        if let type {
            lengths[type] = changed
            return Change(type: type, previous: known ?? Lengths(), isNewType: false)
        }
        types.append(EventTypes.name(typeText))
        lengths.append(changed)
        return Change(type: types.count - 1, previous: Lengths(), isNewType: true)
    }

    /// Takes back the last changes that were applied and not taken back.
    mutating func revert(_ undo: Undo) {
        switch undo {
        case .nothing: break
        case .change(let change): revert(change)
        case .all(let before): self = before.budget
        }
    }

    private mutating func revert(_ change: Change) {
        total += change.previous.total - lengths[change.type].total
        if change.isNewType {
            types.removeLast()
            lengths.removeLast()
        } else {
            lengths[change.type] = change.previous
        }
    }

    private func refusal(
        _ fault: String, of member: String, _ message: String, _ type: UnsafeBufferPointer<UInt8>
    ) -> TelemetryError {
        .invalid([FieldError(fault, at: member, message, input: JSONText(validated: Array(type)))])
    }
}
