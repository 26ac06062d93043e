/// What the resource and the scope of an item say.
extension EventWriter {
    /// Writes the `meta` of the events of a scope:
    ///
    /// ```
    /// {"resource":{"attributes":{…}},"resource_schema_url":"…","scope":{"name":"…","version":"…"},"scope_schema_url":"…"}
    /// ```
    ///
    /// - Parameters:
    ///   - resource: the values of a `ResourceSpans`, `ResourceMetrics` or `ResourceLogs`.
    ///   - scope: those of a `ScopeSpans`, `ScopeMetrics` or `ScopeLogs`.
    mutating func writeMeta(resource: Values, scope: Values) {
        isExact = true
        buffer.write(UInt8(ascii: "{"))
        var separator = Separator()
        if resource[1] != 0 {
            write("\"resource\":", after: &separator)
            writeResourceObject(Values(of: resource[1], in: json.nodes))
        }
        if resource[3] != 0 {
            write("\"resource_schema_url\":", after: &separator)
            write("", string: resource[3])
        }
        if scope[1] != 0 {
            write("\"scope\":", after: &separator)
            writeScopeObject(Values(of: scope[1], in: json.nodes))
        }
        if scope[3] != 0 {
            write("\"scope_schema_url\":", after: &separator)
            write("", string: scope[3])
        }
        if !isExact {
            write("\"otlp\":{", after: &separator)
            var inner = Separator()
            if resource[1] != 0 {
                write("\"resource\":", after: &inner)
                json.write(resource[1], as: .resource, to: &buffer)
            }
            if scope[1] != 0 {
                write("\"scope\":", after: &inner)
                json.write(scope[1], as: .scope, to: &buffer)
            }
            buffer.write(UInt8(ascii: "}"))
        }
        buffer.write(UInt8(ascii: "}"))
    }

    private mutating func writeResourceObject(_ values: Values) {
        buffer.write("{\"attributes\":")
        writeAttributes(from: values[1])
        write(",\"dropped_attributes_count\":", unsigned: values[2])
        if values[3] != 0 {
            buffer.write(",\"entity_refs\":[")
            var separator = Separator()
            var next = values[3]
            while next != 0 {
                if json.nodes[Int(next)].number == 3 {
                    write("", after: &separator)
                    json.write(next, as: .entityRef, to: &buffer)
                }
                next = json.nodes[Int(next)].next
            }
            buffer.write(UInt8(ascii: "]"))
        }
        buffer.write(UInt8(ascii: "}"))
    }

    private mutating func writeScopeObject(_ values: Values) {
        buffer.write(UInt8(ascii: "{"))
        var separator = Separator()
        if values[1] != 0 {
            write("\"name\":", after: &separator)
            write("", string: values[1])
        }
        if values[2] != 0 {
            write("\"version\":", after: &separator)
            write("", string: values[2])
        }
        if values[3] != 0 {
            write("\"attributes\":", after: &separator)
            writeAttributes(from: values[3])
        }
        if values[4] != 0 {
            write("\"dropped_attributes_count\":", after: &separator)
            buffer.write(integer(values[4]))
        }
        buffer.write(UInt8(ascii: "}"))
    }

    /// The `service.name` of a resource; that of an unknown service without one.
    func serviceName(of resource: UInt32) -> [UInt8] {
        var next = resource == 0 ? 0 : json.nodes[Int(resource)].first
        while next != 0 {
            if json.nodes[Int(next)].number == 1 {
                let values = Values(of: next, in: json.nodes)
                if values[1] != 0, values[2] != 0,
                    json.bytes(of: json.nodes[Int(values[1])]).elementsEqual("service.name".utf8)
                {
                    let value = Values(of: values[2], in: json.nodes)[1]
                    let name = value == 0 ? [] : Array(json.bytes(of: json.nodes[Int(value)]))
                    return name.isEmpty ? EventType.unknownService : name
                }
            }
            next = json.nodes[Int(next)].next
        }
        return EventType.unknownService
    }

    /// Writes a comma, unless it is the first, and a text.
    mutating func write(_ text: StaticString, after separator: inout Separator) {
        if separator.isNeeded { buffer.write(UInt8(ascii: ",")) }
        separator.isNeeded = true
        buffer.write(text)
    }
}

/// Whether a comma has to come before the next member.
struct Separator {
    var isNeeded = false
}
