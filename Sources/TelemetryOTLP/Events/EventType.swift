internal import TelemetryModel

/// The types that events of OpenTelemetry have: `otel.span/<service>`, `otel.log/<service>`, `otel.metric/<service>/<metric>`.
///
/// A `/` within the service's name is written `%2F` and a `%` as `%25`, so that no two metrics share a type. A type that would
/// be too long, or have control characters, ends in `~` and the 16 digits of a hash instead.
enum EventType {
    static let unknownService = Array("unknown_service".utf8)

    /// - Parameters:
    ///   - service: the resource's `service.name`, UTF-8.
    ///   - metric: the metric's name, UTF-8; nil for a span or a log record.
    static func type(
        _ signal: OTLPSignal, service: some Collection<UInt8>, metric: UnsafeBufferPointer<UInt8>? = nil
    ) -> [UInt8] {
        var type = Array(signal.typePrefix.utf8)
        for byte in service {
            switch byte {
            case UInt8(ascii: "/"): type.append(ascii: "%2F")
            case UInt8(ascii: "%"): type.append(ascii: "%25")
            default: type.append(byte)
            }
        }
        if let metric {
            type.append(UInt8(ascii: "/"))
            type.append(contentsOf: metric)
        }
        let hasControls = replaceControls(&type, with: UInt8(ascii: "_"))
        if !hasControls.isReplaced, type.count <= EventRequest.maximumTypeLength { return type }
        let hash = hasControls.hash
        let room = EventRequest.maximumTypeLength - 17
        if type.count > room {
            var length = room
            // Not within a character.
            while type[length] & 0xC0 == 0x80 { length -= 1 }
            type.removeSubrange(length...)
        }
        type.append(UInt8(ascii: "~"))
        for shift in stride(from: 60, through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: hash >> UInt64(shift) & 15)
            type.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
        return type
    }

    /// Replaces each control character, general category Cc.
    ///
    /// - Returns: whether there was one, and the FNV-1a hash of the text before.
    private static func replaceControls(
        _ text: inout [UInt8], with replacement: UInt8
    ) -> (isReplaced: Bool, hash: UInt64) {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        var hasControl = false
        var previous: UInt8 = 0
        for byte in text {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
            hasControl = hasControl || byte < 0x20 || byte == 0x7F || previous == 0xC2 && byte < 0xA0
            previous = byte
        }
        if hasControl {
            let scalars = String(decoding: text, as: UTF8.self).unicodeScalars.map { scalar in
                scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
                    ? Unicode.Scalar(replacement) : scalar
            }
            var cleaned = String.UnicodeScalarView()
            cleaned.append(contentsOf: scalars)
            text = Array(String(cleaned).utf8)
        }
        return (hasControl, hash)
    }
}
