internal import TelemetryStore

/// What verification found in one file, and what repair did about it.
package struct FileReport: Sendable {
    /// One damaged line.
    package struct Damage: Sendable, Hashable {
        /// Counted from 1.
        package let line: UInt64

        /// The offset of the line, in bytes.
        package let offset: Int64

        package let fault: FileFault
    }

    /// Lines that were moved to a sidecar file.
    package struct Moved: Sendable, Hashable {
        package let lines: UInt64
        package let bytes: Int64
        package let sidecar: String
    }

    /// How many damaged lines of a file are kept. Further ones are only counted, so that memory is bounded.
    package static let maximumListed = 1_000

    package let path: String

    /// Including the damaged ones.
    package var lines: UInt64 = 0

    package var bytes: Int64 = 0
    package var firstSeq: UInt64?
    package var lastSeq: UInt64?

    /// From the lowest to the highest sequence number of the lines that a server wrote into the site stream; nil when there
    /// are none.
    var siteSeqs: ClosedRange<UInt64>?

    /// The damaged lines, the first ``maximumListed`` of them.
    package private(set) var damage: [Damage] = []

    package private(set) var damagedLines: UInt64 = 0

    /// How many damaged lines are not readable as events.
    package private(set) var unreadableLines: UInt64 = 0

    /// Whether a server may still be writing the last line, which is then not counted.
    package var isBeingWritten = false

    /// What repair moved away.
    package var moved: Moved?

    /// Whether repair left the file alone because something else wrote to it.
    package var isChanging = false

    /// The new `events` of `run.json`, if repair changed it.
    package var correctedEvents: UInt64?

    init(path: String) {
        self.path = path
    }

    mutating func add(_ fault: FileFault, line: UInt64, offset: Int64) {
        damagedLines += 1
        if fault.isUnreadableLine { unreadableLines += 1 }
        if damage.count < Self.maximumListed { damage.append(Damage(line: line, offset: offset, fault: fault)) }
    }

    /// Puts the damage in the order of the lines.
    mutating func sortDamage() {
        damage.sort { $0.offset < $1.offset }
    }

    /// The damaged lines that are still in the file.
    var remainingDamage: UInt64 { moved == nil ? damagedLines : damagedLines - unreadableLines }
}

/// What was found in all files.
package struct FilesReport: Sendable {
    package enum Purpose: Sendable {
        case verification, repair

        /// A repair that changes nothing.
        case dryRun
    }

    package let files: [FileReport]
    package let purpose: Purpose

    init(_ files: [FileReport], for purpose: Purpose) {
        self.files = files
        self.purpose = purpose
    }

    package var lines: UInt64 { files.reduce(0) { $0 + $1.lines } }
    package var bytes: Int64 { files.reduce(0) { $0 + $1.bytes } }
    package var damagedLines: UInt64 { files.reduce(0) { $0 + $1.damagedLines } }

    /// Whether damaged lines are in the files now.
    package var isDamaged: Bool { files.contains { $0.remainingDamage > 0 } }
}
