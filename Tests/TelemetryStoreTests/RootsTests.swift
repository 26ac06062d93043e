import Glibc
import TestSupport
import Testing

@testable import TelemetryStore

@Suite struct RootsTests {
    private let directory = TemporaryDirectory()

    /// `site`, with a run root within it; `disk`, a run root by way of `link`; and `outside`.
    private func roots() throws -> Roots {
        for name in ["site/2026", "site/runs", "disk/a", "outside"] {
            try PosixFileSystem().makeDirectories("\(directory.path)/\(name)", below: directory.path)
        }
        for (name, target) in [
            ("link", "disk"), ("site/out", "../outside"), ("site/disk", "../disk"), ("site/now", "2026"),
            ("outside/in", "../site/2026"), ("site/broken", "nowhere"),
        ] {
            symlink(target, "\(directory.path)/\(name)")
        }
        try directory.write("", to: "site/file")
        return Roots(
            siteDirectory: "\(directory.path)/site",
            runRoots: ["\(directory.path)/link", "\(directory.path)/site/runs"],
            fileSystem: PosixFileSystem())
    }

    @Test(arguments: [
        ("site/x", "site/x"), ("site/x/y", "site/x/y"), ("site/now/x", "site/2026/x"), ("outside/in/x", "site/2026/x"),
        ("disk/a/x", "link/a/x"), ("link/a", "link/a"), ("site/disk/a", "link/a"), ("site/runs/x", "site/runs/x"),
        ("site/../site/x", "site/x"), ("site", "site"), ("disk", "link"),
    ])
    func aPlaceIsWhatItsPathLeadsTo(path: String, expected: String) throws {
        guard case .place(let place) = try roots().find("\(directory.path)/\(path)") else {
            Issue.record("\(path) is not found below a root")
            return
        }
        #expect(place.path == "\(directory.path)/\(expected)")
    }

    @Test(arguments: [
        "outside", "outside/x", "site/out", "site/out/x", "site/../outside/x", "site/x/../../outside", "sit",
    ])
    func whatLiesBelowNoRootIsOutside(path: String) throws {
        guard case .outside = try roots().find("\(directory.path)/\(path)") else {
            Issue.record("\(path) is found below a root")
            return
        }
    }

    @Test func aFileAndABrokenLinkAreInTheWay() throws {
        let roots = try roots()
        guard case .blocked(at: "\(directory.path)/site/file") = try roots.find("\(directory.path)/site/file/x"),
            case .brokenLink = try roots.find("\(directory.path)/site/broken/x")
        else {
            Issue.record("a file or a broken link is taken for a directory")
            return
        }
    }

    @Test(arguments: [("site/a/b", "a/b"), ("link/a", "a"), ("site/runs/a", "runs/a")])
    func whatIsStoredNamesNoRootAndIsFoundAgain(path: String, stored: String) throws {
        let roots = try roots()
        let directory = "\(directory.path)/\(path)"

        #expect(roots.stored(directory) == stored)
        #expect(try roots.directories(storedAs: stored).contains(directory))
    }

    @Test(arguments: ["../outside", "out", "/etc", "..", "a/../../outside", ""])
    func whatIsStoredLeadsNowhereOutside(place: String) throws {
        let found = try roots().directories(storedAs: place)

        #expect(found.allSatisfy { Path.isBelow($0, directory.path) && !Path.isBelow($0, "\(directory.path)/outside") })
        #expect(!found.contains("\(directory.path)/outside"))
    }

    @Test func anAbsolutePlaceOfAnOlderServerCountsBelowARootOnly() throws {
        let roots = try roots()

        #expect(try roots.directories(storedAs: "\(directory.path)/disk/a") == ["\(directory.path)/link/a"])
        #expect(try roots.directories(storedAs: "\(directory.path)/outside") == [])
    }

    @Test(arguments: ["\u{301}x", "e\u{301}", "\u{200D}"])
    func pathsAreTakenApartByTheirBytes(name: String) {
        let path = "/site/\(name)/x"

        #expect(Path.directory(of: "/site/\(name)").utf8.elementsEqual("/site".utf8))
        #expect(Path.name(of: "/site/\(name)").utf8.elementsEqual(name.utf8))
        #expect(Path.isBelow(path, "/site"))
        #expect(Path.names(of: path).count == 3)
        #expect(!Path.isSame("/e\u{301}", "/\u{E9}"))
        #expect(!Path.isBelow("/e\u{301}/x", "/\u{E9}"))
    }
}
