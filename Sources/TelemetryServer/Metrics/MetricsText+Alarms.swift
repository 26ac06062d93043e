internal import TelemetryDelivery
internal import TelemetryLimits
internal import TelemetryModel

/// What is watched and who is told, a part of `GET /metrics`. `docs/monitoring.md` has the list.
extension MetricsText {
    mutating func addAlarms(_ alarms: AlarmWatch.Counts, _ deliveries: [(receiver: String, counts: DeliveryCounts)]) {
        addLimits(alarms)
        begin("telemetry_alarms", .gauge, "Alarms that are raised, by state and severity.")
        for raised in alarms.raised {
            sample(raised.count, [("state", raised.state.rawValue), ("severity", "\(raised.severity)")])
        }
        gauge("telemetry_alarms_pending", "Alarms that are out of limits, but not for long enough.", alarms.pending)
        begin("telemetry_alarm_changes", .counter, "Changes of alarms that were recorded, by the state that came.")
        for change in alarms.changes { sample(change.count, [("state", change.state.rawValue)]) }
        begin(
            "telemetry_level_budget_left_ratio", .gauge,
            "The share of a level's error budget that is left; below 0 when more than all is spent.")
        for budget in alarms.budgets { sample(budget.left, [("level", budget.level)]) }
        addDeliveries(deliveries)
    }

    /// What is watched, and how far behind that is.
    private mutating func addLimits(_ alarms: AlarmWatch.Counts) {
        gauge(
            "telemetry_limits_file_failing", "Whether the limits file could not be used when it was read last.",
            alarms.isFileFaulty ? 1 : 0)
        begin("telemetry_limits", .gauge, "What is watched, by the kind.")
        for watched in alarms.watched { sample(watched.count, [("kind", watched.kind.rawValue)]) }
        begin("telemetry_limits_events", .counter, "Events that were compared with limits.")
        sample(alarms.events)
        guard let lag = alarms.lag else { return }
        begin(
            "telemetry_limits_lag_seconds", .gauge, unit: .seconds,
            "How long ago limits had seen all that is recorded; up to a second when they are not behind.")
        sample(nanoseconds: lag.nanoseconds)
        gauge("telemetry_limits_lag_events", "Events that are recorded and that limits have not seen.", lag.events)
    }

    /// Who is told, by the names in the limits file.
    private mutating func addDeliveries(_ deliveries: [(receiver: String, counts: DeliveryCounts)]) {
        begin("telemetry_delivery_pending", .gauge, "Alarms that have changed and that a receiver was not told of.")
        for (receiver, counts) in deliveries { sample(counts.pending, [("receiver", receiver)]) }
        begin(
            "telemetry_delivery_failures", .gauge,
            "How often in a row a receiver has not taken a message; 0 when it does.")
        for (receiver, counts) in deliveries { sample(counts.failuresInARow, [("receiver", receiver)]) }
        begin(
            "telemetry_delivery_messages", .counter, "Messages to a receiver, by what became of them; each try counts.")
        for (receiver, counts) in deliveries {
            for outcome in DeliveryCounts.Outcome.allCases {
                sample(counts[outcome], [("receiver", receiver), ("outcome", outcome.rawValue)])
            }
        }
        begin("telemetry_delivery_retries", .counter, "Messages that were sent again since they had not been taken.")
        for (receiver, counts) in deliveries { sample(counts.retries, [("receiver", receiver)]) }
        begin(
            "telemetry_delivery_last_success_timestamp_seconds", .gauge, unit: .seconds,
            "When a receiver has taken a message last, since the start.")
        for (receiver, counts) in deliveries {
            if let time = counts.lastSuccess { sample(milliseconds: time.milliseconds, [("receiver", receiver)]) }
        }
    }
}
