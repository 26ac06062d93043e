/// Something that the process reads again on SIGHUP, such as its secrets.
package struct ReloadAction: Sendable {
    /// A word or two for the log.
    package let name: String

    /// Runs on the main thread. When it throws, what was read before stays in use.
    package let perform: @Sendable () throws -> Void

    package init(_ name: String, perform: @escaping @Sendable () throws -> Void) {
        self.name = name
        self.perform = perform
    }
}
