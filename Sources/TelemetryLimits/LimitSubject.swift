/// What an alarm is about.
package struct LimitSubject: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case limit, silence, level
    }

    package let kind: Kind
    package let settings: AlarmSettings

    /// The type of the events.
    package let type: String

    /// The field of a limit; nil for the others.
    package let field: String?
}

extension LimitsConfiguration {
    /// What each alarm is about, in the order of ``LimitSet/alarms``.
    package var subjects: [LimitSubject] {
        ranges.map { LimitSubject(kind: .limit, settings: $0.settings, type: $0.type, field: $0.field) }
            + silences.map { LimitSubject(kind: .silence, settings: $0.settings, type: $0.type, field: nil) }
            + levels.map { LimitSubject(kind: .level, settings: $0.settings, type: $0.type, field: nil) }
    }

    /// The types of the events that decide.
    package var types: Set<String> {
        Set(subjects.map(\.type) + ranges.compactMap { $0.enabledWhen?.type })
    }
}
