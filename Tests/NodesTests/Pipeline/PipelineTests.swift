import Execution
import Network
import Nodes
import ONNX
import Planning
import Quantization
import Tensors
import TestSupport
import Testing
import Wire

/// A recipe with a name that a failing test prints.
struct NamedRecipe: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let change: @Sendable (inout Recipe) -> Void

  init(_ name: String, _ change: @escaping @Sendable (inout Recipe) -> Void) {
    testDescription = name
    self.change = change
  }

  static let all = [
    NamedRecipe("default") { _ in },
    NamedRecipe("concurrent") { $0.order = .concurrent },
    NamedRecipe("float activations") { $0.activations = .float },
    NamedRecipe("8-bit activations") { $0.activations = .bits(8) },
    NamedRecipe("4 bits, shift2, ends the same") {
      $0.activations = .bits(4)
      $0.weights = .set(.shift2)
      $0.endLayers = .same
    },
    NamedRecipe("binary, ends float") {
      $0.weights = .set(.binary)
      $0.endLayers = .float
    },
    NamedRecipe("twn") { $0.method = .twn },
    NamedRecipe("round") {
      $0.method = .round
      $0.baselineRefit = .none
    },
    NamedRecipe("one scale per layer") { $0.scale = .layer },
    NamedRecipe("small shards, in groups") { $0.shardSize = 64 },
    NamedRecipe("a float layer in the middle") {
      $0.overrides = [Recipe.Override(pattern: "strided", weights: .float, activations: .float)]
    },
  ]
}

private func bytes(_ run: SmallRun) throws -> [UInt8] {
  try writeNetwork(run.outcome.network, options: WriteOptions(form: .lowBit))
}

@Suite(.timeLimit(.minutes(10))) struct `the pipeline` {
  @Test(arguments: NamedRecipe.all)
  func `gives the same bytes whoever works, in whatever order`(recipe: NamedRecipe) throws {
    let one = try SmallRun(.single, recipe: recipe.change)
    let expected = try bytes(one)
    for plan: LocalPool.Plan in [.turns(3), .shuffled(2, seed: 5), .cold] {
      let other = try SmallRun(plan, recipe: recipe.change)
      #expect(try bytes(other) == expected, "\(plan)")
      #expect(other.outcome.layers.map(\.error) == one.outcome.layers.map(\.error), "\(plan)")
      #expect(other.outcome.stages.map(\.accuracy) == one.outcome.stages.map(\.accuracy), "\(plan)")
      // Not one blob of it differs.
      #expect(Set(other.pool.blobs.keys) == Set(one.pool.blobs.keys), "\(plan)")
    }
  }

  @Test(arguments: NamedRecipe.all)
  func `exports a file that is as accurate as its last stage`(recipe: NamedRecipe) throws {
    let run = try SmallRun(recipe: recipe.change)
    let last = try #require(run.outcome.stages.last)
    #expect(last.name == "weights")
    for form in [WriteOptions.Form.lowBit, .float] {
      let file = try writeNetwork(run.outcome.network, options: WriteOptions(form: form))
      let network = try readNetwork(bytes: file)
      let scores = try evaluateInBatches(network, inputs: [run.data.validationImages])[0]
      #expect(
        Accuracy(scores: scores, labels: run.data.labels, ranks: 5) == last.accuracy, "\(form)")
    }
  }

  @Test func `solves every layer, in groups too`() throws {
    let run = try SmallRun()
    #expect(run.outcome.layers.map(\.name) == SmallNetwork.layers)
    let layers = run.outcome.network.layers
    for outcome in run.outcome.layers {
      let solution = try #require(outcome.solution)
      let error = try #require(outcome.error)
      #expect(error > 0 && error < 0.8, "\(outcome.name)")
      let layer = try #require(layers.first { $0.name == outcome.name })
      #expect(solution.codes.count == layer.weightCount)
      #expect(solution.weights == (["stem", "head"].contains(outcome.name) ? .int8 : .ternary))
      #expect(solution.codes.contains { $0 != 0 })
      #expect(outcome.stages.last?.stage == "final")
    }
    #expect(run.outcome.stages.map(\.name) == ["input", "codes", "weights"])
    #expect(run.outcome.stages.allSatisfy { $0.accuracy.images == 60 })
  }

  @Test func `tries the non-linear stage where a quantizer alone sees the output`() throws {
    let run = try SmallRun()
    let tried = run.outcome.layers.filter { $0.nonlinearRows.tried > 0 }.map(\.name)
    // Not the stem (float input), the shortcut's source or what goes into the sum.
    #expect(tried == ["depthwise", "strided"])
    let linear = try SmallRun { $0.method = .descent }
    #expect(linear.outcome.layers.allSatisfy { $0.nonlinearRows.tried == 0 })
  }

  @Test func `leaves a float layer as it is, and what it reads`() throws {
    let run = try SmallRun {
      $0.overrides = [Recipe.Override(pattern: "strided", weights: .float, activations: .float)]
    }
    let outcome = try #require(run.layer("strided"))
    #expect(outcome.solution == nil)
    #expect(outcome.quantizer == nil)
    #expect(run.layer("grouped")?.solution != nil)
    let reference = SmallNetwork().network.foldingBatchNormalization()
    let found = try #require(run.outcome.network.layers.first { $0.name == "strided" })
    let original = try #require(reference.layers.first { $0.name == "strided" })
    #expect(run.outcome.network.weightRows(of: found) == reference.weightRows(of: original))
    #expect(run.outcome.network[found.input].name == "sum.relu.out")
  }

  @Test func `shares one scale where a layer is to have one`() throws {
    let run = try SmallRun { $0.scale = .layer }
    for name in ["pointwise", "strided", "head"] {
      #expect(run.layer(name)?.solution?.scales.count == 1)
    }
    let rows = try SmallRun()
    #expect(rows.layer("strided")?.solution?.scales.count == 8)
  }

  @Test func `takes batch normalization kept or folded for the same network`() throws {
    let network = SmallNetwork().network
    let kept = try SmallRun(network: network)
    let folded = try SmallRun(network: network.foldingBatchNormalization())
    #expect(try bytes(kept) == bytes(folded))
  }

  @Test func `lowers the error with more levels and more codes`() throws {
    func error(_ weights: WeightSet, _ bits: Int) throws -> Double {
      let run = try SmallRun {
        $0.weights = .set(weights)
        $0.activations = .bits(bits)
      }
      return try #require(run.layer("strided")?.error)
    }
    let coarse = try error(.ternary, 2)
    #expect(try error(.shift2, 2) < coarse)
    #expect(try error(.ternary, 8) < coarse)
    #expect(try error(.shift2, 8) < 0.5 * coarse)
  }

  @Test func `asks each shard once for each measurement`() throws {
    let run = try SmallRun()
    #expect(run.pool.taskCounts["calibrate"] == 3)
    #expect(run.pool.taskCounts["statistics"] == 3 * 6)
    #expect(run.pool.taskCounts["evaluate"] == 2 * 3)
    #expect(run.pool.taskCounts["solve"] == 1 + 6 + 1 + 1 + 2 + 1)
  }
}

