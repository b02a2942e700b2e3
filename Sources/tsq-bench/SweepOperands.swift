internal import Kernels

/// A correlated matrix, targets and random ternary codes.
final class SweepOperands {
  let rows: Int
  let inputs: Int
  let matrix: PanelMatrix
  let start: [Int8]
  let targets: [Float]
  private let left: [Float]
  private let right: [Float]
  private var result: [Float]

  init(rows: Int, inputs: Int) {
    self.rows = rows
    self.inputs = inputs
    var numbers = SeededNumbers(seed: 1)
    var gram = [Double](repeating: 0, count: inputs * inputs)
    for row in 0..<inputs {
      gram[row * inputs + row] = 1
      for column in 0..<row {
        let value = Double(0.02 + 0.01 * (numbers.uniform() - 0.5))
        gram[row * inputs + column] = value
        gram[column * inputs + row] = value
      }
    }
    matrix = PanelMatrix(symmetric: gram.span, size: inputs)
    start = (0..<rows * inputs).map { _ in Int8(numbers.next() % 3) - 1 }
    targets = (0..<rows * inputs).map { _ in numbers.normal() }
    left = start.map { Float($0) }
    right = gram.map { Float($0) }
    result = [Float](repeating: 0, count: rows * inputs)
  }

  /// The product of codes and matrix by oneDNN.
  func multiply() {
    let (left, right) = (left, right)
    var product = result
    var span = product.mutableSpan
    Kernels.multiply(
      left.span, right.span, into: &span, rows: rows, columns: inputs, inner: inputs)
    result = product
  }
}

/// Panels that are swept by one set of instructions.
final class SweptPanels {
  private let operands: SweepOperands
  private var panels: DescentPanels
  private let groups: [[Int32]]
  private var sweeps = 0

  init(_ operands: SweepOperands, _ instructions: PanelInstructions) {
    self.operands = operands
    panels = DescentPanels(
      rows: operands.rows, matrix: operands.matrix, levels: [-1, 0, 1],
      instructions: instructions)
    let size = DescentPanels.groupLimit
    let count = panels.panelCount
    groups = stride(from: 0, to: count, by: size).map { first in
      (first..<min(first + size, count)).map { Int32($0) }
    }
    let targets = operands.targets
    for row in 0..<operands.rows {
      let entries = row * operands.inputs..<(row + 1) * operands.inputs
      panels.setTarget(row, targets.span.extracting(entries))
    }
  }

  private func sweep() {
    for group in groups { panels.sweep(operands.matrix, panels: group) }
    sweeps += 1
  }

  /// From the random codes through the first sweep.
  func start() {
    let start = operands.start
    for row in 0..<operands.rows {
      let entries = row * operands.inputs..<(row + 1) * operands.inputs
      panels.setCodes(row, start.span.extracting(entries))
    }
    for group in groups { panels.multiply(operands.matrix, panels: group) }
    sweeps = 0
    sweep()
  }

  /// One of the sweeps 2 to 5, in turn.
  func sweepOn() {
    if sweeps == 0 || sweeps == 5 { start() }
    sweep()
  }

  /// Whether the last row has the bits of the plain twin after two sweeps.
  func isRight() -> Bool {
    start()
    sweep()
    let row = operands.rows - 1
    let entries = row * operands.inputs..<(row + 1) * operands.inputs
    var twin = DescentReference(
      codes: operands.start[entries].map { Float($0) }, target: Array(operands.targets[entries]),
      matrix: operands.matrix, levels: [-1, 0, 1])
    twin.sweep()
    twin.sweep()
    return (0..<operands.inputs).allSatisfy { panels.code(row, $0) == twin.codes[$0] }
  }
}
