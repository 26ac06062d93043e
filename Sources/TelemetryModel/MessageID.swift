/// The kinds of log messages that operators may search for: `journalctl MESSAGE_ID=…`.
///
/// Each has an entry in the message catalog, `packaging/debian/telemetry-server.catalog`, which `journalctl -x` shows:
/// what it means and what to do. The meaning of an id never changes.
package enum MessageID: String, CaseIterable, Sendable {
    case started = "06aa69945b8a42aa8f73135e2b8ae176"
    case stopped = "a6fac8a6b4334e529d25cf50209417ce"
    case runStarted = "0c9614f15ffe4ecc97b4091ac8065b3d"
    case runStopped = "54e4ad9d7dd34dcb971247f9a291b83a"
    case streamRotated = "74d5fd312dde41ff97501423252eefad"
    case tornTailRepaired = "ab501ce8a42e423dba7c63fd26b3fe75"
    case damageFound = "76065c44f6694029b8aea3de9595a113"
    case stateUnusable = "b5be1deff3c24d1994e912357cfb5abc"
    case diskFull = "8c822f9909244e6ca51d148f85d0b0ce"
    case cannotRecord = "f1d740ab82464d4da19164625f7d6f78"
    case recordingResumed = "6f98ba9404f34c9cb3cf5f0d4e0bb9b2"
    case syncFailed = "904bf7bee0ec4c8d88df929309d06690"
    case requestRefused = "63ed426175d2459984c6d380cdbf9346"
    case aheadOfClock = "9ded1048851d47378bdcd97bd188c76d"
    case fewDescriptors = "5ba565edda084ded88252108d7619b26"
    case alarm = "4c530aff49e8496886e502560cf540d7"
    case alarmNotDelivered = "716b881ccd2e49829916567dc3b9d8dc"
    case watchdogLate = "7332f132ef8743649251dc9dbca3d211"
}
