import Quantization
import Tensors
import TestSupport
import Testing
import Wire

/// Replaces, or leaves out, one array of a bundle.
func altered(
  _ bundle: TensorBundle, _ name: String, shape: [Int]? = nil, _ elements: TensorBundle.Elements?
) -> TensorBundle {
  var result = TensorBundle()
  for entry in bundle.entries {
    if entry.name != name {
      result.append(entry.name, shape: entry.shape, entry.elements)
    } else if let elements {
      result.append(name, shape: shape, elements)
    }
  }
  return result
}

private func statistics(codes: Bool) -> LayerStatistics {
  var random = SplitMix64(seed: 1)
  let inputs = (0..<4 * 50).map { _ in Int8(random.integer(0...3)) }
  let targets = (0..<3 * 50).map { _ in Float(random.normal()) }
  var result = LayerStatistics(inputs: 4, outputs: 3, codeStep: codes ? 0.375 : nil)
  if codes {
    result.add(codes: inputs.span, targets: targets.span, columns: 50)
  } else {
    let values = inputs.map { Float($0) * 0.375 }
    result.add(values: values.span, targets: targets.span, columns: 50)
  }
  return result
}

func bundle(_ fill: (inout TensorBundle) -> Void) -> TensorBundle {
  var bundle = TensorBundle()
  fill(&bundle)
  return bundle
}

@Suite struct `Statistics on the wire` {
  @Test(arguments: [true, false])
  func `They come back as they were`(codes: Bool) throws {
    let original = statistics(codes: codes)
    let sent = bundle { $0.append(original) }
    let found = try TensorBundle(decoding: sent.encoded()).statistics()
    #expect(found == original)
    #expect(bundle { $0.append(found) }.encoded() == sent.encoded())
  }

  @Test(arguments: [true, false])
  func `No array may be missing or of another shape or type`(codes: Bool) {
    let right = bundle { $0.append(statistics(codes: codes)) }
    for entry in right.entries where entry.name != "step" {
      #expect(throws: WireError.self, "\(entry.name) missing") {
        try altered(right, entry.name, nil).statistics()
      }
      #expect(throws: WireError.self, "\(entry.name) too short") {
        try altered(right, entry.name, .float64([1])).statistics()
      }
      #expect(throws: WireError.self, "\(entry.name) of texts") {
        try altered(
          right, entry.name, shape: entry.shape,
          .uint8([UInt8](repeating: 1, count: entry.elements.count))
        ).statistics()
      }
    }
    // Without its step the moments of codes are of the wrong type, and the other way round.
    if codes {
      #expect(throws: WireError.self) { try altered(right, "step", nil).statistics() }
    }
  }

  @Test(
    arguments: [
      [0, 3, 50], [4, 0, 50], [4, 3, 0], [-4, 3, 50], [4, -3, 50], [4, 3, -1], [5, 3, 50],
      [1 << 62, 3, 50], [4, .max, 50], [4, 3, .max], [3_037_000_500, 3, 50], [.min, .min, .min],
    ] as [[Int64]])
  func `Hostile sizes are refused`(sizes: [Int64]) {
    for codes in [true, false] {
      let wrong = altered(
        bundle { $0.append(statistics(codes: codes)) }, "sizes", .int64(sizes))
      #expect(throws: WireError.self) { try wrong.statistics() }
    }
  }

  @Test(arguments: [0, -1, .nan, .infinity] as [Float])
  func `A step is positive and finite`(step: Float) {
    let wrong = altered(
      bundle { $0.append(statistics(codes: true)) }, "step", .float32([step]))
    #expect(throws: WireError.self) { try wrong.statistics() }
  }

  @Test(arguments: [Int64.max, .min, 50 * 255 * 255 + 1])
  func `Moments that so many samples cannot have are refused`(value: Int64) {
    let right = bundle { $0.append(statistics(codes: true)) }
    for (name, shape, count) in [("gram", [10], 10), ("sums", [4], 4)] {
      var values = [Int64](repeating: 1, count: count)
      values[count - 1] = value
      let wrong = altered(right, name, shape: shape, .int64(values))
      #expect(throws: WireError.self) { try wrong.statistics() }
    }
  }

  @Test func `A problem comes back with the rows that are asked for`() throws {
    let original = statistics(codes: true)
    let weights = (0..<12).map { Float($0) }
    let sent = bundle { $0.append(problem: original, weights: weights, biases: [1, 2, 3]) }
    var parameters = solveParameters()
    parameters.rows = 1..<3
    let problem = try TensorBundle(decoding: sent.encoded()).problem(parameters, samples: nil)
    #expect(problem.statistics == original.rows(1..<3))
    #expect(problem.weights == Array(weights[4...]))
    #expect(problem.biases == [2, 3])
    for rows in [0..<4, 3..<5, 0..<0, Int(UInt32.max)..<2 * Int(UInt32.max)] {
      parameters.rows = rows
      #expect(throws: WireError.self, "\(rows)") { try sent.problem(parameters, samples: nil) }
    }
    parameters.rows = 0..<2
    parameters.granularity = .layer
    #expect(throws: WireError.self) { try sent.problem(parameters, samples: nil) }
    parameters.rows = 0..<3
    #expect(throws: WireError.self) {
      try altered(sent, "weights", .float32([1])).problem(parameters, samples: nil)
    }
    #expect(throws: WireError.self) {
      try altered(sent, "biases", .float32([1])).problem(parameters, samples: nil)
    }
  }
}

