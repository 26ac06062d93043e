/// Something that the process reads again on SIGHUP: verbosity, secrets.
package struct ReloadAction: Sendable {
    /// What is read, in a word or two for the log.
    package let name: String

    /// Called on the main thread. When it throws, what was read before stays in use.
    package let perform: @Sendable () throws -> Void

    package init(_ name: String, perform: @escaping @Sendable () throws -> Void) {
        self.name = name
        self.perform = perform
    }
}
