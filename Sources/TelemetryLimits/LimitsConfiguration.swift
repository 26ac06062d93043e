/// What is watched, who is told, and which values have metrics of their own: the content of a limits file.
package struct LimitsConfiguration: Sendable {
    package var ranges: [RangeLimit] = []
    package var silences: [Silence] = []
    package var levels: [ServiceLevel] = []
    package var deliveries: [Delivery] = []
    package var mappings = ValueMappings()

    package init() {}
}

/// What an alarm of any kind is given.
package struct AlarmSettings: Sendable, Equatable {
    /// Unique in the file; the event type of its changes is `alarm.<name>`.
    package var name: String
    package var summary: String?

    /// Labels for those who are told, beside those that every alarm has.
    package var labels: [String: String] = [:]

    /// Whether an alarm that was critical stays until somebody has acknowledged it.
    package var isLatched = false

    /// Whether it is watched only while a run is active.
    package var needsRun = false
}

/// A field that has limits.
package struct RangeLimit: Sendable {
    /// How long, or how many times in a row, a reading must be out of limits before the alarm is on.
    package enum Patience: Sendable, Equatable {
        case atOnce
        case seconds(Double)
        case times(Int)
    }

    /// What a reading that says nothing does: one of a missing field, or no number, or none at all for ``staleAfter``.
    /// Whichever it is, it clears no alarm.
    package enum Unknown: Sendable, Equatable {
        case ignored
        case alarm(Severity)
    }

    package struct Enabling: Sendable {
        /// The type of the events that decide; that of the limit, or another one.
        package var type: String
        package var condition: Expression
    }

    package var settings: AlarmSettings
    package var type: String

    /// A path as history names it.
    package var field: String
    package var bounds: [Severity: Bound]
    package var patience = Patience.atOnce

    /// What is compared is the change of the value over so many seconds; nil for the value itself.
    package var changeOver: Double?
    package var enabledWhen: Enabling?
    package var missing = Unknown.ignored

    /// In seconds; nil when an old value is as good as a new one.
    package var staleAfter: Double?
    package var stale = Unknown.alarm(.warning)
}

/// A type that must be heard of.
package struct Silence: Sendable {
    package var settings: AlarmSettings
    package var type: String

    /// In seconds.
    package var after: Double
    package var severity = Severity.warning
}

/// A share of a type's events that must be good.
package struct ServiceLevel: Sendable {
    /// An alarm is on while the error budget burns faster than a factor, in a long window and still in a short one.
    package struct Burn: Sendable, Equatable {
        /// In minutes.
        package var long: Int
        package var short: Int

        /// How many times faster than what would use up the budget by the end of the window.
        package var factor: Double
        package var severity: Severity
    }

    package var settings: AlarmSettings
    package var type: String
    package var good: Expression

    /// Below 1.
    package var target: Double

    /// In minutes.
    package var window: Int
    package var burns: [Burn]

    /// With fewer events in its long window no burn is an alarm.
    package var minimumEvents: Int

    /// The burn rates of the SRE workbook: 2 % of the budget in an hour, 5 % in six, 10 % in three days.
    ///
    /// - Parameter window: in minutes.
    package static func usualBurns(window: Int) -> [Burn] {
        let minutes = Double(window)
        return [
            Burn(long: 60, short: 5, factor: 0.02 * minutes / 60, severity: .critical),
            Burn(long: 360, short: 30, factor: 0.05 * minutes / 360, severity: .critical),
            Burn(long: 4_320, short: 360, factor: 0.1 * minutes / 4_320, severity: .warning),
        ].filter { $0.long < window }
    }
}

/// Who is told of alarms.
package struct Delivery: Sendable, Equatable {
    package enum Means: Sendable, Equatable {
        /// Alertmanager's API v2; the URL is that of Alertmanager itself.
        case alertmanager(url: String)

        /// A POST of the changes, as JSON.
        case webhook(url: String)

        /// A program that is run with the changes on its standard input, and its arguments. No shell.
        case command([String])
    }

    package var name: String
    package var means: Means

    /// The least severity that is told.
    package var atLeast = Severity.watch

    /// How many seconds lie between two messages at least. Changes in between are told together.
    package var groupInterval = 10.0

    /// In seconds.
    package var timeout = 10.0

    /// What holds the token that is sent to a URL; nil for none.
    package var bearerTokenFile: String?

    package init(name: String, means: Means) {
        self.name = name
        self.means = means
    }
}
