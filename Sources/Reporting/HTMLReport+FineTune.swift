extension HTMLReport {
  /// What the fine-tune came to; its curves are among the measurements over steps.
  var fineTuneSection: Markup {
    guard let record = record.fineTune else { return .empty }
    let steps = max(1, record.steps - record.resumedSteps)
    let rows = [
      ("Epochs, steps, images per step", "\(record.epochs), \(record.steps), \(record.batch)"),
      ("Mean loss of the last epoch", significant(record.loss)),
      ("Codes changed", percent(record.changedCodes, 2)),
      ("Time", duration(record.seconds)),
      ("Images per second", significant(record.imagesPerSecond)),
      (
        "Workers, share of their time spent on gradients",
        "\(record.workers), \(percent(record.efficiency))"
      ),
      (
        "Sent to workers, received from them",
        "\(byteCount(record.sentBytes)), \(byteCount(record.receivedBytes))"
      ),
      (
        "Of these per step",
        "\(byteCount(record.sentBytes / steps)), \(byteCount(record.receivedBytes / steps))"
      ),
    ]
    let table = Markup.element(
      "table", [:],
      [.element("tbody", [:], rows.map { row([($0.0, ""), ($0.1, "n")]) })])
    let part =
      record.resumedSteps > 0
      ? " The run was continued: time and bytes are those of the last \(steps) steps." : ""
    return section(
      "Fine-tune",
      "All layers learned together from the outputs of the given network." + part,
      [.element("div", ["class": "wide"], [table])])
  }
}
