internal import Glibc

/// Turns gradients into moves of the parameters.
package struct ParameterOptimizer: Sendable, Equatable {
  /// Running means of gradients, and of their squares where the method needs them.
  package private(set) var first: ParameterArrays
  package private(set) var second: ParameterArrays?
  /// Steps taken.
  package private(set) var steps: Int
  private let settings: FineTuningSettings

  package init(_ parameters: ParameterArrays, settings: FineTuningSettings) {
    first = parameters.zeros
    second = settings.optimizer == .adam ? parameters.zeros : nil
    steps = 0
    self.settings = settings
  }

  /// Puts an earlier state of this optimizer in place.
  mutating func restore(first: ParameterArrays, second: ParameterArrays?, steps: Int) {
    self.first = first
    self.second = second
    self.steps = steps
  }

  /// The part of the highest rate that a step has: a linear rise, then half a cosine.
  package static func schedule(step: Int, of total: Int, warmUp: Double) -> Double {
    let rise = warmUp * Double(total)
    let place = Double(step) + 0.5
    if place < rise { return place / rise }
    return 0.5 * (1 + cos(Double.pi * (place - rise) / max(1, Double(total) - rise)))
  }

  /// Moves everything against its gradient.
  ///
  /// - Parameter share: of the highest rates.
  package mutating func step(
    _ parameters: inout ParameterArrays, _ gradients: ParameterArrays, share: Double
  ) {
    steps += 1
    for index in parameters.arrays.indices {
      let role = parameters.role(at: index)?.role
      // These follow from the images.
      if role == .mean || role == .variance { continue }
      let isLatent = role == .latent
      if isLatent && settings.mode == .scales { continue }
      let rate = share * (isLatent ? settings.weightRate : settings.scaleRate)
      let decay = isLatent ? Float(rate * settings.decay) : 0
      switch settings.optimizer {
      case .momentum: momentum(index, &parameters, gradients.arrays[index], rate, decay)
      case .adam: adam(index, &parameters, gradients.arrays[index], rate, decay)
      }
    }
  }

  /// Where latent weights come to by a step of another rate, without momentum and decay: −β D g,
  /// with D = 1 for momentum and for Adam the reciprocal of the gradient's root mean square.
  ///
  /// - Parameters:
  ///   - layers: whose weights move; nothing else does.
  ///   - share: of the highest rate.
  func predicted(
    _ parameters: ParameterArrays, _ gradients: ParameterArrays, layers: [Int], share: Double
  ) -> ParameterArrays {
    var result = parameters
    let rate = Float(share * settings.weightRate)
    let correction = Float((1 - pow(0.999, Double(steps + 1))).squareRoot())
    for layer in layers {
      let index = ParameterArrays.place(.latent, of: layer)
      var values = parameters.arrays[index]
      let found = gradients.arrays[index]
      guard let squares = second?.arrays[index] else {
        for place in values.indices { values[place] -= rate * found[place] }
        result.arrays[index] = values
        continue
      }
      for place in values.indices {
        let square = 0.999 * squares[place] + 0.001 * found[place] * found[place]
        values[place] -= rate * found[place] / (square.squareRoot() / correction + 1e-8)
      }
      result.arrays[index] = values
    }
    return result
  }

  private mutating func momentum(
    _ index: Int, _ parameters: inout ParameterArrays, _ gradients: [Float], _ rate: Double,
    _ decay: Float
  ) {
    let rate = Float(rate)
    // In place and without checks of places: each step goes through all parameters.
    unsafe parameters.arrays[index].withUnsafeMutableBufferPointer { values in
      unsafe first.arrays[index].withUnsafeMutableBufferPointer { velocities in
        unsafe gradients.withUnsafeBufferPointer { gradients in
          precondition(values.count == gradients.count && velocities.count == gradients.count)
          for place in 0..<gradients.count {
            let velocity = unsafe 0.9 * velocities[place] + gradients[place]
            unsafe velocities[place] = velocity
            unsafe values[place] -= rate * velocity + decay * values[place]
          }
        }
      }
    }
  }

  /// Kingma and Ba's, with Loshchilov and Hutter's decay.
  private mutating func adam(
    _ index: Int, _ parameters: inout ParameterArrays, _ gradients: [Float], _ rate: Double,
    _ decay: Float
  ) {
    let correction1 = 1 - pow(0.9, Double(steps))
    let correction2 = (1 - pow(0.999, Double(steps))).squareRoot()
    let move = AdamMove(
      size: Float(rate * correction2 / correction1), small: Float(1e-8 * correction2),
      decay: decay)
    move.take(
      &parameters.arrays[index], &first.arrays[index], &second!.arrays[index], gradients)
  }
}

/// A step of Adam for one array.
private struct AdamMove {
  let size: Float
  let small: Float
  let decay: Float

  /// In place and without checks of places, so that several are moved at once.
  func take(
    _ values: inout [Float], _ means: inout [Float], _ squares: inout [Float],
    _ gradients: [Float]
  ) {
    let count = gradients.count
    precondition(values.count == count && means.count == count && squares.count == count)
    unsafe values.withUnsafeMutableBufferPointer { values in
      unsafe means.withUnsafeMutableBufferPointer { means in
        unsafe squares.withUnsafeMutableBufferPointer { squares in
          unsafe gradients.withUnsafeBufferPointer { gradients in
            for place in 0..<count {
              let gradient = unsafe gradients[place]
              let mean = unsafe 0.9 * means[place] + 0.1 * gradient
              let square = unsafe 0.999 * squares[place] + 0.001 * gradient * gradient
              unsafe means[place] = mean
              unsafe squares[place] = square
              let value = unsafe values[place]
              unsafe values[place] =
                value - (size * mean / (square.squareRoot() + small) + decay * value)
            }
          }
        }
      }
    }
  }
}