@Suite struct `Solutions on the wire` {
  private var solution: Solution {
    let rows = (0..<3).map { row in
      RowReport(
        residual: Double(row), energy: 5, sweeps: row, changedEntries: 2 * row, zeros: 1,
        cameFromADMM: row == 1,
        nonlinear: row == 0
          ? nil
          : NonlinearRowReport(
            errorBefore: 0.5, errorAfter: 0.25, accepted: row == 2, steps: 7))
    }
    return Solution(
      inputs: 4, codes: [1, 0, -1, 1, 0, 0, 1, 1, -1, -1, -1, 0], scales: [0.5, 1, 2],
      offsets: [0, -1, 1],
      report: SolveReport(
        rows: rows,
        stages: [
          StageReport(stage: "projection", residual: 4), StageReport(stage: "final", residual: 3),
        ], sampleCount: 50, ridge: 1e-3))
  }

  @Test func `They come back as they were`() throws {
    let sent = bundle { $0.append(solution) }
    #expect(try TensorBundle(decoding: sent.encoded()).solution() == solution)
  }

  @Test func `No array may be missing or too short`() {
    let right = bundle { $0.append(solution) }
    for entry in right.entries where !entry.name.hasPrefix("stage ") {
      #expect(throws: WireError.self, "\(entry.name) missing") {
        try altered(right, entry.name, nil).solution()
      }
      #expect(throws: WireError.self, "\(entry.name) empty") {
        try altered(right, entry.name, .float32([])).solution()
      }
    }
  }

  @Test(arguments: [
    "scales", "offsets", "residual", "energy", "nonlinear before", "nonlinear after", "ridge",
    "stage final",
  ])
  func `Numbers that are not finite are refused`(name: String) throws {
    let right = bundle { $0.append(solution) }
    let entry = try right.entry(name)
    for bad in [Double.nan, .infinity, -.infinity] {
      let elements: TensorBundle.Elements =
        switch entry.elements {
        case .float32(let values): .float32(Array(values.dropLast()) + [Float(bad)])
        case .float64(let values): .float64(Array(values.dropLast()) + [bad])
        default: entry.elements
        }
      #expect(throws: WireError.self) { try altered(right, name, elements).solution() }
    }
  }

  @Test(arguments: ["sweeps", "changed", "zeros", "nonlinear steps", "samples"])
  func `Counts are in range`(name: String) throws {
    let right = bundle { $0.append(solution) }
    let count = try right.entry(name).elements.count
    for bad in [Int64.max, .min, -1] {
      let values = [Int64](repeating: 0, count: count - 1) + [bad]
      #expect(throws: WireError.self) { try altered(right, name, .int64(values)).solution() }
    }
  }

  @Test func `Scales are positive, choices known, and codes have a row per scale`() {
    let right = bundle { $0.append(solution) }
    for scales in [[0.5, 1, 0], [0.5, -1, 2]] as [[Float]] {
      #expect(throws: WireError.self) { try altered(right, "scales", .float32(scales)).solution() }
    }
    #expect(throws: WireError.self) { try altered(right, "scales", .float32([1, 1])).solution() }
    #expect(throws: WireError.self) {
      try altered(right, "nonlinear", .uint8([0, 1, 3])).solution()
    }
    #expect(throws: WireError.self) {
      try altered(right, "from admm", .uint8([0, 1, 2])).solution()
    }
    let codes = [Int8](repeating: 0, count: 12)
    for shape in [[12], [4, 3], [1, 12], [3, 2, 2]] {
      #expect(throws: WireError.self, "\(shape)") {
        try altered(right, "codes", shape: shape, .int8(codes)).solution()
      }
    }
    #expect(throws: WireError.self) {
      try altered(right, "codes", shape: [3, 0], .int8([])).solution()
    }
  }

  private var layer: LayerSolution {
    LayerSolution(
      layer: "layer1.0/ärmel", weights: .shift2, codes: [4, 0, -2, 1, -4, 2], scales: [0.5, 0.25],
      offsets: [1, -1])
  }

  @Test(arguments: WeightSet.allCases)
  func `Layers come back as they were`(set: WeightSet) throws {
    let levels = set.levels
    let codes = (0..<12).map { levels[$0 * 7 % levels.count] }
    for scales in [[0.5, 0.25, 3], [2]] as [[Float]] {
      let original = LayerSolution(
        layer: "layer1.0/ärmel", weights: set, codes: codes, scales: scales, offsets: [1, -1, 0])
      let sent = bundle { $0.append(original) }
      #expect(try TensorBundle(decoding: sent.encoded()).layerSolution() == original)
    }
  }

  @Test func `Damaged layers are refused`() {
    let right = bundle { $0.append(layer) }
    let changes: [(String, TensorBundle.Elements?)] = [
      ("layer", nil), ("set", nil), ("codes", nil), ("scales", nil), ("offsets", nil),
      ("set", .uint8(Array("quaternary".utf8))), ("layer", .uint8([0xFF, 0xFE])),
      ("codes", .int8([4, 0, -2, 1, -4, 3])), ("codes", .int8([4, 0, -2, 1, -4])),
      ("codes", .int8([])), ("scales", .float32([0.5, 0.5, 0.5])), ("scales", .float32([])),
      ("scales", .float32([0.5, .nan])), ("scales", .float32([0.5, -0.5])),
      ("offsets", .float32([1, .infinity])), ("offsets", .float32([])),
    ]
    for (name, elements) in changes {
      #expect(throws: WireError.self, "\(name)") {
        try altered(right, name, elements).layerSolution()
      }
    }
  }
}

