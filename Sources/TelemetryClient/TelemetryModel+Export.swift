// Importing TelemetryClient also gives access to the values of its interface: TelemetryEvent, JSONText.
@_exported public import TelemetryModel
