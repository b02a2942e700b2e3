import FineTuning
import Tensors
import TestSupport
import Testing

@Suite struct `the loss of raw outputs` {
  @Test func `weighs outputs alike, whatever their unit`() {
    let wanted = Tensor(shape: [2, 2], values: [1, 2, -2, 4])
    let found = Tensor(shape: [2, 2], values: [1.5, 2, -3, 4])
    let (small, _) = RawLoss()([found], reference: [wanted])
    // Σ (z − t)² / (2 ‖t‖² / 2) = 1.25 / 25.
    #expect(abs(small - 0.05) < 1e-12)
    func scaled(_ tensor: Tensor) -> Tensor {
      Tensor(shape: tensor.shape, values: tensor.values.map { $0 * 256 })
    }
    let (both, _) = RawLoss()([found, scaled(found)], reference: [wanted, scaled(wanted)])
    #expect(abs(both - 2 * small) < 1e-12)
  }

  @Test func `has the gradient that differences have`() {
    var random = SplitMix64(seed: 4)
    func tensor(_ shape: [Int]) -> Tensor {
      Tensor(
        shape: shape,
        values: (0..<shape.reduce(1, *)).map { _ in Float.random(in: -1...1, using: &random) })
    }
    let outputs = [tensor([2, 3, 2]), tensor([2, 5])]
    let wanted = [tensor([2, 3, 2]), tensor([2, 5])]
    let gradients = RawLoss()(outputs, reference: wanted).gradients
    let step: Float = 0x1p-8
    for place in outputs.indices {
      for index in outputs[place].values.indices {
        var (above, below) = (outputs, outputs)
        above[place].values[index] += step
        below[place].values[index] -= step
        let difference =
          (RawLoss()(above, reference: wanted).sum - RawLoss()(below, reference: wanted).sum)
          / Double(above[place].values[index] - below[place].values[index])
        #expect(abs(difference - Double(gradients[place].values[index])) < 1e-4)
      }
    }
  }

  @Test func `of silent outputs is finite`() {
    let zeros = Tensor(shape: [1, 2])
    let (sum, gradients) = RawLoss()(
      [Tensor(shape: [1, 2], values: [1, 0])], reference: [zeros])
    #expect(sum == 0.5)
    #expect(gradients[0].values == [1, 0])
  }

  @Test func `of an output that is rounding is measured in the loudest one's unit`() {
    let loud = Tensor(shape: [1, 2], values: [3, 4])
    let faint = Tensor(shape: [1, 2], values: [1e-9, 0])
    let error = Tensor(shape: [1, 2], values: [1e-6, 0])
    let (sum, gradients) = RawLoss()([loud, error], reference: [loud, faint])
    #expect(sum < 1e-12)
    #expect(abs(gradients[1].values[0]) < 1e-6)
  }
}
