/// The format of an index segment: what a range of a data file's bytes holds.
///
/// ```
/// chunk…            frames of zstd, with checksums: buckets of a tier, or state runs, by series and time
/// names             frame: types and fields (`SeriesTable`); none when they are those of an earlier segment of the file
/// statistics        frame: how often each type comes (`TypeStatistics`)
/// values            frame: the values of states, by series
/// blocks            frame: a record for each 64 KiB of lines (`LineBlock`)
/// directory         for each kind of chunk, where each stands and which series and times it holds
/// footer            fixed length; says where all this stands, and what the segment is of
/// ```
///
/// A segment is a file of its own, never changed once it is written. While lines are appended to a data file its segments
/// follow one another (`site_20260520.1.idx`, `.2.idx`, …), each covering the bytes from where the last one ended, with
/// buckets of one minute only. When the file is closed they are merged into one (`site_20260520.idx`) with all tiers, whose
/// series are numbered by their names, so that the names of one day are mostly those of the next.
///
/// Nothing here has to survive a crash. A footer or frame whose checksum is wrong, of another version, or a segment that does
/// not fit to the bytes of its data file, is thrown away and made again.
enum SegmentFormat {
    /// "TLMIDX" and the version of the format.
    static let magic: UInt64 = 0x0002_5844_494D_4C54

    /// At most so many buckets or state runs make a chunk.
    static let chunkCount = 1_024

    /// How long the footer is, in bytes.
    static let footerLength = 8 * (14 + 2 * Section.allCases.count)

    /// How long a frame's content may be, in bytes.
    static let maximumFrame = 256 << 20

    enum Section: Int, CaseIterable {
        case names, statistics, values, blocks, minute, quarter, fourHours, states

        init(_ tier: Tier) {
            switch tier {
            case .minute: self = .minute
            case .quarter: self = .quarter
            case .fourHours: self = .fourHours
            }
        }
    }
}

/// What a segment is of, and where its parts stand.
struct SegmentFooter: Sendable, Hashable {
    /// Which bytes of the data file it covers.
    var covered: Range<Int64> = 0..<0

    /// The sequence number of the last line; 0 for none.
    var lastSeq: UInt64 = 0

    /// The least and the greatest `ts`, in milliseconds since 1970; the least is above the greatest when there is no event.
    var earliest = Int64.max
    var latest = Int64.min

    /// Hashes of the first bytes of the data file, and of those before the end of what is covered: `DataFingerprint`.
    var head: UInt64 = 0
    var tail: UInt64 = 0

    /// The size of the data file in bytes and when it was changed, in nanoseconds since 1970, once it is closed; else 0.
    var closedSize: Int64 = 0
    var closedModified: Int64 = 0

    /// How many series there could be, if some were left out; else 0. With a higher limit the file is indexed again.
    var seriesLimit: Int64 = 0

    /// Of the bytes of `names`: files of the same types and fields have the same.
    var namesHash: UInt64 = 0

    /// Of the directories' bytes.
    var directoryHash: UInt64 = 0

    /// Where the sections stand in the segment.
    var sections: [Range<Int64>] = Array(repeating: 0..<0, count: SegmentFormat.Section.allCases.count)

    var isClosed: Bool { closedSize > 0 }

    subscript(section: SegmentFormat.Section) -> Range<Int64> {
        get { sections[section.rawValue] }
        set { sections[section.rawValue] = newValue }
    }

    var bytes: [UInt8] {
        var encoder = ByteEncoder()
        encoder.append(fixed: SegmentFormat.magic)
        for number in [covered.lowerBound, covered.upperBound, Int64(lastSeq), earliest, latest] {
            encoder.append(fixed: number)
        }
        for number in [
            head, tail, UInt64(closedSize), UInt64(bitPattern: closedModified), UInt64(seriesLimit), namesHash,
            directoryHash,
        ] {
            encoder.append(fixed: number)
        }
        for section in sections {
            encoder.append(fixed: section.lowerBound)
            encoder.append(fixed: section.upperBound)
        }
        encoder.append(fixed: FNVHash.of(encoder.bytes))
        return encoder.bytes
    }

    init() {}

    /// - Parameter length: how long the segment is, in bytes.
    /// - Returns: nil when the bytes are damaged, or of another version.
    init?(_ bytes: [UInt8], length: Int64) {
        guard bytes.count == SegmentFormat.footerLength else { return nil }
        let footer = bytes.withUnsafeBytes { bytes -> SegmentFooter? in
            var decoder = ByteDecoder(bytes)
            guard decoder.fixed() == SegmentFormat.magic else { return nil }
            var footer = SegmentFooter()
            let (start, end) = (decoder.fixedSigned(), decoder.fixedSigned())
            guard start >= 0, start <= end else { return nil }
            footer.covered = start..<end
            footer.lastSeq = decoder.fixed()
            (footer.earliest, footer.latest) = (decoder.fixedSigned(), decoder.fixedSigned())
            (footer.head, footer.tail) = (decoder.fixed(), decoder.fixed())
            (footer.closedSize, footer.closedModified) = (decoder.fixedSigned(), decoder.fixedSigned())
            footer.seriesLimit = decoder.fixedSigned()
            (footer.namesHash, footer.directoryHash) = (decoder.fixed(), decoder.fixed())
            for index in footer.sections.indices {
                let (start, end) = (decoder.fixedSigned(), decoder.fixedSigned())
                guard start >= 0, start <= end, end <= length else { return nil }
                footer.sections[index] = start..<end
            }
            let hash = FNVHash.of(bytes.dropLast(8))
            return decoder.fixed() == hash && decoder.isSound ? footer : nil
        }
        guard let footer else { return nil }
        self = footer
    }
}

/// Where a chunk stands in a segment, and what it holds.
struct ChunkPlace: Sendable, Hashable {
    static let length = 48

    var offset: Int64
    var size: Int64
    var firstSeries: UInt32
    var lastSeries: UInt32

    /// The times of its buckets' beginnings, or of the beginnings and ends of its states, in milliseconds since 1970.
    var earliest: Int64
    var latest: Int64
    var count: Int64

    func encode(to encoder: inout ByteEncoder) {
        encoder.append(fixed: offset)
        encoder.append(fixed: size)
        encoder.append(fixed: UInt64(firstSeries) | UInt64(lastSeries) << 32)
        for number in [earliest, latest, count] { encoder.append(fixed: number) }
    }

    init(
        offset: Int64, size: Int64, firstSeries: UInt32, lastSeries: UInt32, earliest: Int64, latest: Int64,
        count: Int64
    ) {
        (self.offset, self.size, self.firstSeries, self.lastSeries) = (offset, size, firstSeries, lastSeries)
        (self.earliest, self.latest, self.count) = (earliest, latest, count)
    }

    init(_ decoder: inout ByteDecoder) {
        (offset, size) = (decoder.fixedSigned(), decoder.fixedSigned())
        let series = decoder.fixed()
        (firstSeries, lastSeries) = (UInt32(truncatingIfNeeded: series), UInt32(series >> 32))
        (earliest, latest, count) = (decoder.fixedSigned(), decoder.fixedSigned(), decoder.fixedSigned())
    }
}
