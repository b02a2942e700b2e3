import Network
import Planning
import Quantization
import Tensors
import TestSupport
import Testing

/// Sums written down from their definition, in double precision.
private struct DirectSums {
  var gram: [Double]
  var sums: [Double]
  var cross: [Double]
  var targetSums: [Double]
  var targetSquares: [Double]
  /// What cross products of codes may be off: targets have 22 bits of the largest.
  var codeBound: Double

  /// - Parameters:
  ///   - inputs: rows `[inputs][columns]`, in units of the moments.
  ///   - targets: rows `[outputs][columns]`.
  init(inputs: [[Float]], targets: [[Float]]) {
    func dot(_ a: [Float], _ b: [Float]) -> Double {
      zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    gram = inputs.flatMap { a in inputs.map { dot(a, $0) } }
    sums = inputs.map { $0.reduce(0) { $0 + Double($1) } }
    cross = targets.flatMap { t in inputs.map { dot(t, $0) } }
    targetSums = targets.map { $0.reduce(0) { $0 + Double($1) } }
    targetSquares = targets.map { dot($0, $0) }
    let magnitudes = inputs.map { $0.reduce(0) { $0 + Double($1.magnitude) } }
    let largest = targets.joined().reduce(0) { max($0, Double($1.magnitude)) }
    codeBound = 0x1p-22 * largest * (magnitudes.max() ?? 0)
  }

  func expectEqual(_ found: LayerStatistics, sourceLocation: SourceLocation = #_sourceLocation) {
    let near = Tolerance(absolute: 1e-4, relative: 1e-5)
    var nearCross = near
    switch found.moments {
    case .codes(let gram, let sums, _):
      #expect(gram.map { Double($0) } == self.gram, sourceLocation: sourceLocation)
      #expect(sums.map { Double($0) } == self.sums, sourceLocation: sourceLocation)
      nearCross = Tolerance(absolute: codeBound)
    case .values(let gram, let sums):
      #expect(near.accepts(gram, expected: self.gram), sourceLocation: sourceLocation)
      #expect(near.accepts(sums, expected: self.sums), sourceLocation: sourceLocation)
    }
    #expect(nearCross.accepts(found.cross, expected: cross), sourceLocation: sourceLocation)
    #expect(near.accepts(found.targetSums, expected: targetSums), sourceLocation: sourceLocation)
    #expect(
      near.accepts(found.targetSquares, expected: targetSquares), sourceLocation: sourceLocation)
  }
}

private func measured(
  _ name: String, in network: Network, reference: Network, _ images: Tensor,
  sampleColumns: Int = 0, samplesOnly: Bool = false
) throws -> ShardStatistics {
  let layer = try #require(layerNamed(name, in: network))
  let measurement = LayerMeasurement(layer: layer, network: network, reference: reference)
  return try measurement(
    inputs: Frontier(network: network, inputs: [images]),
    targets: Frontier(network: reference, inputs: [images]),
    wanted: Measurand(sampleColumns: sampleColumns, samplesOnly: samplesOnly))
}

/// The quantizer in front of every layer, or none.
private func quantizing(_ network: Network, _ quantizer: ActivationQuantizer?) -> Network {
  guard let quantizer else { return network }
  let sites = network.layers.map { CodeSite(value: $0.input, bits: 2, consumers: [$0.node]) }
  return network.insertingCodes(sites.map { ($0, quantizer) })
}

@Suite struct `Shard statistics` {
  static let quantizers: [ActivationQuantizer?] = [
    nil, ActivationQuantizer(bits: 2, step: 0.375),
    ActivationQuantizer(bits: 3, step: 0.25, lowestCode: -3),
    ActivationQuantizer(bits: 8, step: 0.005),
    ActivationQuantizer(bits: 8, step: 0.01, lowestCode: -128),
  ]

