/// What slows the processors down: heat, or a supply that is too weak.
struct ThrottlingReading {
    /// The bits that the firmware of a Raspberry Pi sets
    /// (https://www.raspberrypi.com/documentation/computers/os.html#get_throttled).
    private let firmware: UInt32?

    /// How often processors were slowed down for heat, all together since the boot; nil where nobody counts.
    private let events: UInt64?

    init(_ files: SystemFiles) {
        firmware = files.line("/sys/devices/platform/soc/soc:firmware/get_throttled").flatMap {
            UInt32($0.hasPrefix("0x") ? $0.dropFirst(2) : $0[...], radix: 16)
        }
        let counts = files.names(in: "/sys/devices/system/cpu", beginning: "cpu").compactMap {
            files.integer("/sys/devices/system/cpu/\($0)/thermal_throttle/core_throttle_count")
        }
        events = counts.isEmpty ? nil : counts.reduce(0) { $0 + UInt64(max($1, 0)) }
    }

    /// - Parameters:
    ///   - before: an earlier reading; nil when there is none.
    ///   - isUnderVoltage: what the chip says that watches the supply; nil when there is none.
    func members(since before: ThrottlingReading?, isUnderVoltage: Bool?) -> Members {
        var members = Members()
        members.add("under_voltage", firmware.map { $0 & 1 != 0 } ?? isUnderVoltage)
        members.add("frequency_capped", firmware.map { $0 & 2 != 0 })
        members.add("throttled", firmware.map { $0 & 4 != 0 })
        members.add("soft_temperature_limit", firmware.map { $0 & 8 != 0 })
        if let events, let earlier = before?.events { members.add("events", increase(from: earlier, to: events)) }
        return members
    }
}
