import Foundation
import Reporting
import Testing

@Suite(.timeLimit(.minutes(10))) struct `run record` {
  @Test func `its JSON has the promised fields and types`() throws {
    let text = sampleRecord().json.indented
    let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
    let record = try #require(value as? [String: Any])
    #expect(record["output"] as? String == "out </title><script>alert('1')</script>.onnx")
    #expect(record["bytes"] as? Int == 73_412)
    #expect(record["seconds"] as? Double == 187.25)
    #expect(record["workers"] as? Int == 2)
    #expect(record["seed"] as? UInt64 == UInt64.max)
    #expect(record["kernel"] as? String == "avx512 \"vnni\"")
    let accuracy = try #require(record["accuracy"] as? [String: Any])
    #expect(accuracy["input"] as? Double == 0.915)
    #expect(accuracy["output"] as? Double == 0.8672)
    let stages = try #require(accuracy["stages"] as? [[String: Any]])
    #expect(stages.count == 4)
    #expect(stages[1]["name"] as? String == "codes")
    #expect(stages[1]["top1"] as? Double == 0.9034)
    #expect(stages[1]["top5"] as? Double == 0.996)
    #expect(stages[1]["images"] as? Int == 5000)
    let layers = try #require(record["layers"] as? [[String: Any]])
    #expect(layers.count == 3)
    #expect(layers[1]["weights"] as? String == "ternary")
    #expect(layers[1]["activations"] as? Int == 2)
    #expect(layers[0]["activations"] is NSNull)
    #expect(layers[1]["zeros"] is Double)
    #expect(layers[1]["error"] as? Double == 0.03)
  }

  @Test func `keys come in a fixed order, and equal records give equal text`() {
    var record = sampleRecord()
    record.versions = ["b": "2", "a": "1", "c": "3"]
    let text = record.json.indented
    #expect(text == record.json.indented)
    let keys = ["\"output\"", "\"bytes\"", "\"seconds\"", "\"workers\"", "\"accuracy\"", "\"a\""]
    let places = keys.compactMap { text.range(of: $0)?.lowerBound }
    #expect(places.count == keys.count)
    #expect(places == places.sorted())
  }

  @Test func `it is read back as it was, from either form`() throws {
    let record = sampleRecord()
    #expect(try RunRecord(json: record.json.indented, place: "record.json") == record)
    #expect(try RunRecord(json: record.json.compact, place: "record.json") == record)
    for layer in record.layers {
      #expect(try LayerRecord(json: layer.json.compact, place: "layer") == layer)
    }
  }

  @Test func `numbers that are not finite become null`() throws {
    var record = sampleRecord()
    record.seconds = .infinity
    record.layers[1].error = .nan
    let text = record.json.indented
    #expect(!text.contains("nan") && !text.contains("inf"))
    #expect(text.contains("\"seconds\": null"))
    let layer = LayerRecord(
      name: "a", weights: "ternary", activations: 2, zeros: .nan, error: -.infinity, shape: [],
      bytes: 0, seconds: 0, worker: nil)
    #expect(layer.zeros == nil && layer.error == nil)
  }

  @Test func `control characters are escaped`() throws {
    var record = sampleRecord()
    record.recipe = "a\u{0}\u{1B}[2J\"\\\r\n\t\u{7F}é→"
    let text = record.json.compact
    #expect(!text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F })
    #expect(try RunRecord(json: text, place: "record.json").recipe == record.recipe)
  }

  @Test func `a record that cannot be read names file and field`() {
    for (text, part) in [
      ("", "it is not JSON"), ("{}", "'bytes' is missing"),
      (
        sampleRecord().json.compact.replacingOccurrences(of: "\"images\": 5000", with: "\"x\": 1"),
        "images' is missing"
      ),
      (
        sampleRecord().json.compact.replacingOccurrences(of: "73412", with: "\"many\""),
        "'bytes' has the wrong type"
      ),
    ] {
      let error = #expect(throws: ReportingError.self) {
        try RunRecord(json: text, place: "run/record.json")
      }
      #expect(error?.place == "run/record.json")
      #expect(error?.reason.contains(part) == true, "\(String(describing: error))")
    }
  }

  @Test func `histograms hold every finite value once`() {
    let histogram = Histogram(of: [-1, 1, 0.5, -0.999, .nan, .infinity, 0], bins: 4)
    #expect(histogram.low == -1 && histogram.high == 1)
    #expect(histogram.counts == [2, 0, 1, 2])
    #expect(Histogram(of: [0, 0], bins: 3).counts.reduce(0, +) == 2)
    #expect(Histogram(of: [], bins: 3).counts == [0, 0, 0])
    #expect(Histogram(of: [-9, 9, 0.5], bins: 2, range: 0...1).counts == [1, 2])
  }

  @Test func `codes are counted in order`() {
    let counts = LayerRecord.CodeCount.counting([1, -1, 0, 1, -128, 127])
    #expect(counts.map(\.code) == [-128, -1, 0, 1, 127])
    #expect(counts.map(\.count) == [1, 1, 1, 2, 1])
  }

  @Test func `the standard error is that of a share`() throws {
    let stage = AccuracyRecord.Stage(name: "a", top1: 0.9, top5: nil, images: 900)
    let error = try #require(stage.standardError)
    #expect(abs(error - 0.01) <= 1e-12)
    #expect(AccuracyRecord.Stage(name: "a", top1: 0.9, top5: nil, images: 0).standardError == nil)
    #expect(AccuracyRecord.Stage(name: "a", top1: nil, top5: nil, images: 9).standardError == nil)
  }
}
