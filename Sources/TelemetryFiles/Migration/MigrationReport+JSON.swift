internal import TelemetryModel
internal import TelemetryStore

extension MigrationReport {
    /// `{"source","dest","dry_run","collections":[{"path","bytes","records","undated","rejected","rejected_file"}],…}`
    package var json: [UInt8] {
        var output: [UInt8] = []
        output.append(ascii: "{\"source\":")
        output.append(jsonString: source)
        output.append(ascii: ",\"dest\":")
        output.append(jsonString: destination)
        output.append(ascii: isDryRun ? ",\"dry_run\":true" : ",\"dry_run\":false")
        output.append(ascii: ",\"collections\":[")
        for (index, collection) in collections.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            collection.appendJSON(to: &output)
        }
        output.append(ascii: "],\"records\":")
        output.append(decimal: records)
        output.append(ascii: ",\"days\":")
        output.append(decimal: days)
        output.append(ascii: ",\"undated\":")
        output.append(decimal: undated)
        output.append(ascii: ",\"rejected\":")
        output.append(decimal: rejected)
        output.append(ascii: ",\"files_written\":")
        output.append(decimal: UInt64(filesWritten))
        output.append(ascii: ",\"files_unchanged\":")
        output.append(decimal: UInt64(filesUnchanged))
        output.append(ascii: ",\"warning_count\":")
        output.append(decimal: warningCount)
        output.append(ascii: ",\"warnings\":[")
        for (index, warning) in warnings.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            warning.appendJSON(to: &output)
        }
        output.append(ascii: "]}")
        return output
    }
}

extension MigrationReport.Collection {
    fileprivate func appendJSON(to output: inout [UInt8]) {
        output.append(ascii: "{\"path\":")
        output.append(jsonString: path)
        output.append(ascii: ",\"bytes\":")
        output.append(decimal: UInt64(bytes))
        output.append(ascii: ",\"records\":")
        output.append(decimal: records)
        output.append(ascii: ",\"undated\":")
        output.append(decimal: undated)
        output.append(ascii: ",\"rejected\":")
        output.append(decimal: rejected)
        output.append(ascii: ",\"rejected_file\":")
        if let rejectedFile { output.append(jsonString: rejectedFile) } else { output.append(ascii: "null") }
        output.append(UInt8(ascii: "}"))
    }
}

extension MigrationWarning {
    fileprivate func appendJSON(to output: inout [UInt8]) {
        output.append(ascii: "{\"file\":")
        output.append(jsonString: file)
        output.append(ascii: ",\"line\":")
        if let line { output.append(decimal: line) } else { output.append(ascii: "null") }
        output.append(ascii: ",\"reason\":")
        output.append(jsonString: reason.description)
        output.append(ascii: reason.isRejection ? ",\"rejected\":true}" : ",\"rejected\":false}")
    }
}
