/// Limits for the parts of a request.
package struct RequestLimits: Sendable, Hashable {
    /// The deepest nesting of objects and arrays, including the outermost.
    package var jsonDepth = 64

    /// The longest `meta`, in bytes when minified.
    package var metaLength = 64 << 10

    package init() {}
}