  @Test(arguments: Sweep.all, quantizers)
  func `Sums are those of the raw patches`(
    sweep: Sweep, quantizer: ActivationQuantizer?
  ) throws {
    var random = SplitMix64(seed: 11)
    let reference = sweep.network(&random)
    let network = quantizing(reference, quantizer)
    // More than one batch.
    let count = 37
    let images = random.tensor([count, sweep.channels] + sweep.extents)
    let found = try measured("layer", in: network, reference: reference, images)
    let target = try outputs(of: reference, [images])[0]
    let unit = quantizer?.step ?? 1
    let seen = Tensor(
      shape: images.shape,
      values: images.values.map { x in quantizer.map { Float($0.code(x)) } ?? x })
    #expect(found.groups.count == sweep.groups)
    #expect(found.samples.isEmpty)
    for (group, statistics) in found.groups.enumerated() {
      let (patches, positions) = sweep.naivePatches(seen, group: group)
      let rows = sweep.outputs / sweep.groups
      let targets = (group * rows..<(group + 1) * rows).map { channel in
        (0..<count).flatMap { image in
          let start = (image * sweep.outputs + channel) * positions
          return Array(target.values[start..<start + positions])
        }
      }
      #expect(statistics.moments.unit == Double(unit))
      #expect(statistics.sampleCount == count * positions)
      DirectSums(inputs: patches, targets: targets).expectEqual(statistics)
    }
  }

  @Test(arguments: [[6], [3, 6], [2, 3, 6]])
  func `A linear layer's columns are the rows of its last axis`(shape: [Int]) throws {
    var random = SplitMix64(seed: 12)
    var reference = Network(name: "linear")
    let x = reference.input("x", shape)
    let weights = reference.constant("w", random.tensor([6, 4]))
    reference.outputs = [reference.node("layer", .matMul, [x, weights])]
    let quantizer = ActivationQuantizer(bits: 2, step: 0.5)
    let network = quantizing(reference, quantizer)
    let images = random.tensor([35] + shape)
    let found = try measured("layer", in: network, reference: reference, images)
    let target = try outputs(of: reference, [images])[0].values
    let columns = images.values.count / 6
    let inputs = (0..<6).map { row in
      (0..<columns).map { Float(quantizer.code(images.values[$0 * 6 + row])) }
    }
    let targets = (0..<4).map { row in (0..<columns).map { target[$0 * 4 + row] } }
    #expect(found.groups.first?.sampleCount == columns)
    DirectSums(inputs: inputs, targets: targets).expectEqual(try #require(found.groups.first))
  }

  @Test func `Codes that fit no byte are measured as values`() throws {
    var random = SplitMix64(seed: 13)
    let reference = Sweep.all[0].network(&random)
    let network = quantizing(
      reference, ActivationQuantizer(bits: 8, step: 0.01, lowestCode: -10))
    let images = random.tensor([3, 4, 7, 6])
    let found = try measured(
      "layer", in: network, reference: reference, images, sampleColumns: 10)
    guard case .values = try #require(found.groups.first).moments else {
      Issue.record("codes of nine bits")
      return
    }
    #expect(found.samples.isEmpty)
  }

