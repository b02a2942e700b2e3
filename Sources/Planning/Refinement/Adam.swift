internal import Glibc

/// Adam's moments of one array of parameters (Kingma and Ba), β₁ = 0.9, β₂ = 0.99.
struct AdamMoments {
  private var first: [Float]
  private var second: [Float]
  private var steps = 0

  init(count: Int) {
    first = [Float](repeating: 0, count: count)
    second = first
  }

  /// Moves the parameters against their gradients by at most about `rate` each.
  mutating func step(_ parameters: inout [Float], gradients: [Float], rate: Double) {
    precondition(parameters.count == first.count && gradients.count == first.count)
    steps += 1
    let (decay1, decay2): (Float, Float) = (0.9, 0.99)
    let correction1 = 1 - pow(0.9, Double(steps))
    let correction2 = (1 - pow(0.99, Double(steps))).squareRoot()
    let size = Float(rate * correction2 / correction1)
    for index in parameters.indices {
      let gradient = gradients[index]
      let mean = decay1 * first[index] + (1 - decay1) * gradient
      let square = decay2 * second[index] + (1 - decay2) * gradient * gradient
      first[index] = mean
      second[index] = square
      parameters[index] -= size * mean / (square.squareRoot() + 1e-12)
    }
  }
}
