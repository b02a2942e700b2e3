extension HTMLReport {
  /// What learning the codes came to.
  var learnCodesSection: Markup {
    learningSection(
      record.learnCodes, "Codes learned",
      "Weights, code steps and offsets of the network with codes learned from the outputs of the "
        + "given network, before any weight became low-bit.", hasLevels: false)
  }

  /// What the fine-tune came to; its curves are among the measurements over steps.
  var fineTuneSection: Markup {
    learningSection(
      record.fineTune, "Fine-tune",
      "All layers learned together from the outputs of the given network.", hasLevels: true)
  }

  /// - Parameter hasLevels: whether weights have codes that could change.
  private func learningSection(
    _ record: FineTuneRecord?, _ heading: String, _ explanation: String, hasLevels: Bool
  ) -> Markup {
    guard let record else { return .empty }
    let steps = max(1, record.steps - record.resumedSteps)
    var rows = [
      ("Epochs, steps, images per step", "\(record.epochs), \(record.steps), \(record.batch)"),
      ("Mean loss of the last epoch", significant(record.loss)),
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
    if hasLevels { rows.insert(("Codes changed", percent(record.changedCodes, 2)), at: 2) }
    let table = Markup.element(
      "table", [:],
      [.element("tbody", [:], rows.map { row([($0.0, ""), ($0.1, "n")]) })])
    let part =
      record.resumedSteps > 0
      ? " The run was continued: time and bytes are those of the last \(steps) steps." : ""
    return section(
      heading, explanation + part, [.element("div", ["class": "wide"], [table])])
  }
}
