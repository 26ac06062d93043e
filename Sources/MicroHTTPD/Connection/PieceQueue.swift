/// Pieces of a body, in order. Short ones are joined, long ones are kept as they are.
struct PieceQueue {
    /// From how many bytes on a piece is kept as it is, and none is added to it.
    private static let longPiece = 16 << 10

    private var pieces: [[UInt8]] = []

    /// How many pieces at the beginning have been taken, and how much of the one after them, in bytes.
    private var takenPieces = 0
    private var takenLength = 0

    /// How much there is to take, in bytes.
    private(set) var length = 0

    mutating func append(_ bytes: [UInt8]) {
        length += bytes.count
        if let last = pieces.last, takenPieces < pieces.count, last.count + bytes.count <= Self.longPiece {
            pieces[pieces.count - 1].append(contentsOf: bytes)
        } else {
            pieces.append(bytes)
        }
    }

    /// Takes bytes from the beginning, as many as there is room for.
    ///
    /// - Returns: how many.
    mutating func take(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var filled = 0
        while filled < buffer.count, takenPieces < pieces.count {
            let rest = pieces[takenPieces].count - takenLength
            let count = min(rest, buffer.count - filled)
            pieces[takenPieces].withUnsafeBytes { piece in
                UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<filled + count])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: piece[takenLength..<takenLength + count]))
            }
            filled += count
            takenLength += count
            if count == rest { dropFirst() }
        }
        length -= filled
        return filled
    }

    /// What there is to take.
    var joined: [UInt8] {
        Array(pieces[takenPieces...].joined().dropFirst(takenLength))
    }

    private mutating func dropFirst() {
        pieces[takenPieces] = []
        takenPieces += 1
        takenLength = 0
        guard takenPieces == pieces.count || takenPieces >= 64 else { return }
        pieces.removeFirst(takenPieces)
        takenPieces = 0
    }
}
