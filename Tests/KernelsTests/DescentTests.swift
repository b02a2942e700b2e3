import Kernels
import TestSupport
import Testing

@Suite struct DescentTests {
  /// Rows of a small regression: a positive definite matrix, targets and codes to start from.
  struct Problem {
    let inputs: Int
    let rows: Int
    let gram: [Double]
    let matrix: PanelMatrix
    let targets: [[Float]]
    let codes: [[Int8]]

    init(inputs: Int, rows: Int, seed: UInt64, limit: Int = 1) {
      var random = SplitMix64(seed: seed)
      let samples = (0..<inputs).map { _ in (0..<inputs + 9).map { _ in random.normal() } }
      var gram = [Double](repeating: 0, count: inputs * inputs)
      for row in 0..<inputs {
        for column in 0..<inputs {
          gram[row * inputs + column] =
            zip(samples[row], samples[column]).reduce(0) { $0 + $1.0 * $1.1 } / Double(inputs + 9)
        }
      }
      self.inputs = inputs
      self.rows = rows
      self.gram = gram
      matrix = PanelMatrix(symmetric: gram.span, size: inputs)
      targets = (0..<rows).map { _ in (0..<inputs).map { _ in Float(random.normal()) } }
      codes = (0..<rows).map { _ in
        (0..<inputs).map { _ in Int8(random.integer(-limit...limit)) }
      }
    }

    func panels(
      levels: [Float], scales: [Float]? = nil, instructions: PanelInstructions = .best,
      order: [Int]? = nil
    ) -> DescentPanels {
      let order = order ?? Array(0..<rows)
      var panels = DescentPanels(
        rows: order.count, matrix: matrix, levels: levels, limit: 5,
        scales: scales.map { all in order.map { all[$0] } }, instructions: instructions)
      for (place, row) in order.enumerated() {
        let (target, start) = (targets[row], codes[row])
        panels.setTarget(place, target.span)
        panels.setCodes(place, start.span)
      }
      return panels
    }
  }

  static func run(_ panels: inout DescentPanels, _ matrix: PanelMatrix, sweeps: Int) {
    let all = (0..<panels.panelCount).map { Int32($0) }
    panels.multiply(matrix, panels: all)
    for _ in 0..<sweeps { panels.sweep(matrix, panels: all) }
  }

  static let levelSets: [[Float]] = [[-1, 1], [-1, 0, 1], [-4, -2, -1, 0, 1, 2, 4], []]

  @Test(arguments: PanelInstructions.available, levelSets)
  func `every instruction set has the bits of the plain twin`(
    instructions: PanelInstructions, levels: [Float]
  ) {
    for (inputs, rows) in [(1, 1), (7, 17), (64, 3), (65, 16), (131, 5), (577, 3)] {
      let problem = Problem(inputs: inputs, rows: rows, seed: UInt64(inputs))
      let scales = (0..<rows).map { 0.3 + 0.1 * Float($0) }
      for fixed in [nil, scales] {
        var panels = problem.panels(levels: levels, scales: fixed, instructions: instructions)
        Self.run(&panels, problem.matrix, sweeps: 3)
        for row in 0..<rows {
          var twin = DescentReference(
            codes: problem.codes[row].map { Float($0) }, target: problem.targets[row],
            matrix: problem.matrix, levels: levels, limit: 5, fixedScale: fixed?[row])
          for _ in 0..<3 { twin.sweep() }
          #expect((0..<inputs).map { panels.code(row, $0) } == twin.codes)
          #expect((0..<inputs).map { panels.product(row, $0) } == twin.products)
          #expect(panels.score(row).product == twin.product)
          #expect(panels.score(row).quadratic == twin.quadratic)
          #expect(panels.changes(row) == twin.changes)
        }
      }
    }
  }

