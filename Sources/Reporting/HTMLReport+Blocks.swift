extension HTMLReport {
  /// What learning the layers of blocks together came to, as a table.
  var blockSection: Markup {
    guard let blocks = record.blocks, !blocks.isEmpty else { return .empty }
    let titles = [
      ("#", "n"), ("Layers", ""), ("Error before", "n"), ("After", "n"), ("Codes changed", "n"),
      ("Taken", ""), ("Time", "n"),
    ]
    let rows = blocks.enumerated().map { index, block in
      row([
        ("\(index + 1)", "n"), (block.layers.joined(separator: ", "), "name"),
        (significant(block.errorBefore), "n"), (significant(block.errorAfter), "n"),
        ("\(block.changedCodes)", "n"), (block.accepted ? "yes" : "no", ""),
        (duration(block.seconds), "n"),
      ])
    }
    let table = Markup.element(
      "table", [:],
      [
        .element("thead", [:], [row(titles, head: true)]), .element("tbody", [:], rows),
      ])
    return section(
      "Blocks",
      "Error is that of a block's output relative to full precision, on calibration images that "
        + "nothing was learned from; what was learned is taken only where it is lower.",
      [.element("div", ["class": "wide"], [table])])
  }
}
