import Nodes
import Reporting
import RunStore
import Tensors

extension Inspect {
  /// What a run has done, found and given.
  func runFolderLines() throws(CommandFailure) -> [String] {
    try CommandFailure.mapping {
      let folder = try RunFolder.open(path: path)
      var lines = ["run folder \(path)"]
      for (field, value) in try folder.fingerprint().sorted(by: { $0.key < $1.key }) {
        let first = value.split(separator: "\n").first.map(String.init) ?? ""
        lines.append("  \(field): \(field == "recipe" ? "recipe.yaml" : first)")
      }
      let tasks = try folder.finishedTasks()
      lines.append("")
      for (kind, group) in Dictionary(grouping: tasks, by: \.kind).sorted(by: { $0.key < $1.key }) {
        let seconds = group.reduce(0) { $0 + $1.seconds }
        let tenths = (seconds * 10).rounded() / 10
        lines.append("\(group.count) \(kind) tasks finished, \(tenths) s of work")
      }
      if let text = try folder.read(.record) {
        let record = try RunRecord(json: text, place: path + "/record.json")
        lines += [""] + resultLines(record)
      } else {
        lines.append("not finished: continue with 'tsq quantize … --run-folder \(path) --resume'")
      }
      lines += try solutionLines(of: folder)
      if all {
        lines.append("")
        for task in tasks {
          let milliseconds = Int((task.seconds * 1000).rounded())
          lines.append(
            "\(task.key.hexadecimal.prefix(12))  \(task.label)  \(task.worker)  "
              + "\(milliseconds) ms  → "
              + task.outputs.map { "\($0.hexadecimal.prefix(12))" }
              .joined(separator: ", "))
        }
      }
      return lines
    }
  }

  private func resultLines(_ record: RunRecord) -> [String] {
    var lines = ["output \(record.output ?? "–") (\(record.bytes) bytes)"]
    for stage in record.accuracy.stages {
      lines.append("accuracy (\(stage.name)): top-1 \(percent(stage.top1 ?? .nan))")
    }
    lines.append(row(["layer", "shape", "weights", "zeros", "activations", "error"]))
    for layer in record.layers {
      lines.append(
        row([
          layer.name, layer.shape.map(String.init).joined(separator: "×"), layer.weights,
          layer.zeros.map(percent) ?? "–", layer.activations.map { "\($0) bits" } ?? "float",
          layer.error.map(percent) ?? "–",
        ]))
    }
    return lines
  }

  /// The regression problems of the layers and how far each is solved.
  private func solutionLines(of folder: RunFolder) throws(PipelineError) -> [String] {
    let accounts = try LayerAccount.all(in: folder)
    guard !accounts.isEmpty else { return [] }
    var lines = ["", row(["problem", "inputs", "samples", "rows", "sweeps", "residual"])]
    for account in accounts {
      let residual =
        account.rows == 0
        ? "measured in \(account.measurements) task\(account.measurements == 1 ? "" : "s"), "
          + "not solved yet"
        : account.stages.map { stage in
          let share = account.energy > 0 ? percent(stage.residual / account.energy) : "–"
          return "\(stage.name) \(share)"
        }.joined(separator: ", ")
      let refined =
        account.refinable == 0
        ? "" : ", codes refined in \(account.refined) of \(account.refinable) rows"
      lines.append(
        row([
          account.layer, account.inputs.map { "\($0)" } ?? "–",
          account.samples.map { "\($0)" } ?? "–", account.rows == 0 ? "–" : "\(account.rows)",
          account.rows == 0 ? "–" : "\(account.sweeps)", residual + refined,
        ]))
    }
    return lines
  }
}
