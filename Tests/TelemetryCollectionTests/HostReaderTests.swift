import TelemetryModel
import TestSupport
import Testing

@testable import TelemetryCollection

@Suite struct HostReaderTests {
    // MARK: - What a machine tells

    @Test func aVirtualMachineTellsOfItsLoadMemoryDiskAndClock() throws {
        let sample = try Machine.virtualMachine().sample

        #expect(sample["load"]?.description == #"{"load1":0.52,"load5":0.61,"load15":0.7,"running":2,"tasks":345}"#)
        #expect(sample["uptime_seconds"]?.double == 3600.25)
        #expect(sample.field("memory.total_bytes")?.integer == 8_192_000)
        #expect(sample.field("memory.used_percent")?.double == 25)
        #expect(sample["swap"]?.description == #"{"total_bytes":1024000,"used_bytes":256000,"used_percent":25.0}"#)
        #expect(sample.field("clock.synchronized")?.boolean == true)
        #expect(sample.field("clock.offset_ms")?.double == -0.012345)
        #expect(sample.field("cpu.count")?.integer == 2)
    }

    @Test func whatAMachineDoesNotHaveIsLeftOut() throws {
        let sample = try Machine.virtualMachine().sample

        for name in ["temperatures", "fans", "voltages", "throttling"] { #expect(sample[name] == nil) }
        #expect(!sample.description.contains("null"))
    }

    @Test func ofAMachineThatTellsNothingTheSampleIsEmpty() throws {
        var reader = try Machine([:]).reader(clock: nil)

        _ = reader.sample(at: .zero, server: nil)
        #expect(reader.sample(at: .seconds(1), server: nil) == .emptyObject)
    }

    @Test func aRaspberryPiTellsOfItsHeatAndItsWeakSupply() throws {
        let sample = try Machine.raspberryPi().sample

        // The zone is the chip.
        #expect(
            sample["temperatures"]?.description
                == #"[{"attributes":{"chip":"cpu_thermal","sensor":"temp1"},"celsius":61.3}]"#)
        #expect(
            sample["throttling"]?.description
                == #"{"under_voltage":true,"frequency_capped":false,"throttled":true,"soft_temperature_limit":false}"#)
    }

    @Test func aRaspberryPiWithoutItsFirmwaresFileTellsOfItsWeakSupplyByItsChip() throws {
        let machine = try Machine([
            "sys/class/hwmon/hwmon1/name": "rpi_volt", "sys/class/hwmon/hwmon1/in0_lcrit_alarm": "1",
        ])

        #expect(machine.sample["throttling"]?.description == #"{"under_voltage":true}"#)
    }

    @Test func sensorsOfTwoChipsOfAKindAreToldApartByTheirDevices() throws {
        let sample = try Machine.server().sample

        #expect(sample.field("temperatures.celsius{chip=nvme,device=nvme0,sensor=Composite}")?.double == 41.9)
        #expect(sample.field("temperatures.celsius{chip=nvme,device=nvme1,sensor=Composite}")?.double == 38.9)
        #expect(sample.field("temperatures.celsius{chip=acpitz,sensor=thermal_zone0}")?.double == 27.8)
        #expect(sample.field("fans.rpm{chip=nct6798,sensor=fan1}")?.double == 1204)
        #expect(sample.field("voltages.volts{chip=nct6798,sensor=in0}")?.double == 1.088)
        #expect(sample["temperatures"]?.elements.count { _ in true } == 3, "a sensor that sleeps is left out")
    }

    // MARK: - Disks

    @Test func fileSystemsThatMayBecomeFullAreToldWhereTheyAreMountedFirst() throws {
        #expect(try mounts(of: .server()) == ["/", "/data", "/tank"])
        #expect(try mounts(of: .raspberryPi()) == ["/", "/boot/firmware", "/media/my disk"])
    }

    @Test func aDiskTellsItsRoomAndItsInodesAsDfDoes() throws {
        let sample = try Machine.virtualMachine().sample

        #expect(sample.field("disks.total_bytes{mount=/}")?.integer == 1_000)
        #expect(sample.field("disks.available_bytes{mount=/}")?.integer == 400)
        #expect(sample.field("disks.used_percent{mount=/}")?.double == 55.56)
        #expect(sample.field("disks.used_inodes_percent{mount=/}")?.double == 25)
    }

    @Test func aFileSystemWithoutALimitOfFilesTellsNoInodes() throws {
        var room = FileSystemRoom.half
        room.inodes = 0
        var reader = try Machine.virtualMachine().reader(room: room)

        let sample = reader.sample(at: .zero, server: nil)
        #expect(sample.field("disks.total_bytes{mount=/}") != nil)
        #expect(!sample.description.contains("inodes"))
    }

    @Test func aFileSystemThatCannotBeReachedIsLeftOut() throws {
        var reader = try Machine.virtualMachine().reader(room: nil)

        #expect(reader.sample(at: .zero, server: nil)["disks"] == nil)
    }

    private func mounts(of machine: Machine) -> [String?] {
        machine.sample["disks"]?.elements.map { $0["attributes"]?["mount"]?.string } ?? []
    }

    // MARK: - Since the sample before

    @Test func theFirstSampleHasNoRates() throws {
        let sample = try Machine.virtualMachine().sample

        #expect(sample["cpu"]?.description == #"{"count":2}"#)
        #expect(sample["network"]?.description == #"[{"attributes":{"interface":"eth0"},"up":true}]"#)
    }

    @Test func theProcessorsAreToldByTheTimeThatTheySpentSince() throws {
        let machine = try Machine.virtualMachine()
        var reader = machine.reader()
        _ = reader.sample(at: .zero, server: nil)
        try machine.write(Machine.stat(user: 150, idle: 1_000, iowait: 30, steal: 20), to: "proc/stat")

        let sample = reader.sample(at: .seconds(60), server: nil)
        #expect(sample.field("cpu.user_percent")?.double == 25)
        #expect(sample.field("cpu.idle_percent")?.double == 50)
        #expect(sample.field("cpu.iowait_percent")?.double == 15)
        #expect(sample.field("cpu.steal_percent")?.double == 10)
        #expect(sample.field("cpu.used_percent")?.double == 35)
    }

    @Test func theNetworkIsToldByTheSecond() throws {
        let machine = try Machine.virtualMachine()
        var reader = machine.reader()
        _ = reader.sample(at: .zero, server: nil)
        try machine.write(Machine.netDev("eth0", "lo", received: 7_000, errors: 4, sent: 560), to: "proc/net/dev")

        let sample = reader.sample(at: .seconds(60), server: nil)
        #expect(sample.field("network.rx_bytes_sec{interface=eth0}")?.double == 100)
        #expect(sample.field("network.tx_bytes_sec{interface=eth0}")?.double == 1)
        #expect(sample.field("network.rx_errors{interface=eth0}")?.integer == 3)
        #expect(sample.field("network.rx_dropped{interface=eth0}")?.integer == 0)
    }

    @Test func aCounterThatWentBackCountsAsNothing() throws {
        let machine = try Machine.server()
        var reader = machine.reader()
        _ = reader.sample(at: .zero, server: nil)
        try machine.write(Machine.netDev("eno1", received: 10, errors: 0, sent: 5), to: "proc/net/dev")
        try machine.write(Machine.stat(user: 200, idle: 0), to: "proc/stat")
        try machine.write("0", to: "sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count")

        let sample = reader.sample(at: .seconds(60), server: nil)
        #expect(sample.field("network.rx_bytes_sec{interface=eno1}")?.double == 0)
        #expect(sample.field("network.rx_errors{interface=eno1}")?.integer == 0)
        #expect(sample.field("cpu.user_percent")?.double == 100)
        #expect(sample.field("throttling.events")?.integer == 0)
    }

    @Test func onlyTheInterfacesOfHardwareAreTold() throws {
        #expect(try interfaces(of: .server()) == ["eno1"])
        #expect(try interfaces(of: .virtualMachine()) == ["eth0"], "there is no hardware; lo is left out")
    }

    private func interfaces(of machine: Machine) -> [String?] {
        machine.sample["network"]?.elements.map { $0["attributes"]?["interface"]?.string } ?? []
    }
}
