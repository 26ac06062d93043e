package import TelemetryModel

/// The latest committed event of each type, in the order in which the types were first seen.
package struct CurrentView: Sendable {
    /// An event as it is answered.
    package struct Item: Sendable, Hashable {
        package let json: [UInt8]
        package let time: Timestamp
    }

    struct Entry: Sendable {
        let type: String

        /// The latest stored event.
        var stored: Item?

        /// A later ephemeral event; nil when there is none.
        var ephemeral: Item?

        var latest: Item? { ephemeral ?? stored }
    }

    private(set) var entries: [Entry] = []

    /// By the bytes of the type: Swift treats canonically equivalent strings as equal, JSON does not.
    private var indices: [[UInt8]: Int] = [:]

    /// The rendering of the whole view; nil when none was asked for since the last change.
    private var cachedRendering: CurrentRendering?

    init(_ entries: [Entry] = []) {
        self.entries = entries
        for (index, entry) in entries.enumerated() { indices[Array(entry.type.utf8)] = index }
    }

    /// Makes a committed event current. Call it in the order of the events.
    ///
    /// - Parameter types: the names of the types, by their numbers.
    mutating func take(_ value: CommittedValue, types: [String]) {
        let index = value.type < entries.count ? value.type : index(of: types[value.type])
        take(value.item, isStored: value.isStored, at: index)
    }

    /// Makes an event current that was read back from a file.
    mutating func take(_ item: Item, of type: String) {
        take(item, isStored: true, at: index(of: type))
    }

    /// The latest event of a type; nil when there is none.
    func item(_ type: String) -> Item? {
        indices[Array(type.utf8)].flatMap { entries[$0].latest }
    }

    /// The latest event of each type as a JSON object, `{"current":{type:event}}`.
    ///
    /// - Parameter freshness: leaves out what is not fresh.
    mutating func rendering(_ freshness: Freshness?) -> CurrentRendering {
        if freshness != nil { return CurrentRendering(entries, freshness) }
        if let cachedRendering { return cachedRendering }
        let rendering = CurrentRendering(entries)
        cachedRendering = rendering
        return rendering
    }

    private mutating func take(_ item: Item, isStored: Bool, at index: Int) {
        cachedRendering = nil
        if isStored {
            entries[index].stored = item
            entries[index].ephemeral = nil
        } else {
            entries[index].ephemeral = item
        }
    }

    private mutating func index(of type: String) -> Int {
        let key = Array(type.utf8)
        if let index = indices[key] { return index }
        indices[key] = entries.count
        entries.append(Entry(type: type))
        return entries.count - 1
    }
}
