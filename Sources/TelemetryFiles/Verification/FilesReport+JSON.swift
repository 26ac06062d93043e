internal import TelemetryModel
internal import TelemetryStore

extension FilesReport {
    /// `{"files":[{"path","lines","bytes","first_seq","last_seq","damage":[{"line","offset","reason"}],…}],"lines",…}`
    package var json: [UInt8] {
        var output: [UInt8] = []
        output.append(ascii: "{\"files\":[")
        for (index, file) in files.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            file.appendJSON(to: &output)
        }
        output.append(ascii: "],\"lines\":")
        output.append(decimal: lines)
        output.append(ascii: ",\"bytes\":")
        output.append(decimal: UInt64(bytes))
        output.append(ascii: ",\"damaged_lines\":")
        output.append(decimal: damagedLines)
        output.append(ascii: isDamaged ? ",\"ok\":false}" : ",\"ok\":true}")
        return output
    }
}

extension FileReport {
    fileprivate func appendJSON(to output: inout [UInt8]) {
        output.append(ascii: "{\"path\":")
        output.append(jsonString: path)
        output.append(ascii: ",\"lines\":")
        output.append(decimal: lines)
        output.append(ascii: ",\"bytes\":")
        output.append(decimal: UInt64(bytes))
        output.append(ascii: ",\"first_seq\":")
        output.append(firstSeq)
        output.append(ascii: ",\"last_seq\":")
        output.append(lastSeq)
        output.append(ascii: ",\"damaged_lines\":")
        output.append(decimal: damagedLines)
        output.append(ascii: ",\"damage\":[")
        for (index, damage) in damage.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            output.append(ascii: "{\"line\":")
            output.append(decimal: damage.line)
            output.append(ascii: ",\"offset\":")
            output.append(decimal: UInt64(damage.offset))
            output.append(ascii: ",\"reason\":")
            output.append(jsonString: damage.fault.description)
            output.append(UInt8(ascii: "}"))
        }
        output.append(UInt8(ascii: "]"))
        if isBeingWritten { output.append(ascii: ",\"being_written\":true") }
        if let moved {
            output.append(ascii: ",\"moved\":{\"lines\":")
            output.append(decimal: moved.lines)
            output.append(ascii: ",\"bytes\":")
            output.append(decimal: UInt64(moved.bytes))
            output.append(ascii: ",\"sidecar\":")
            output.append(jsonString: moved.sidecar)
            output.append(UInt8(ascii: "}"))
        }
        if isChanging { output.append(ascii: ",\"changing\":true") }
        if let correctedEvents {
            output.append(ascii: ",\"corrected_events\":")
            output.append(decimal: correctedEvents)
        }
        output.append(UInt8(ascii: "}"))
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ seq: UInt64?) {
        if let seq { append(decimal: seq) } else { append(ascii: "null") }
    }
}
