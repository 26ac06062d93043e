internal import TelemetryModel

/// Which run the lines of a run's file belong to.
///
/// Several runs may have used the directory one after another: `run.json` has the last one, and those before it in
/// `earlier`. Where a run begins its `log.seq_before` says. Lines before the first run that is known so are of runs that
/// nothing is known of: a server of old did not write down where a run begins, nor which runs were there before.
struct RunParts {
    /// The runs by their beginnings, the last one first.
    private let runs: [(seqBefore: UInt64, id: [UInt8])]

    /// The run of `run.json`.
    private let own: [UInt8]

    /// Whether its beginning is known. If it is not, lines of other runs may stand before its own.
    private let isPlaced: Bool

    init(_ run: Run) {
        let uses = run.earlier + [run]
        runs = uses.reversed().compactMap { use in use.origin.map { ($0.seqBefore, Array(use.id.utf8)) } }
        own = Array(run.id.utf8)
        isPlaced = run.origin != nil
    }

    /// The run that a line belongs to; nil when nothing is known of it.
    ///
    /// - Parameter isAfterOwn: whether a line before it had the id of the run in `run.json`.
    func id(ofLine seq: UInt64, isAfterOwn: Bool) -> [UInt8]? {
        if isPlaced { return runs.first { seq > $0.seqBefore }?.id }
        return isAfterOwn ? own : nil
    }

    /// Whether an id is that of the run in `run.json`.
    func isOwn(_ id: String) -> Bool { id.utf8.elementsEqual(own) }
}
