package import RunStore

/// The report of a run as one HTML file: no scripts, no outside resource, readable offline, in
/// light and in dark, and with every name that a user gave escaped.
package struct HTMLReport {
  let record: RunRecord
  /// Finished tasks with their times, for the timeline; may be empty.
  let tasks: [TaskRecord]
  let metrics: [MetricRecord]
  let events: [EventRecord]

  package init(
    record: RunRecord, tasks: [TaskRecord] = [], metrics: [MetricRecord] = [],
    events: [EventRecord] = []
  ) {
    self.record = record
    self.tasks = tasks
    self.metrics = metrics
    self.events = events
  }

  /// The report of a run folder, with the tasks and events of its journal.
  package init(record: RunRecord, folder: RunFolder) throws(RunStoreError) {
    self.init(
      record: record, tasks: try folder.finishedTasks(), metrics: try folder.metrics(),
      events: try folder.events())
  }

  /// The whole file.
  package var text: String {
    let head = Markup.element(
      "head", [:],
      [
        Markup(literal: "<meta charset=\"utf-8\"/>"),
        Markup(
          literal: "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>"),
        .element("title", [:], "tsq: " + title), .element("style", [:], [ReportStyle.sheet]),
      ])
    let sections = [
      header, notes, accuracySection, layerSection, learnCodesSection, blockSection,
      fineTuneSection,
      metricSection,
      codeSection,
      weightSection, timelineSection, provenanceSection,
    ]
    let body = Markup.element("body", [:], [.element("main", [:], [.joined(sections)])])
    let page = Markup(literal: "<!DOCTYPE html>\n<html lang=\"en\">\n") + head + body
    return page.text + "\n</html>\n"
  }

  private var title: String { record.output ?? "unfinished run of " + record.model.path }

  private var header: Markup {
    .joined([
      .element("h1", [:], title),
      .element(
        "p", ["class": "soft"],
        "Low-bit version of \(record.model.path), calibrated on \(record.data.path), by tsq "
          + record.program + "."),
      .element("div", ["class": "tiles"], tiles),
    ])
  }

  private var tiles: [Markup] {
    var tiles: [Markup] = []
    if let output = record.accuracy.output {
      let more = record.accuracy.input.map { input in
        let change = decimals((output - input) * 100, 2)
        return "top-1, \(change.hasPrefix("-") ? change : "+" + change) points to the input"
      }
      tiles.append(tile("Accuracy", percent(output, 2), more ?? "top-1"))
    } else if let input = record.accuracy.input {
      tiles.append(tile("Accuracy of the input", percent(input, 2), "top-1"))
    }
    if record.output != nil {
      tiles.append(tile("Size of the file", byteCount(record.bytes), "\(record.bytes) bytes"))
    }
    let zeros = overallZeros
    if zeros != nil { tiles.append(tile("Zero weights", percent(zeros), "of all low-bit weights")) }
    tiles.append(tile("Time", duration(record.seconds), "wall time of the run"))
    let done = tasks.isEmpty ? "took part" : "did \(tasks.count) tasks"
    tiles.append(tile("Workers", "\(record.workers)", done))
    return tiles
  }

  /// Zeros over all layers that have codes, weighted by their size.
  private var overallZeros: Double? {
    var zeros = 0.0
    var weights = 0.0
    for layer in record.layers {
      guard let share = layer.zeros else { continue }
      let count = Double(layer.shape.reduce(1, *))
      zeros += share * count
      weights += count
    }
    return weights > 0 ? zeros / weights : nil
  }

  private func tile(_ name: String, _ value: String, _ more: String) -> Markup {
    .element(
      "div", ["class": "tile"],
      [
        .element("div", ["class": "name"], name), .element("div", ["class": "value"], value),
        .element("div", ["class": "more"], more),
      ])
  }

  private var notes: Markup {
    guard !record.notes.isEmpty else { return .empty }
    let items = record.notes.map { Markup.element("li", [:], $0) }
    return .element("div", ["class": "notes"], [.element("ul", [:], items)])
  }

  /// A section with its heading and one explaining sentence.
  func section(_ heading: String, _ explanation: String, _ content: [Markup]) -> Markup {
    .element(
      "section", [:],
      [.element("h2", [:], heading), .element("p", ["class": "soft"], explanation)] + content)
  }

  /// A table row of cells with their classes.
  func row(_ cells: [(text: String, style: String)], head: Bool = false) -> Markup {
    .element(
      "tr", [:],
      cells.map {
        head
          ? .element("th", ["class": $0.style], $0.text)
          : .element("td", ["class": $0.style], $0.text)
      })
  }
}
