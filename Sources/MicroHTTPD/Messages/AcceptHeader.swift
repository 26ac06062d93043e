/// Which media types a client takes, and which it prefers: the `Accept` of a request (RFC 9110, section 12.5.1).
package struct AcceptHeader: Sendable {
    /// What an entry stands for: `text/csv`, `text/*` or `*/*`.
    private struct Range: Sendable {
        let type: String
        let subtype: String
        let parameters: [String: String]
        let quality: Int

        init?(_ entry: QualityList.Entry) {
            let names = entry.value.split(separator: "/", omittingEmptySubsequences: false)
            guard names.count == 2, !names[0].isEmpty, !names[1].isEmpty, names[0] != "*" || names[1] == "*"
            else { return nil }
            type = String(names[0])
            subtype = String(names[1])
            parameters = entry.parameters
            quality = entry.quality
        }

        /// How closely the range describes a media type it includes; nil when it does not include it.
        func specificity(for offer: MediaType) -> Int? {
            guard type == "*" || type == offer.type, subtype == "*" || subtype == offer.subtype else { return nil }
            for (name, value) in parameters
            where offer.parameters[name]?.asciiLowercased.utf8.elementsEqual(value.asciiLowercased.utf8) != true {
                return nil
            }
            return (type == "*" ? 0 : 1) + (subtype == "*" ? 0 : 1) + parameters.count
        }
    }

    private let ranges: [Range]

    /// - Parameter text: the values of all `Accept` fields; nil when there is none. Malformed entries are ignored,
    ///   and a header without entries accepts everything.
    package init(_ text: String?) {
        ranges = text.map { QualityList($0).entries.compactMap(Range.init) } ?? []
    }

    /// The media type that the client prefers, and of several that it likes as much the first.
    ///
    /// - Parameter offers: what the server can send, in the order in which the server prefers it.
    /// - Returns: nil when the client takes none of them.
    package func preferred(of offers: [MediaType]) -> MediaType? {
        var best: (offer: MediaType, quality: Int)?
        for offer in offers {
            let quality = quality(of: offer)
            if quality > best?.quality ?? 0 { best = (offer, quality) }
        }
        return best?.offer
    }

    /// How much the client likes a media type, from 0, not at all, to 1,000: what the most specific range says.
    private func quality(of offer: MediaType) -> Int {
        if ranges.isEmpty { return 1_000 }
        var found = (specificity: -1, quality: 0)
        for range in ranges {
            guard let specificity = range.specificity(for: offer) else { continue }
            if (specificity, range.quality) > found { found = (specificity, range.quality) }
        }
        return found.quality
    }
}
