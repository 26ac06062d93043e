// Who imports TelemetryClient gets the values that it takes and gives: TelemetryEvent, JSONText.
@_exported public import TelemetryModel
