/// The members of an event that have a meaning, found in one walk.
///
/// It holds where they stand in the object: to hold each as a ``JSONText`` would retain and release the text for each.
struct EventMembers {
    private let object: JSONText
    private var typeRange = 0..<0
    private var dataRange = 0..<0
    private var metaRange = 0..<0
    private var tsRange = 0..<0
    private var makeCurrentRange = 0..<0
    private var storePermanentlyRange = 0..<0
    private var streamRange = 0..<0
    private var seqRange = 0..<0
    private var duringRange = 0..<0

    init(of object: JSONText) {
        self.object = object
        object.forEachMember { name, range in
            if name.isString("type") {
                typeRange = range
            } else if name.isString("data") {
                dataRange = range
            } else if name.isString("meta") {
                metaRange = range
            } else if name.isString("ts") {
                tsRange = range
            } else if name.isString("make_current") {
                makeCurrentRange = range
            } else if name.isString("store_permanently") {
                storePermanentlyRange = range
            } else if name.isString("stream") {
                streamRange = range
            } else if name.isString("seq") {
                seqRange = range
            } else if name.isString("during") {
                duringRange = range
            }
        }
    }

    var type: JSONText? { text(typeRange) }
    var data: JSONText? { text(dataRange) }
    var meta: JSONText? { text(metaRange) }
    var ts: JSONText? { text(tsRange) }
    var makeCurrent: JSONText? { text(makeCurrentRange) }
    var storePermanently: JSONText? { text(storePermanentlyRange) }
    var stream: JSONText? { text(streamRange) }
    var seq: JSONText? { text(seqRange) }
    var during: JSONText? { text(duringRange) }

    private func text(_ range: Range<Int>) -> JSONText? {
        if range.isEmpty { return nil }
        return JSONText(validated: object.utf8[range])
    }
}
