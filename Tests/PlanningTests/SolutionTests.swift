import Network
import Planning
import Quantization
import Tensors
import TestSupport
import Testing

@Suite struct `Applying solutions` {
  /// A network of one layer of three inputs and four outputs.
  enum Form: CaseIterable {
    case convolution, grouped, unbiased, gemm, gemmUnbiased, gemmTurned, product

    func network(_ random: inout SplitMix64) -> Network {
      var network = Network(name: "\(self)")
      switch self {
      case .convolution, .grouped, .unbiased:
        let x = network.input("x", [4, 5, 5])
        let groups = self == .grouped ? 2 : 1
        var y = network.convolution("layer", x, 4, to: 4, groups: groups)
        if self == .unbiased { network.nodes[0].inputs.removeLast() }
        y = network.node("relu", .relu, [y])
        network.outputs = [y]
      case .gemm, .gemmUnbiased, .gemmTurned, .product:
        let x = network.input("x", [3])
        let turned = self == .gemmTurned || self == .product
        let w = network.constant("w", random.tensor(turned ? [3, 4] : [4, 3]))
        let b = self == .gemm ? network.constant("b", random.tensor([4])) : nil
        let gemm = Gemm(
          alpha: 1, beta: self == .gemmUnbiased ? 0.25 : 1, transposesA: false,
          transposesB: !turned)
        let operation: Operation = self == .product ? .matMul : .gemm(gemm)
        let y = network.node("layer", operation, b.map { [x, w, $0] } ?? [x, w])
        network.outputs = [network.node("relu", .relu, [y])]
      }
      return network
    }
  }

  private func solution(
    for layer: Layer, _ random: inout SplitMix64, scales: Int
  ) -> LayerSolution {
    LayerSolution(
      layer: layer.name, weights: .shift1,
      codes: (0..<layer.weightCount).map { _ in Int8(random.integer(-2...2)) },
      scales: (0..<scales).map { _ in Float(0.1 + random.uniform()) },
      offsets: (0..<layer.outputs).map { _ in Float(random.normal()) })
  }

  @Test(arguments: Form.allCases, [true, false])
  func `The network computes with the dequantized weights`(form: Form, sharedScale: Bool) throws {
    var random = SplitMix64(seed: 31)
    let network = form.network(&random)
    let layer = try #require(network.layers.first)
    let solution = solution(for: layer, &random, scales: sharedScale ? 1 : layer.outputs)
    let applied = try network.applying(solution)
    let values = (0..<layer.weightCount).map {
      Float(solution.codes[$0]) * solution.scales[sharedScale ? 0 : $0 / layer.inputs]
    }
    #expect(applied.weightRows(of: try #require(applied.layers.first)).values == values)

    // The same weights, put in by hand.
    let images = random.tensor(
      [3] + (layer.kind == .linear(storedTransposed: false) || layer.inputs == 3 ? [3] : [4, 5, 5]))
    let found = try outputs(of: applied, [images])[0]
    let geometry = PatchGeometry(layer: layer, inputShape: images.shape)
    let positions = geometry.positionsPerImage
    for group in 0..<layer.groups {
      var patches = [Float](repeating: 0, count: layer.inputs * 3 * positions)
      geometry.fill(&patches, images: images.values.span, count: 3, group: group)
      for row in 0..<layer.rowsPerGroup {
        let channel = group * layer.rowsPerGroup + row
        for column in 0..<3 * positions {
          var sum = Double(solution.offsets[channel])
          for input in 0..<layer.inputs {
            sum +=
              Double(values[channel * layer.inputs + input])
              * Double(patches[input * 3 * positions + column])
          }
          let (image, position) = (column / positions, column % positions)
          let output = found.values[(image * layer.outputs + channel) * positions + position]
          #expect(abs(Double(output) - max(0, sum)) <= 1e-5)
        }
      }
    }
  }

  @Test func `A constant that another node reads stays for that node`() throws {
    var random = SplitMix64(seed: 32)
    var network = Network(name: "shared")
    let x = network.input("x", [4, 5, 5])
    let w = network.constant("w", random.tensor([4, 4, 3, 3]))
    let b = network.constant("b", random.tensor([4]))
    let y = network.node("first", .convolution(.square(3)), [x, w, b])
    network.outputs = [network.node("second", .convolution(.square(3)), [y, w, b])]
    let first = try #require(layerNamed("first", in: network))
    let second = try #require(layerNamed("second", in: network))
    let applied = try network.applying(solution(for: first, &random, scales: 4))
    let found = try #require(layerNamed("second", in: applied))
    #expect(applied.weightRows(of: found) == network.weightRows(of: second))
    #expect(applied.biasValues(of: found) == network.biasValues(of: second))
    let changed = try #require(layerNamed("first", in: applied))
    #expect(applied.weightRows(of: changed) != network.weightRows(of: first))
    #expect(Set(applied.values.map(\.name)).count == applied.values.count)
  }

  @Test func `A MatMul keeps the value that others read`() throws {
    var random = SplitMix64(seed: 33)
    let network = Form.product.network(&random)
    let layer = try #require(network.layers.first)
    let applied = try network.applying(solution(for: layer, &random, scales: 4))
    #expect(applied.nodes.map(\.name) == ["layer", "layer.offset", "relu"])
    #expect(applied[applied.nodes[1].outputs[0]].name == "layer.out")
    #expect(applied.nodes[2].inputs == network.nodes[1].inputs)
  }

  @Test func `A solution that does not fit is refused`() throws {
    var random = SplitMix64(seed: 34)
    let network = Form.convolution.network(&random)
    let layer = try #require(network.layers.first)
    let right = solution(for: layer, &random, scales: 4)
    func refused(
      layer: String = "layer", codes: Int = 0, scales: Int = 0, offsets: Int = 0
    ) -> Bool {
      let wrong = LayerSolution(
        layer: layer, weights: .shift1, codes: Array(right.codes.dropLast(codes)),
        scales: Array(right.scales.dropLast(scales)),
        offsets: Array(right.offsets.dropLast(offsets)))
      do {
        _ = try network.applying(wrong)
        return false
      } catch { return true }
    }
    #expect(!refused())
    #expect(refused(layer: "other"))
    #expect(refused(codes: 1))
    #expect(refused(scales: 2))
    #expect(refused(offsets: 1))
  }
}
