internal import Glibc
package import Tensors

/// The loss of a row of logits z against a reference's t, and against a label where it is given:
///
///     T² · KL(softmax(t / T) ‖ softmax(z / T)) + w · −log softmax(z)[label]
///
/// Its gradient is T · (softmax(z / T) − softmax(t / T)) + w · (softmax(z) − onehot(label)).
package struct LogitLoss: Sendable {
  /// T.
  package let temperature: Double
  /// w.
  package let labelWeight: Double

  package init(temperature: Double, labelWeight: Double) {
    precondition(temperature > 0, "a temperature is positive")
    self.temperature = temperature
    self.labelWeight = labelWeight
  }

  /// The sum over rows, and its gradient by `logits`.
  ///
  /// - Parameters:
  ///   - logits: `[N, classes]`.
  ///   - reference: `[N, classes]`; nil to leave distillation out.
  ///   - labels: one per row, below the number of classes; nil to leave them out.
  package func callAsFunction(
    _ logits: Tensor, reference: Tensor?, labels: [Int]?
  ) -> (sum: Double, gradient: Tensor) {
    let classes = logits.values.count / max(1, logits.shape[0])
    precondition(reference.map { $0.values.count == logits.values.count } ?? true)
    var gradient = Tensor(shape: logits.shape)
    var sum = 0.0
    for row in 0..<logits.shape[0] {
      let place = row * classes..<(row + 1) * classes
      let found = logits.values[place].map { Double($0) }
      var slope = [Double](repeating: 0, count: classes)
      if let reference {
        let wanted = logSoftmax(reference.values[place].map { Double($0) / temperature })
        let given = logSoftmax(found.map { $0 / temperature })
        for index in 0..<classes {
          let share = exp(wanted[index])
          // A share of nothing adds nothing, however unlikely the other finds it.
          if share > 0 {
            sum += temperature * temperature * share * (wanted[index] - given[index])
          }
          slope[index] += temperature * (exp(given[index]) - share)
        }
      }
      if let labels, labelWeight > 0 {
        let given = logSoftmax(found)
        sum -= labelWeight * given[labels[row]]
        for index in 0..<classes {
          slope[index] += labelWeight * (exp(given[index]) - (index == labels[row] ? 1 : 0))
        }
      }
      for index in 0..<classes { gradient.values[place.lowerBound + index] = Float(slope[index]) }
    }
    return (sum, gradient)
  }

  private func logSoftmax(_ values: [Double]) -> [Double] {
    let largest = values.max() ?? 0
    let total = log(values.reduce(0) { $0 + exp($1 - largest) })
    return values.map { $0 - largest - total }
  }
}
