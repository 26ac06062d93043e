extension Expression {
    /// Why a text is no expression.
    package struct Fault: Error, Equatable {
        package let reason: String
    }

    /// - Throws: ``Fault`` with what was expected, and where: in characters from 1.
    package init(_ text: String) throws(Fault) {
        var parser = Parser(text)
        root = try parser.disjunction()
        if let rest = parser.token { throw Fault(reason: "'\(rest.text)' is not expected at character \(rest.place)") }
        paths = parser.paths
        self.text = text
    }

    private struct Token {
        enum Kind {
            case word, text, symbol
        }

        let kind: Kind
        let text: String
        let place: Int
    }

    private struct Parser {
        private var tokens: ArraySlice<Token>
        private let length: Int
        private var unreadable: Token?
        private(set) var paths: [String] = []

        init(_ text: String) {
            let characters = Array(text)
            length = characters.count
            var tokens: [Token] = []
            var place = 0
            while place < characters.count {
                let start = place
                let character = characters[place]
                place += 1
                switch character {
                case " ", "\t", "\n": continue
                case "(", ")":
                    tokens.append(Token(kind: .symbol, text: String(character), place: start + 1))
                case "=", "!", "<", ">":
                    if place < characters.count, characters[place] == "=" { place += 1 }
                    tokens.append(Token(kind: .symbol, text: String(characters[start..<place]), place: start + 1))
                case "\"", "'":
                    while place < characters.count, characters[place] != character { place += 1 }
                    let text = String(characters[(start + 1)..<place])
                    tokens.append(Token(kind: .text, text: text, place: start + 1))
                    if place == characters.count { unreadable = tokens.last }
                    place += 1
                default:
                    while place < characters.count, !" \t\n()=!<>\"'".contains(characters[place]) { place += 1 }
                    tokens.append(Token(kind: .word, text: String(characters[start..<place]), place: start + 1))
                }
            }
            self.tokens = tokens[...]
        }

        var token: Token? { tokens.first }

        mutating func disjunction() throws(Fault) -> Node {
            if let unreadable {
                throw Fault(reason: "the text that begins at character \(unreadable.place) has no end")
            }
            var node = try conjunction()
            while take("or") { node = .or(node, try conjunction()) }
            return node
        }

        private mutating func conjunction() throws(Fault) -> Node {
            var node = try negation()
            while take("and") { node = .and(node, try negation()) }
            return node
        }

        private mutating func negation() throws(Fault) -> Node {
            if take("not") { return .not(try negation()) }
            if take("(") {
                let node = try disjunction()
                guard take(")") else { throw expected("')'") }
                return node
            }
            return try comparison()
        }

        private mutating func comparison() throws(Fault) -> Node {
            guard let first = tokens.popFirst(), first.kind == .word else { throw expected("a field, such as data.ok") }
            let path = index(of: first.text)
            guard let symbol = token, symbol.kind == .symbol, symbol.text != ")" else {
                return .compare(path: path, .equal, .boolean(true))
            }
            tokens.removeFirst()
            guard let comparison = Comparison(rawValue: symbol.text) else {
                throw Fault(
                    reason: "'\(symbol.text)' at character \(symbol.place) is none of "
                        + Comparison.allCases.map(\.rawValue).joined(separator: " "))
            }
            guard let value = tokens.popFirst(), let literal = Self.literal(value) else {
                throw expected("a number, a text in quotes, true, false or null after \(symbol.text)")
            }
            if ![.equal, .unequal].contains(comparison), literal.number == nil || literal.word != nil {
                throw Fault(reason: "\(symbol.text) at character \(symbol.place) compares with numbers only")
            }
            return .compare(path: path, comparison, literal)
        }

        private static func literal(_ token: Token) -> Reading? {
            if token.kind == .text { return .text(token.text) }
            guard token.kind == .word else { return nil }
            switch token.text {
            case "true": return .boolean(true)
            case "false": return .boolean(false)
            case "null": return .null
            default: return Double(token.text).flatMap { $0.isFinite ? .number($0) : nil }
            }
        }

        private mutating func index(of name: String) -> Int {
            let path = name.hasPrefix("data.") ? String(name.dropFirst(5)) : name == "data" ? "" : name
            if let known = paths.firstIndex(of: path) { return known }
            paths.append(path)
            return paths.count - 1
        }

        private mutating func take(_ text: String) -> Bool {
            guard let token, token.kind != .text, token.text == text else { return false }
            tokens.removeFirst()
            return true
        }

        private func expected(_ what: String) -> Fault {
            Fault(reason: "\(what) is expected at character \(token?.place ?? length + 1)")
        }
    }
}