@Suite struct `Data on the wire` {
  @Test func `A shard comes back with and without labels`() throws {
    let images = Tensor(shape: [2, 3, 1, 2], values: (0..<12).map { Float($0) - 5 })
    let labelled = try TensorBundle(
      decoding: TensorBundle(shard: images, labels: [7, 0]).encoded())
    #expect(try labelled.shardImages() == images)
    #expect(try labelled.shardLabels() == [7, 0])
    let bare = try TensorBundle(decoding: TensorBundle(shard: images, labels: nil).encoded())
    #expect(try bare.shardImages() == images)
    #expect(throws: WireError.self) { try bare.shardLabels() }
  }

  @Test(arguments: [[2, 3, 1, 2], [2, 6], [3, 2, 2]])
  func `A shard of bytes comes back as what they stand for`(shape: [Int]) throws {
    let channels = shape.count == 4 ? shape[1] : 1
    let bytes = (0..<12).map { UInt8($0 * 23 % 256) }
    let table = (0..<256 * channels).map { Float($0) * 0.37 - 50 }
    let plane = 12 / shape[0] / channels
    let values = bytes.enumerated().map { table[$0 / plane % channels * 256 + Int($1)] }
    let bundle = TensorBundle(
      shardOf: bytes, shape: shape, table: table, labels: [Int](repeating: 1, count: shape[0]))
    let found = try TensorBundle(decoding: bundle.encoded())
    #expect(try found.shardImages() == Tensor(shape: shape, values: values))
    #expect(try found.shardLabels() == [Int](repeating: 1, count: shape[0]))
    var without = TensorBundle()
    without.append("images", shape: shape, .uint8(bytes))
    #expect(throws: WireError.self) { try without.shardImages() }
    without.append("table", .float32(Array(table.dropLast())))
    #expect(throws: WireError.self) { try without.shardImages() }
  }

  @Test(arguments: [[], [0], [0, 3, 2, 2], [2, 0, 4], [1, 0]])
  func `A shard without images is refused`(shape: [Int]) {
    var bundle = TensorBundle()
    bundle.append(
      "images", shape: shape, .float32([Float](repeating: 0, count: shape.product)))
    #expect(throws: WireError.self) { try bundle.shardImages() }
  }

  @Test func `A shard of other elements, or with too few labels, is refused`() {
    var bundle = TensorBundle()
    bundle.append("images", shape: [2, 2], .float64([1, 2, 3, 4]))
    bundle.append("labels", .int32([1]))
    #expect(throws: WireError.self) { try bundle.shardImages() }
    #expect(throws: WireError.self) { try bundle.shardLabels() }
  }

  @Test func `A histogram comes back as it was`() throws {
    var counts = [Int64](repeating: 0, count: 100)
    (counts[0], counts[41], counts[99]) = (3, 1 << 40, 1)
    var sent = TensorBundle()
    sent.append(histogram: "a", counts: counts)
    sent.append(histogram: "b", counts: [Int64](repeating: 0, count: 100))
    let found = try TensorBundle(decoding: sent.encoded())
    #expect(try found.histogram("a", binCount: 100) == counts)
    #expect(try found.histogram("b", binCount: 100) == [Int64](repeating: 0, count: 100))
    #expect(throws: WireError.self) { try found.histogram("a", binCount: 99) }
    #expect(throws: WireError.self) { try found.histogram("c", binCount: 100) }
  }

  @Test(
    arguments: [
      ([100], [1]), ([-1], [1]), ([.min], [1]), ([5], [-1]), ([5], [.max]), ([5], [0]),
      ([5, 5], [1, 1]), ([6, 5], [1, 1]), ([5, 6], [1]), ([], [1]), ([.max], [1]),
    ] as [([Int32], [Int64])])
  func `A damaged histogram is refused`(bins: [Int32], counts: [Int64]) {
    var bundle = TensorBundle()
    bundle.append("a bins", .int32(bins))
    bundle.append("a counts", .int64(counts))
    #expect(throws: WireError.self) { try bundle.histogram("a", binCount: 100) }
  }
}
