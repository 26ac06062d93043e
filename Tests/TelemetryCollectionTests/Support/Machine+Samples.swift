extension Machine {
    /// A Raspberry Pi 4 with a weak supply.
    static func raspberryPi() throws -> Machine {
        try Machine(
            common.merging(
                [
                    "proc/self/mountinfo": """
                    1 1 179:2 / / rw,noatime shared:1 - ext4 /dev/mmcblk0p2 rw
                    2 1 0:5 / /dev rw - devtmpfs udev rw
                    3 1 179:1 / /boot/firmware rw - vfat /dev/mmcblk0p1 rw
                    4 1 8:1 / /media/my\\040disk rw - ext4 /dev/sda1 rw
                    """,
                    "sys/class/thermal/thermal_zone0/type": "cpu-thermal",
                    "sys/class/thermal/thermal_zone0/temp": "61342",
                    "sys/class/hwmon/hwmon0/name": "cpu_thermal",
                    "sys/class/hwmon/hwmon0/temp1_input": "61342",
                    "sys/class/hwmon/hwmon1/name": "rpi_volt",
                    "sys/class/hwmon/hwmon1/in0_lcrit_alarm": "1",
                    "sys/devices/platform/soc/soc:firmware/get_throttled": "50005",
                ]) { $1 })
    }

    /// A server with two NVMe disks, fans, and containers.
    static func server() throws -> Machine {
        try Machine(
            common.merging(
                [
                    "proc/self/mountinfo": """
                    1 1 259:2 / / rw shared:1 - ext4 /dev/nvme0n1p2 rw
                    2 1 259:2 /var/tmp /tmp rw - ext4 /dev/nvme0n1p2 rw
                    3 1 259:5 / /data rw - xfs /dev/nvme1n1 rw
                    4 1 259:5 / /srv/data rw - xfs /dev/nvme1n1 rw
                    5 1 0:40 / /tank rw - zfs tank rw
                    6 1 7:0 / /snap/core ro - squashfs /dev/loop0 ro
                    7 1 0:50 / /home rw - nfs4 fileserver:/home rw
                    8 1 0:51 / /run rw - tmpfs tmpfs rw
                    9 1 0:52 / /var/lib/docker/overlay2/1/merged rw - overlay overlay rw
                    """,
                    "proc/net/dev": netDev("eno1", "lo", "docker0", "veth1a2b3c"),
                    "sys/class/net/eno1/device/vendor": "0x8086",
                    "sys/class/hwmon/hwmon0/name": "nvme",
                    "sys/class/hwmon/hwmon0/temp1_input": "41850",
                    "sys/class/hwmon/hwmon0/temp1_label": "Composite",
                    "sys/class/hwmon/hwmon10/name": "nvme",
                    "sys/class/hwmon/hwmon10/temp1_input": "38850",
                    "sys/class/hwmon/hwmon10/temp1_label": "Composite",
                    "sys/class/hwmon/hwmon2/name": "nct6798",
                    "sys/class/hwmon/hwmon2/fan1_input": "1204",
                    "sys/class/hwmon/hwmon2/in0_input": "1088",
                    "sys/class/hwmon/hwmon2/temp1_input": "asleep",
                    "sys/class/thermal/thermal_zone0/type": "acpitz",
                    "sys/class/thermal/thermal_zone0/temp": "27800",
                    "sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count": "7",
                    "sys/devices/system/cpu/cpu1/thermal_throttle/core_throttle_count": "3",
                ]) { $1 },
            links: [
                "sys/class/hwmon/hwmon0/device": "../../nvme0", "sys/class/hwmon/hwmon10/device": "../../nvme1",
            ])
    }

    /// A virtual machine without sensors.
    static func virtualMachine() throws -> Machine {
        try Machine(
            common.merging(["proc/self/mountinfo": "1 1 254:1 / / rw - ext4 /dev/vda1 rw"]) { $1 })
    }

    /// What all of them have.
    private static let common = [
        "proc/loadavg": "0.52 0.61 0.70 2/345 6789",
        "proc/uptime": "3600.25 7100.50",
        "proc/stat": stat(user: 100, idle: 900),
        "proc/meminfo": """
        MemTotal:        8000 kB
        MemFree:         1000 kB
        MemAvailable:    6000 kB
        Cached:          3000 kB
        Dirty:             12 kB
        SwapTotal:       1000 kB
        SwapFree:         750 kB
        HugePages_Total:    0
        """,
        "proc/net/dev": netDev("eth0", "lo"),
        "sys/class/net/eth0/operstate": "up",
    ]

    /// `/proc/stat` of two processors, which have been busy and idle for so many ticks.
    static func stat(user: Int, idle: Int, iowait: Int = 0, steal: Int = 0) -> String {
        """
        cpu  \(user) 0 0 \(idle) \(iowait) 0 0 \(steal) 0 0
        cpu0 \(user / 2) 0 0 \(idle / 2) 0 0 0 0 0 0
        cpu1 \(user / 2) 0 0 \(idle / 2) 0 0 0 0 0 0
        intr 12345
        """
    }

    /// `/proc/net/dev` of interfaces that have all had the same traffic.
    static func netDev(_ names: String..., received: Int = 1_000, errors: Int = 1, sent: Int = 500) -> String {
        let head = """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
            """
        return names.reduce(head) { $0 + "\n  \($1): \(received) 10 \(errors) 2 0 0 0 0 \(sent) 5 0 0 0 0 0 0" }
    }
}