  @Test(arguments: Sweep.all, quantizers)
  func `Columns that stand for sums have the sums of all columns`(
    sweep: Sweep, quantizer: ActivationQuantizer?
  ) throws {
    var random = SplitMix64(seed: 17)
    let reference = sweep.network(&random)
    let network = quantizing(reference, quantizer)
    let images = random.tensor([11, sweep.channels] + sweep.extents)
    let sums = try measured("layer", in: network, reference: reference, images).groups
    let found = try measured(
      "layer", in: network, reference: reference, images, sampleColumns: 1 << 20,
      samplesOnly: true)
    #expect(found.groups.isEmpty)
    #expect(found.samples.count == sums.count)
    for (sample, expected) in zip(found.samples, sums) {
      #expect(sample.columns == expected.sampleCount)
      #expect(sample.step == quantizer?.step)
      var statistics = LayerStatistics(
        inputs: sample.inputs, outputs: sample.outputs, codeStep: sample.step)
      switch sample.values {
      case .signed(let codes):
        statistics.add(codes: codes.span, targets: sample.targets.span, columns: sample.columns)
      case .unsigned(let codes):
        statistics.add(codes: codes.span, targets: sample.targets.span, columns: sample.columns)
      case .real(let values):
        statistics.add(values: values.span, targets: sample.targets.span, columns: sample.columns)
      }
      if quantizer != nil { #expect(statistics.moments == expected.moments) }
      let near = Tolerance(absolute: 1e-3, relative: 1e-5)
      #expect(near.accepts(statistics.cross, expected: expected.cross))
      #expect(near.accepts(statistics.targetSquares, expected: expected.targetSquares))
    }
  }

  @Test func `A branch's last layer is measured against the sum less the actual shortcut`() throws {
    let reference = residualNetwork()
    var recipe = Recipe()
    recipe.endLayers = .same
    let sites = reference.codeSites(for: try recipe.policies(for: reference))
    let network = reference.insertingCodes(
      sites.map { ($0, ActivationQuantizer(bits: 2, step: 1)) })
    var random = SplitMix64(seed: 14)
    let images = random.tensor([4, 3, 8, 8])
    let found = try measured("two.down", in: network, reference: reference, images)
    func value(_ name: String, _ source: Network) throws -> [Float] {
      let wanted = try #require(source.value(named: name))
      return try Frontier(network: source, inputs: [images]).values([wanted], in: source)[0].values
    }
    let difference = zip(try value("two.sum.out", reference), try value("two.b.out", network))
      .map { $0 - $1 }
    let rows = (0..<12).map { channel in
      (0..<4).reduce(0.0) { sum, image in
        let start = (image * 12 + channel) * 16
        return sum + difference[start..<start + 16].reduce(0) { $0 + Double($1) }
      }
    }
    let near = Tolerance(absolute: 1e-4, relative: 1e-5)
    #expect(near.accepts(try #require(found.groups.first).targetSums, expected: rows))
    // The difference matters: the shortcut is not what it is in full precision.
    #expect(try value("two.b.out", network) != value("two.b.out", reference))
  }

  @Test func `An addition that broadcasts is no aim`() throws {
    var reference = Network(name: "broadcast")
    let x = reference.input("x", [4, 6, 6])
    let a = reference.convolution("wide", x, 4, to: 4)
    let pool = reference.node("pool", .globalAveragePool, [x])
    let gate = reference.convolution("gate", pool, 4, to: 4, kernel: 1)
    reference.outputs = [reference.node("sum", .add, [a, gate])]
    var random = SplitMix64(seed: 15)
    let images = random.tensor([3, 4, 6, 6])
    for name in ["wide", "gate"] {
      let found = try measured(name, in: reference, reference: reference, images)
      let output = try #require(reference.value(named: name + ".out"))
      let expected = try Frontier(network: reference, inputs: [images])
        .values([output], in: reference)[0].values
      let sum = try #require(found.groups.first).targetSums.reduce(0, +)
      #expect(abs(sum - expected.reduce(0) { $0 + Double($1) }) <= 1e-3)
    }
  }

  @Test func `Samples are evenly spread columns, the same in every group`() throws {
    var random = SplitMix64(seed: 16)
    let sweep = Sweep.all[2]
    let reference = sweep.network(&random)
    let quantizer = ActivationQuantizer(bits: 2, step: 0.25)
    let network = quantizing(reference, quantizer)
    let images = random.tensor([40, sweep.channels] + sweep.extents)
    let codes = Tensor(
      shape: images.shape, values: images.values.map { Float(quantizer.code($0)) })
    let (_, positions) = sweep.naivePatches(codes, group: 0)
    let available = 40 * positions
    for wanted in [1, 7, available, available + 5] {
      let found = try measured(
        "layer", in: network, reference: reference, images, sampleColumns: wanted)
      #expect(found.samples.count == sweep.groups)
      let target = try outputs(of: reference, [images])[0].values
      for (group, sample) in found.samples.enumerated() {
        let count = min(wanted, available)
        #expect(sample.columns == count)
        let patches = sweep.naivePatches(codes, group: group).rows
        let chosen = (0..<count).map { (2 * $0 + 1) * available / (2 * count) }
        let codes = patches.flatMap { row in chosen.map { Int8(row[$0]) } }
        #expect(sample.values == .signed(codes))
        let rows = (0..<2).flatMap { row in
          chosen.map {
            target[($0 / positions * sweep.outputs + group * 2 + row) * positions + $0 % positions]
          }
        }
        #expect(sample.targets == rows)
      }
    }
  }
}
