import ArgumentParser
import Reporting
import RunStore
import Tensors

/// `tsq report`: writes the HTML report of a run folder again.
struct Report: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes report.html of a finished run folder again.")

  @Argument(help: "The run folder.")
  var runFolder: String

  func run() throws {
    let path = try CommandFailure.mapping {
      let folder = try RunFolder.open(path: runFolder)
      guard let text = try folder.read(.record) else {
        throw CommandFailure(
          .badInput,
          "run folder '\(runFolder)' has no record.json yet: the run is not finished; continue it "
            + "with 'tsq quantize … --resume'")
      }
      let record = try RunRecord(json: text, place: runFolder + "/record.json")
      // The run is only read, also while another process continues it.
      let path = runFolder + "/" + RunFile.report.rawValue
      try writeFile(Array(try HTMLReport(record: record, folder: folder).text.utf8), to: path)
      return path
    }
    try StandardStreams.output(path + "\n")
  }
}
