internal import RunStore

extension HTMLReport {
  /// What is needed to repeat the run, and what happened in it.
  var provenanceSection: Markup {
    var facts: [(String, String)] = [
      ("Program", "tsq " + record.program), ("Numeric kernel", record.kernel),
      ("Seed", "\(record.seed)"), ("Model", record.model.path),
      ("Model SHA-256", record.model.sha256), ("Data", record.data.path),
      ("Data SHA-256", record.data.sha256),
    ]
    facts += record.versions.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    let rows = facts.map { row([($0.0, ""), ($0.1, "hash")]) }
    var content = [
      Markup.element(
        "div", ["class": "wide"], [.element("table", [:], [.element("tbody", [:], rows)])])
    ]
    if !record.recipe.isEmpty {
      content += [.element("h2", [:], "Recipe"), .element("pre", [:], record.recipe)]
    }
    if !events.isEmpty { content.append(eventList) }
    return section(
      "How to repeat it",
      "The same model, data, recipe, seed and numeric kernel give the same output bytes, however "
        + "many workers take part.", content)
  }

  private var eventList: Markup {
    let shown = events.suffix(500)
    let rows = shown.map { row([(clock($0.after), "n"), ($0.kind, ""), ($0.text, "name")]) }
    let count = shown.count == events.count ? "\(events.count)" : "last 500 of \(events.count)"
    return .element("h2", [:], "Events")
      + .element(
        "details", [:],
        [
          .element("summary", [:], "\(count) events"),
          .element(
            "div", ["class": "wide"],
            [.element("table", [:], [.element("tbody", [:], rows)])]),
        ])
  }
}
