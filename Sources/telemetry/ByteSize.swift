internal import ArgumentParser

/// A number of bytes on the command line: `65536`, `64KiB`, `1MiB`.
struct ByteSize: ExpressibleByArgument, CustomStringConvertible {
    let bytes: Int

    init(_ bytes: Int) {
        self.bytes = bytes
    }

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        let factors = ["": 1, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30]
        guard let number = Int(digits), let factor = factors[argument.dropFirst(digits.count).lowercased()] else {
            return nil
        }
        let (bytes, isTooLarge) = number.multipliedReportingOverflow(by: factor)
        if isTooLarge { return nil }
        self.bytes = bytes
    }

    var description: String {
        for (unit, factor) in [("MiB", 1 << 20), ("KiB", 1 << 10)] where bytes >= factor && bytes % factor == 0 {
            return "\(bytes / factor)\(unit)"
        }
        return "\(bytes)"
    }

    var defaultValueDescription: String { description }
}