@Suite(.timeLimit(.minutes(10))) struct `low-bit layers` {
  /// Sums of codes, weighed with a scale and step of few significant bits, have no rounding.
  @Test(arguments: [(WeightSet.ternary, 2), (.shift2, 4), (.binary, 3), (.shift3, 1)])
  func `give the exact sum before the bias in fp32`(set: WeightSet, bits: Int) throws {
    let run = try SmallRun {
      $0.weights = .set(set)
      $0.activations = .bits(bits)
      $0.endLayers = .same
    }
    var random = SplitMix64(seed: 8)
    var checked = 0
    for outcome in run.outcome.layers {
      guard let quantizer = outcome.quantizer, let solution = outcome.solution else { continue }
      let (values, sums) = try exactSums(
        of: outcome.name, in: run.outcome.network, quantizer, solution, &random)
      #expect(values == sums, "\(outcome.name)")
      checked += 1
    }
    #expect(checked == 5)
  }

  /// The outputs without bias on random codes: as executed, and summed in double precision.
  private func exactSums(
    of name: String, in network: Network, _ quantizer: ActivationQuantizer,
    _ solution: LayerSolution, _ random: inout SplitMix64
  ) throws -> (found: [Double], expected: [Double]) {
    let layer = try #require(network.layers.first { $0.name == name })
    var part = network.extracting(from: [layer.input], to: [layer.output])
    if let bias = layer.bias {
      let zeros = StoredTensor(Tensor(shape: [layer.outputs]))
      part.constants[bias] = .stored(zeros)
    }
    var shape = [5, layer.inputs]
    if case .convolution(let convolution) = layer.kind {
      shape = [2, layer.inputs / convolution.kernel.product * layer.groups, 8, 8]
    }
    let input = Tensor(
      shape: shape,
      values: (0..<shape.product).map { _ in
        Float(random.integer(quantizer.lowestCode...quantizer.highestCode)) * quantizer.step
      })
    let executor = try Executor(
      network: part, batchSize: shape[0], inputShapes: [layer.input: shape])
    let found = try executor.run([input])[0]
    let geometry = PatchGeometry(layer: layer, inputShape: shape)
    let columns = shape[0] * geometry.positionsPerImage
    var expected = [Double](repeating: .nan, count: found.values.count)
    for group in 0..<layer.groups {
      var patches = [Float](repeating: 0, count: layer.inputs * columns)
      geometry.fill(&patches, images: input.values.span, count: shape[0], group: group)
      for row in group * layer.rowsPerGroup..<(group + 1) * layer.rowsPerGroup {
        let scale = Double(solution.scales.count == 1 ? solution.scales[0] : solution.scales[row])
        for column in 0..<columns {
          var sum = 0.0
          for index in 0..<layer.inputs {
            let code = Double(solution.codes[row * layer.inputs + index])
            sum += scale * code * Double(patches[index * columns + column])
          }
          let (image, position) = column.quotientAndRemainder(
            dividingBy: geometry.positionsPerImage)
          let place = (image * layer.outputs + row) * geometry.positionsPerImage + position
          expected[place] = sum
        }
      }
    }
    return (found.values.map { Double($0) }, expected)
  }
}
