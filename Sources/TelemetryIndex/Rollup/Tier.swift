/// How long the buckets of a roll-up are.
enum Tier: Int, Sendable, CaseIterable {
    case minute, quarter, fourHours

    /// In milliseconds.
    var width: Int64 {
        switch self {
        case .minute: 60_000
        case .quarter: 900_000
        case .fourHours: 14_400_000
        }
    }

    /// The beginning of the bucket that an instant lies in, in milliseconds since 1970-01-01T00:00:00Z.
    func start(_ time: Int64) -> Int64 { time.floored(to: width) }

    /// The widest tier whose buckets make up buckets of a step; nil for a step that none does.
    init?(dividing step: Int64) {
        guard let tier = Tier.allCases.last(where: { step % $0.width == 0 }) else { return nil }
        self = tier
    }
}

extension Int64 {
    /// The greatest multiple of a width that is not above this number.
    func floored(to width: Int64) -> Int64 {
        let rest = self % width
        return self - (rest < 0 ? rest + width : rest)
    }
}
