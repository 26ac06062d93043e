package import TelemetryModel

/// Reads how this machine does: what a sample of `telemetry collect` tells.
///
/// It does no I/O but on `/proc`, `/sys` and two system calls, and knows no server: what a server counts is given to it.
/// What the machine does not tell is left out of a sample. Rates, shares and errors are of the time since the sample before;
/// they are left out of the first one.
package struct HostReader: Sendable {
    private struct Earlier {
        let instant: Duration
        let processors: ProcessorReading?
        let network: NetworkReading
        let throttling: ThrottlingReading
        var server: ServerReading?
    }

    private let files: SystemFiles
    private let room: @Sendable (String) -> FileSystemRoom?
    private let clock: @Sendable () -> ClockReading?
    private var earlier: Earlier?

    /// - Parameters:
    ///   - root: the directory that has `proc` and `sys`.
    ///   - room: what room the file system of a mount point has.
    ///   - clock: how the kernel keeps the time.
    package init(
        root: String = "/", room: @escaping @Sendable (String) -> FileSystemRoom? = FileSystemRoom.ofPath,
        clock: @escaping @Sendable () -> ClockReading? = ClockReading.ofKernel
    ) {
        files = SystemFiles(root: root)
        self.room = room
        self.clock = clock
    }

    /// Takes a sample.
    ///
    /// - Parameters:
    ///   - instant: when, on a clock that nobody sets.
    ///   - server: what the server on this machine counts; nil when there is none, or it does not answer.
    /// - Returns: the data of the event, an object.
    package mutating func sample(at instant: Duration, server: ServerReading?) -> JSONText {
        let now = Earlier(
            instant: instant, processors: ProcessorReading(files), network: NetworkReading(files),
            throttling: ThrottlingReading(files), server: server)
        let seconds = earlier.map { (instant - $0.instant) / .seconds(1) } ?? 0
        let memory = MemoryReading(files)
        let sensors = SensorReading(files)

        var members = Members()
        server?.add(to: &members, since: earlier?.server, seconds: seconds)
        members.add("uptime_seconds", files.line("/proc/uptime")?.split(separator: " ").first.flatMap { Double($0) })
        members.add("load", ProcessorReading.load(files))
        members.add("cpu", now.processors?.members(since: earlier?.processors))
        members.add("memory", memory.memory)
        members.add("swap", memory.swap)
        members.add("disks", DiskReading(files).members(room: room))
        members.add("network", now.network.members(since: earlier?.network, seconds: seconds))
        members.add("temperatures", sensors.temperatures)
        members.add("fans", sensors.fans)
        members.add("voltages", sensors.voltages)
        members.add(
            "throttling", now.throttling.members(since: earlier?.throttling, isUnderVoltage: sensors.isUnderVoltage))
        members.add("clock", clock()?.members)
        earlier = now
        return members.json
    }
}
