import Network
import Planning
import Tensors
import TestSupport
import Testing

/// A convolution and the input that it moves over.
struct Sweep: Sendable, CustomTestStringConvertible {
  var extents: [Int]
  var kernel: [Int]
  var strides: [Int]
  var dilations: [Int]
  var padding: SpatialPadding
  var groups = 1
  var channels = 4
  var outputs = 4

  var convolution: Convolution {
    Convolution(
      kernel: kernel, strides: strides, dilations: dilations, padding: padding, groups: groups)
  }

  var testDescription: String {
    "\(extents) kernel \(kernel) strides \(strides) dilations \(dilations) \(padding) "
      + "groups \(groups)"
  }

  static let all = [
    Sweep(
      extents: [7, 6], kernel: [3, 3], strides: [1, 1], dilations: [1, 1],
      padding: .explicit(before: [1, 1], after: [1, 1])),
    Sweep(
      extents: [7, 6], kernel: [1, 1], strides: [2, 2], dilations: [1, 1],
      padding: .explicit(before: [0, 0], after: [0, 0])),
    Sweep(
      extents: [9, 8], kernel: [3, 2], strides: [2, 3], dilations: [2, 1],
      padding: .explicit(before: [0, 2], after: [3, 1]), groups: 2),
    Sweep(
      extents: [5, 5], kernel: [3, 3], strides: [1, 1], dilations: [1, 1],
      padding: .explicit(before: [1, 1], after: [1, 1]), groups: 4),
    Sweep(
      extents: [4, 5], kernel: [3, 3], strides: [2, 2], dilations: [1, 1], padding: .sameUpper),
    Sweep(
      extents: [4, 5], kernel: [2, 4], strides: [3, 1], dilations: [1, 2], padding: .sameLower),
    Sweep(
      extents: [2, 2], kernel: [3, 3], strides: [1, 1], dilations: [2, 2],
      padding: .explicit(before: [2, 3], after: [2, 2])),
    Sweep(
      extents: [11], kernel: [3], strides: [2], dilations: [2],
      padding: .explicit(before: [1], after: [2])),
    Sweep(
      extents: [6], kernel: [5], strides: [1], dilations: [1], padding: .sameUpper, groups: 2,
      outputs: 6),
  ]

  /// A network of this convolution alone, and the layer.
  func network(_ random: inout SplitMix64) -> Network {
    var network = Network(name: "sweep")
    let x = network.input("x", [channels] + extents)
    let weights = network.constant(
      "w", random.tensor([outputs, channels / groups] + kernel))
    network.outputs = [network.node("layer", .convolution(convolution), [x, weights])]
    return network
  }

  /// im2col of one group written from the definition: `[inputs, N · positions]`.
  func naivePatches(_ images: Tensor, group: Int) -> (rows: [[Float]], positions: Int) {
    let axes = extents.count
    let window = convolution.geometry(input: images.shape)
    let positions = window.output.product
    let perGroup = channels / groups
    var rows: [[Float]] = []
    for channel in group * perGroup..<(group + 1) * perGroup {
      for offset in indices(kernel) {
        var row: [Float] = []
        for image in 0..<images.shape[0] {
          for position in indices(window.output) {
            let place = (0..<axes).map {
              position[$0] * strides[$0] + offset[$0] * dilations[$0] - window.before[$0]
            }
            let inside = (0..<axes).allSatisfy { (0..<extents[$0]).contains(place[$0]) }
            let start = (image * channels + channel) * extents.product
            row.append(inside ? images.values[start + flat(place, extents)] : 0)
          }
        }
        rows.append(row)
      }
    }
    return (rows, positions)
  }
}

/// Every index of a shape, last axis fastest.
func indices(_ shape: [Int]) -> [[Int]] {
  shape.reduce([[]]) { prefixes, extent in
    prefixes.flatMap { prefix in (0..<extent).map { prefix + [$0] } }
  }
}

func flat(_ index: [Int], _ shape: [Int]) -> Int {
  zip(index, shape).reduce(0) { $0 * $1.1 + $1.0 }
}

@Suite struct `Patches` {
  @Test(arguments: Sweep.all)
  func `Patches are those of the definition, in every element type`(sweep: Sweep) throws {
    var random = SplitMix64(seed: 4)
    let network = sweep.network(&random)
    let layer = try #require(network.layers.first)
    let images = Tensor(
      shape: [3, sweep.channels] + sweep.extents,
      values: (0..<3 * sweep.channels * sweep.extents.product).map { _ in
        Float(random.integer(-100...100))
      })
    let geometry = PatchGeometry(layer: layer, inputShape: images.shape)
    for group in 0..<sweep.groups {
      let (expected, positions) = sweep.naivePatches(images, group: group)
      #expect(geometry.positionsPerImage == positions)
      #expect(geometry.inputsPerRow == layer.inputs)
      let flattened = expected.flatMap { $0 }
      // Rubbish where nothing may be left unwritten, and a tail that must stay.
      var values = [Float](repeating: .nan, count: flattened.count) + [7]
      geometry.fill(&values, images: images.values.span, count: 3, group: group)
      #expect(values == flattened + [7])
      var signed = [Int8](repeating: 99, count: flattened.count) + [7]
      geometry.fill(&signed, images: images.values.map { Int8($0) }, count: 3, group: group)
      #expect(signed == flattened.map { Int8($0) } + [7])
      var unsigned = [UInt8](repeating: 99, count: flattened.count) + [7]
      let shifted = images.values.map { UInt8($0.magnitude) }
      geometry.fill(&unsigned, images: shifted, count: 3, group: group)
      #expect(unsigned == flattened.map { UInt8($0.magnitude) } + [7])
    }
  }

  @Test(arguments: Sweep.all)
  func `Weight rows times patches are the convolution that is executed`(sweep: Sweep) throws {
    var random = SplitMix64(seed: 6)
    let network = sweep.network(&random)
    let layer = try #require(network.layers.first)
    let images = random.tensor([2, sweep.channels] + sweep.extents)
    let found = try outputs(of: network, [images])[0]
    let rows = network.weightRows(of: layer)
    for group in 0..<sweep.groups {
      let (patches, positions) = sweep.naivePatches(images, group: group)
      for row in 0..<layer.rowsPerGroup {
        let channel = group * layer.rowsPerGroup + row
        for column in 0..<2 * positions {
          var sum = 0.0
          for input in 0..<layer.inputs {
            sum +=
              Double(rows.values[channel * layer.inputs + input]) * Double(patches[input][column])
          }
          let (image, position) = (column / positions, column % positions)
          let value = found.values[(image * sweep.outputs + channel) * positions + position]
          #expect(abs(Double(value) - sum) <= 1e-5)
        }
      }
    }
  }
}
