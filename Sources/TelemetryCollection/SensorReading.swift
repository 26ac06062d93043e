/// Temperatures, fans and voltages, from `/sys/class/hwmon` and `/sys/class/thermal`
/// (https://docs.kernel.org/hwmon/sysfs-interface.html).
struct SensorReading {
    private struct Chip {
        let path: String
        let name: String

        /// What tells it apart from others of the name; nil when it is the only one.
        var device: String?
    }

    private let files: SystemFiles
    private let chips: [Chip]

    init(_ files: SystemFiles) {
        self.files = files
        var chips: [Chip] = []
        for directory in files.names(in: "/sys/class/hwmon", beginning: "hwmon") {
            let path = "/sys/class/hwmon/\(directory)"
            guard let name = files.line("\(path)/name") else { continue }
            chips.append(Chip(path: path, name: name, device: files.target(ofLink: "\(path)/device") ?? directory))
        }
        for index in chips.indices where chips.count(where: { $0.name == chips[index].name }) == 1 {
            chips[index].device = nil
        }
        self.chips = chips
    }

    /// In degrees Celsius.
    var temperatures: [Members] {
        values("temp", unit: "celsius", scale: 1_000, decimals: 1) + zones
    }

    /// In revolutions a minute.
    var fans: [Members] { values("fan", unit: "rpm", scale: 1, decimals: 0) }

    /// In volts.
    var voltages: [Members] { values("in", unit: "volts", scale: 1_000, decimals: 3) }

    /// Whether a chip that watches the machine's supply has raised its alarm, as that of a Raspberry Pi does; nil when there
    /// is none.
    var isUnderVoltage: Bool? {
        let alarms = chips.flatMap { chip in
            files.names(in: chip.path, beginning: "in").filter { $0.hasSuffix("_lcrit_alarm") }
                .compactMap { files.integer("\(chip.path)/\($0)") }
        }
        return alarms.isEmpty ? nil : alarms.contains { $0 != 0 }
    }

    private func values(_ kind: String, unit: String, scale: Double, decimals: Int) -> [Members] {
        chips.flatMap { chip in
            files.names(in: chip.path, beginning: kind).filter { $0.hasSuffix("_input") }.compactMap { file in
                guard let value = files.integer("\(chip.path)/\(file)") else { return nil }
                let sensor = String(file.dropLast("_input".count))
                let label = files.line("\(chip.path)/\(sensor)_label") ?? sensor
                let device = chip.device.map { [("device", $0)] } ?? []
                var members = Members(attributes: [("chip", chip.name)] + device + [("sensor", label)])
                members.add(unit, Double(value) / scale, decimals: decimals)
                return members
            }
        }
    }

    /// The thermal zones that are no chip as well.
    private var zones: [Members] {
        files.names(in: "/sys/class/thermal", beginning: "thermal_zone").compactMap { zone in
            let path = "/sys/class/thermal/\(zone)"
            // The kernel names the chip of a zone like this.
            guard let type = files.line("\(path)/type"), let value = files.integer("\(path)/temp"),
                !chips.contains(where: { $0.name == String(type.map { $0 == "-" ? "_" : $0 }) })
            else { return nil }
            var members = Members(attributes: [("chip", type), ("sensor", zone)])
            members.add("celsius", Double(value) / 1_000, decimals: 1)
            return members
        }
    }
}
