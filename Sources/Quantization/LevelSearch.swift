/// The search for the best move of one entry.
struct LevelSearch {
  private(set) var total: FitScore
  private(set) var gain: Double
  private var target = 0.0
  private var product = 0.0
  private var diagonal = 0.0
  /// The best move so far, 0 to stay.
  private(set) var move = 0.0
  private var bestTotal = FitScore()
  private var bestGain = 0.0

  init(total: FitScore) {
    self.total = total
    gain = total.gain
  }

  mutating func begin(target: Double, product: Double, diagonal: Double) {
    self.target = target
    self.product = product
    self.diagonal = diagonal
    move = 0
    // A move must gain more than rounding can feign, or sweeps might never end.
    bestGain = gain * (1 + 1e-12)
  }

  mutating func consider(_ candidate: Double) {
    let score = FitScore(
      product: total.product + candidate * target,
      quadratic: total.quadratic + candidate * (2 * product + candidate * diagonal))
    let scoreGain = score.gain
    if scoreGain > bestGain {
      move = candidate
      bestTotal = score
      bestGain = scoreGain
    }
  }

  mutating func accept() {
    total = bestTotal
    gain = bestGain
  }
  /// Makes a move whatever it does to the gain.
  mutating func force(_ forced: Double, target: Double, product: Double, diagonal: Double) {
    total = FitScore(
      product: total.product + forced * target,
      quadratic: total.quadratic + forced * (2 * product + forced * diagonal))
    gain = total.gain
  }
}
