package import Tensors

/// Counts of right answers of a classifier.
package struct Accuracy: Sendable, Equatable {
  package var images: Int
  /// Images whose label has the highest score.
  package var correct: Int
  /// Images whose label is among the `ranks` highest scores.
  package var correctInRanks: Int

  package init(images: Int = 0, correct: Int = 0, correctInRanks: Int = 0) {
    self.images = images
    self.correct = correct
    self.correctInRanks = correctInRanks
  }

  /// Counts one batch.
  ///
  /// A label's rank is one more than the number of classes with a higher score, or an equal score
  /// and a smaller index. NaN scores are never right.
  ///
  /// - Parameters:
  ///   - scores: `[N, classes]` (further axes of extent 1 are allowed).
  ///   - labels: one class per row, within range.
  package init(scores: Tensor, labels: [Int], ranks: Int) {
    self.init()
    let classes = scores.values.count / max(scores.shape[0], 1)
    precondition(labels.count == scores.shape[0], "one label per row of scores")
    for (row, label) in labels.enumerated() {
      precondition((0..<classes).contains(label), "label \(label) of \(classes) classes")
      images += 1
      let own = scores.values[row * classes + label]
      guard !own.isNaN else { continue }
      var above = 0
      for other in 0..<classes where other != label {
        let score = scores.values[row * classes + other]
        if score > own || score.isNaN || (score == own && other < label) { above += 1 }
      }
      if above == 0 { correct += 1 }
      if above < ranks { correctInRanks += 1 }
    }
  }

  package static func += (left: inout Accuracy, right: Accuracy) {
    left.images += right.images
    left.correct += right.correct
    left.correctInRanks += right.correctInRanks
  }

  /// Share of images whose label has the highest score, 0 … 1.
  package var top1: Double { images > 0 ? Double(correct) / Double(images) : 0 }
  /// Share of images whose label is among the best five.
  package var top5: Double { images > 0 ? Double(correctInRanks) / Double(images) : 0 }
  /// Of `top1`, binomial.
  package var standardError: Double {
    images > 0 ? (top1 * (1 - top1) / Double(images)).squareRoot() : 0
  }
}
