/// The plain twin of `DescentPanels` for one row: the same operations in the same order.
package struct DescentReference {
  package private(set) var codes: [Float]
  package private(set) var products: [Float]
  package private(set) var product = 0.0
  package private(set) var quadratic = 0.0
  package private(set) var changes = 0
  private let target: [Float]
  private let matrix: PanelMatrix
  private let levels: [Float]
  private let limit: Float
  private let fixedScale: Float?

  /// Takes codes and target of a row, `[inputs]`, and computes its products.
  package init(
    codes: [Float], target: [Float], matrix: PanelMatrix, levels: [Float], limit: Float = 127,
    fixedScale: Float? = nil
  ) {
    precondition(codes.count == matrix.size && target.count == matrix.size)
    self.codes = codes
    self.target = target
    self.matrix = matrix
    self.levels = levels
    self.limit = limit
    self.fixedScale = fixedScale
    products = [Float](repeating: 0, count: matrix.size)
    for entry in codes.indices { spread(entry, by: codes[entry]) }
  }

  private mutating func spread(_ entry: Int, by step: Float) {
    for index in products.indices {
      products[index].addProduct(matrix.entry(index, entry), step)
    }
  }

  /// One pass over all entries.
  package mutating func sweep() {
    computeScore()
    changes = 0
    for entry in codes.indices {
      let trial = Trial(self, entry: entry)
      if trial.move == 0 { continue }
      changes += 1
      codes[entry] += trial.move
      let move = Double(trial.move)
      product += move * Double(target[entry])
      let twice = 2 * Double(products[entry])
      quadratic += move * (twice + move * Double(matrix.diagonalEntry(entry)))
      spread(entry, by: trial.move)
    }
  }

  /// Computes b·q and q·H·q from codes and products.
  package mutating func computeScore() {
    product = 0
    quadratic = 0
    for index in codes.indices {
      product += Double(codes[index]) * Double(target[index])
      quadratic += Double(codes[index]) * Double(products[index])
    }
  }

  /// The best move of one entry.
  private struct Trial {
    private let product: Float
    private let slope: Float
    private let diagonal: Float
    private let targetShare: Float
    private let quadraticUnit: Float
    private let curve: Float
    private let margin: Float
    private var best: Float = 0
    private var bestShare: Float = 1
    private(set) var move: Float = 0

    init(_ row: DescentReference, entry: Int) {
      let p = Float(row.product)
      let d = Float(row.quadratic)
      let live = row.fixedScale.map { $0 > 0 } ?? (p > 0 && d > 0)
      let scale = row.fixedScale ?? (live ? Float(row.product / row.quadratic) : 0)
      let eliminates = live && row.fixedScale == nil
      quadraticUnit = eliminates ? 1 / d : 0
      let target = row.target[entry]
      product = row.products[entry]
      diagonal = row.matrix.diagonalEntry(entry)
      let fitted = scale * product
      slope = target - fitted
      targetShare = target * (eliminates ? 1 / p : 0)
      curve = target * targetShare - scale * diagonal
      margin = live ? 0x1p-19 * (target.magnitude + fitted.magnitude) : .infinity
      let code = row.codes[entry]
      if row.levels.isEmpty {
        consider(1, allowed: code < row.limit)
        consider(-1, allowed: code > -row.limit)
      } else {
        for level in row.levels { consider(level - code, allowed: level != code) }
      }
    }

    private mutating func consider(_ step: Float, allowed: Bool) {
      let gain = step * (2 * slope).addingProduct(step, curve) - step.magnitude * margin
      let delta = step * (2 * product).addingProduct(step, diagonal)
      let share = Float(1).addingProduct(delta, quadraticUnit)
      let reach = Float(1).addingProduct(step, targetShare)
      guard allowed, share > 0, reach > 0, gain * bestShare > best * share else { return }
      best = gain
      bestShare = share
      move = step
    }
  }
}
