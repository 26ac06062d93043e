internal import TelemetryClient
internal import TelemetryModel

/// Prints the alarms as they are, and then each change, one a line.
struct AlarmPrinter: RecordPrinter {
    private let client: TelemetryClient
    private let showsAll: Bool
    private let isJSON: Bool
    private var layout = AlarmLine()

    init(_ client: TelemetryClient, showsAll: Bool, isJSON: Bool) {
        (self.client, self.showsAll, self.isJSON) = (client, showsAll, isJSON)
    }

    /// A change from while the alarms are asked for may be among them, and follow.
    mutating func begin() async throws(TelemetryClientError) {
        let alarms = try await client.alarms(raisedOnly: !showsAll).alarms
        layout = AlarmLine(alarms)
        for alarm in alarms { print(alarm) }
    }

    mutating func print(_ record: TelemetryRecord) {
        // Others may record events of such types as well.
        if let alarm = TelemetryAlarm(json: record.event.data) { print(alarm) }
    }

    private mutating func print(_ alarm: TelemetryAlarm) {
        if isJSON { return Output.print(alarm.json) }
        Output.print(layout.line(alarm, width: AlarmsCommand.width).rendered(inColour: Output.hasColours))
    }
}