  @Test func `a row has the same bits in any company and lane`() {
    let problem = Problem(inputs: 90, rows: 40, seed: 3)
    var whole = problem.panels(levels: [-1, 0, 1])
    Self.run(&whole, problem.matrix, sweeps: 6)
    var random = SplitMix64(seed: 4)
    for _ in 0..<12 {
      let count = random.integer(1...40)
      let order = (0..<count).map { _ in random.integer(0...39) }
      var part = problem.panels(levels: [-1, 0, 1], order: order)
      Self.run(&part, problem.matrix, sweeps: 6)
      for (place, row) in order.enumerated() {
        for input in 0..<problem.inputs {
          #expect(part.code(place, input) == whole.code(row, input))
          #expect(part.product(place, input) == whole.product(row, input))
        }
        #expect(part.score(place) == whole.score(row))
      }
    }
  }

  @Test(arguments: levelSets)
  func `sweeps raise the fit until nothing changes, and then stay`(levels: [Float]) {
    let problem = Problem(inputs: 70, rows: 20, seed: 5)
    var panels = problem.panels(levels: levels)
    Self.run(&panels, problem.matrix, sweeps: 0)
    let all = (0..<panels.panelCount).map { Int32($0) }
    panels.computeScores(problem.matrix, panels: all)
    var gains = (0..<20).map { _ in 0.0 }
    for _ in 0..<60 {
      panels.sweep(problem.matrix, panels: all)
      panels.computeScores(problem.matrix, panels: all)
      for row in 0..<20 {
        let (product, quadratic) = panels.score(row)
        let gain = product > 0 ? product * product / quadratic : 0
        #expect(gain >= gains[row] * (1 - 1e-6))
        gains[row] = gain
      }
    }
    #expect((0..<20).allSatisfy { panels.changes($0) == 0 })
  }

  @Test func `moves and exchanges touch the rows they name`() {
    let problem = Problem(inputs: 66, rows: 16, seed: 6)
    var panels = problem.panels(levels: [-1, 0, 1])
    Self.run(&panels, problem.matrix, sweeps: 1)
    let before = (0..<16).map { row in (0..<66).map { panels.code(row, $0) } }
    var best = panels.makeBest()
    panels.exchange(
      problem.matrix, panel: 0, keeps: [Bool](repeating: true, count: 16), best: &best)
    let steps = (0..<16).map { Float($0 % 3) - 1 }
    panels.move(problem.matrix, panel: 0, entry: 65, steps: steps)
    let moved = (0..<16).map { row in (0..<66).map { panels.product(row, $0) } }
    for row in 0..<16 {
      #expect(panels.code(row, 65) == before[row][65] + steps[row])
      let twin = DescentReference(
        codes: (0..<66).map { panels.code(row, $0) }, target: problem.targets[row],
        matrix: problem.matrix, levels: [-1, 0, 1])
      #expect(Tolerance(absolute: 1e-4).accepts(moved[row], expected: twin.products))
    }
    panels.exchange(problem.matrix, panel: 0, keeps: (0..<16).map { $0 % 2 == 0 }, best: &best)
    for row in 0..<16 {
      let expected = row % 2 == 0 ? before[row][65] + steps[row] : before[row][65]
      #expect(panels.code(row, 65) == expected)
    }
  }

  @Test(arguments: PanelInstructions.available)
  func `quadratic forms are those of plain sums`(instructions: PanelInstructions) {
    for inputs in [1, 3, 4, 37, 130] {
      let problem = Problem(inputs: inputs, rows: 16, seed: UInt64(inputs))
      var lanes = [Double](repeating: 0, count: inputs * 16)
      for row in 0..<16 {
        for input in 0..<inputs { lanes[input * 16 + row] = Double(problem.codes[row][input]) }
      }
      let found = quadraticForms(
        problem.gram.span, codes: lanes.span, inputs: inputs, instructions: instructions)
      #expect(
        found == quadraticForms(problem.gram.span, codes: lanes.span, inputs: inputs))
      for row in 0..<16 {
        var expected = 0.0
        for first in 0..<inputs {
          for second in 0..<inputs {
            let codes = Double(problem.codes[row][first]) * Double(problem.codes[row][second])
            expected += codes * problem.gram[first * inputs + second]
          }
        }
        #expect(Tolerance(absolute: 1e-10, relative: 1e-10).accepts(found[row], expected: expected))
      }
    }
  }
}
