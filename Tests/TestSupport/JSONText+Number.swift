package import TelemetryModel

extension JSONText {
    package static func number(_ value: Int) -> JSONText { JSONText(validated: Array(String(value).utf8)) }
}
