/// Accuracy of a run's networks on labelled images.
package struct AccuracyRecord: Sendable, Equatable, Decodable {
  /// Top-1 of the network that was given, 0…1; nil where there are no labels.
  package var input: Double?
  /// Top-1 of the exported file, 0…1.
  package var output: Double?
  /// Every network that was evaluated, in order, the given and the exported one among them.
  package var stages: [Stage]

  /// Accuracy of one stage's network.
  package struct Stage: Sendable, Equatable, Decodable {
    package var name: String
    /// Shares 0…1 of images whose class is the first, or among the first five, guesses.
    package var top1: Double?
    package var top5: Double?
    package var images: Int

    package init(name: String, top1: Double?, top5: Double?, images: Int) {
      self.name = name
      self.top1 = top1.finite
      self.top5 = top5.finite
      self.images = images
    }

    /// Standard error of top-1 over the choice of images: √(p (1 − p) / n).
    package var standardError: Double? {
      guard let top1, images > 0 else { return nil }
      return (top1 * (1 - top1) / Double(images)).squareRoot().finiteOrNil
    }
  }

  package init(input: Double? = nil, output: Double? = nil, stages: [Stage] = []) {
    self.input = input.finite
    self.output = output.finite
    self.stages = stages
  }

  package var json: JSONText {
    .members([
      "input": .optional(input), "output": .optional(output),
      "stages": .list(
        stages.map { stage in
          .members([
            "name": .text(stage.name), "top1": .optional(stage.top1),
            "top5": .optional(stage.top5), "images": .integer(stage.images),
          ])
        }),
    ])
  }
}

extension Double {
  fileprivate var finiteOrNil: Double? { isFinite ? self : nil }
}
