/// Rows of texts in columns.
struct TextTable {
    private let rows: [[String]]

    /// - Parameter rows: all of one length; the first may be the head.
    init(_ rows: [[String]]) {
        self.rows = rows.map { $0.map(\.terminalSafe) }
    }

    /// A line for each row. The last column is not padded.
    var lines: [String] {
        let columns = rows.first?.indices ?? 0..<0
        let widths = columns.map { column in rows.map { $0[column].terminalWidth }.max() ?? 0 }
        return rows.map { row in
            columns.map { $0 == row.count - 1 ? row[$0] : row[$0].padded(to: widths[$0]) }.joined(separator: "  ")
        }
    }
}
