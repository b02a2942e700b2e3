import Foundation
import FoundationXML
import Reporting
import RunStore
import Testing

/// Collects what an XML parser, which shares no code with the report, sees in it.
private final class Page: NSObject, XMLParserDelegate {
  private(set) var counts: [String: Int] = [:]
  private(set) var numbers: [String] = []
  private(set) var sizes: [String] = []
  private(set) var words = ""
  private(set) var problem: (any Error)?

  init(_ text: String) {
    super.init()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = self
    _ = parser.parse()
    if problem == nil { problem = parser.parserError }
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    counts[name, default: 0] += 1
    for key in ["x", "y", "width", "height", "x1", "y1", "x2", "y2", "cx", "cy", "r"] {
      if let value = attributes[key] { numbers.append(value) }
    }
    for key in ["width", "height", "r"] {
      if let value = attributes[key] { sizes.append(value) }
    }
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) { words += text }

  func parser(_ parser: XMLParser, parseErrorOccurred error: any Error) { problem = error }
}

@Suite(.timeLimit(.minutes(10))) struct `HTML report` {
  @Test func `it is well-formed and shows what the record holds`() {
    let page = Page(HTMLReport(record: sampleRecord(), tasks: sampleTasks()).text)
    #expect(page.problem == nil)
    // Accuracy, plan, errors, timeline; codes and weights per layer; two legends of two marks and
    // one of three.
    #expect(page.counts["svg"] == 4 + 2 * 3 + 2 + 2 + 3)
    for part in [
      "86.72 %", "-4.78 points", "± standard error", "0.48 %", "layer1.conv<1>&", "ternary",
      "2 bit", "71.7 KiB", "3:07", "method: tsq # <fast>", "oneDNN", "host:1",
      "layer 'fc' stays in int8 & is last", "18446744073709551615", "Bit sets under a budget",
      "2.250 bits per weight", "Effect of int8", "no choice has less than",
    ] {
      #expect(page.words.contains(part), "\(part)")
    }
  }

  @Test func `what users name never becomes markup`() {
    let event = EventRecord(after: 1, kind: "<i>", text: "<script src=\"//x\">\u{0}\u{1B}")
    let text = HTMLReport(record: sampleRecord(), tasks: sampleTasks(), events: [event]).text
    let page = Page(text)
    #expect(page.problem == nil)
    #expect(page.counts["script"] == nil)
    #expect(page.counts["i"] == nil)
    #expect(page.words.contains("<script src=\"//x\">\u{FFFD}\u{FFFD}"))
  }

  @Test func `it asks for nothing from outside`() {
    let text = HTMLReport(record: sampleRecord(), tasks: sampleTasks()).text
    for part in ["http", " src=", " href=", "@import", "url(", "<script", "<link", "onload"] {
      #expect(!text.contains(part), "\(part)")
    }
  }

  @Test func `no coordinate is other than a number, whatever the record holds`() {
    var record = sampleRecord(layerCount: 5)
    record.seconds = .nan
    record.layers[0].error = .nan
    record.layers[1].error = .infinity
    record.layers[2].error = -1
    record.layers[3].zeros = .nan
    record.layers[1].seconds = .infinity
    record.layers[1].codes = [LayerRecord.CodeCount(code: 0, count: 0)]
    record.layers[2].weightsBefore = Histogram(low: 0, high: 0, counts: [0])
    record.layers[3].weightsAfter = Histogram(low: -1e300, high: 1e300, counts: [1, 0])
    record.accuracy.stages[0].images = 0
    record.accuracy.stages[1].top1 = .nan
    record.accuracy.input = .infinity
    var tasks = sampleTasks()
    tasks[3].seconds = .nan
    tasks[4].finishedAfter = .infinity
    tasks[5].seconds = -1
    let metrics = (0..<4).map {
      MetricRecord(stage: "learn", name: "loss", step: $0, value: $0 == 2 ? .nan : 1e308)
    }
    let page = Page(HTMLReport(record: record, tasks: tasks, metrics: metrics).text)
    #expect(page.problem == nil)
    #expect(page.numbers.count > 100)
    for number in page.numbers {
      let value = Double(number) ?? .nan
      #expect(abs(value) <= 5000, "\(number)")
    }
    for size in page.sizes { #expect(Double(size) ?? -1 >= 0, "\(size)") }
  }

  @Test func `an empty or unfinished run has a report as well`() {
    var record = sampleRecord(layerCount: 0)
    record.output = nil
    record.accuracy = AccuracyRecord()
    record.notes = []
    record.plan = nil
    let page = Page(HTMLReport(record: record).text)
    #expect(page.problem == nil)
    #expect(page.counts["svg"] == nil)
    #expect(page.words.contains("unfinished run of resnet20.onnx"))
  }

  @Test func `many tasks make a small timeline`() {
    let many = (0..<20_000).map { index in
      var task = sampleTasks()[index % 60]
      task.finishedAfter = Double(index) * 0.01
      task.seconds = 0.009
      return task
    }
    let text = HTMLReport(record: sampleRecord(), tasks: many).text
    #expect(Page(text).problem == nil)
    #expect(text.utf8.count < 600_000)
  }

  @Test func `a series becomes a curve, a single number does not`() {
    let one = MetricRecord(stage: "learn", name: "top1", value: 0.5)
    let bare = HTMLReport(record: sampleRecord(), metrics: [one]).text
    #expect(!bare.contains("Measurements over steps"))
    let two = (0..<2).map { MetricRecord(stage: "learn", name: "loss", step: $0, value: 2) }
    let page = Page(HTMLReport(record: sampleRecord(), metrics: two + [one]).text)
    #expect(page.problem == nil)
    #expect(page.words.contains("learn: loss"))
  }
}
