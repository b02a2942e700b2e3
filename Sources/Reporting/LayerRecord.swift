/// What happened to one layer.
package struct LayerRecord: Sendable, Equatable, Decodable {
  package var name: String
  /// The set its weights come from: `ternary`, `int8`, `float`, …
  package var weights: String
  /// Bits of the codes it reads, or nil for float activations.
  package var activations: Int?
  /// Share of weights that are zero, 0…1; nil for float weights.
  package var zeros: Double?
  /// Error of the layer's output relative to its target; nil where nothing was solved.
  package var error: Double?
  /// Extents of the weights, `[outputs, inputs, …]`.
  package var shape: [Int]
  /// Stored size of the weights and scales.
  package var bytes: Int
  /// Time of all its tasks together, in worker seconds.
  package var seconds: Double
  /// Who solved it; several workers joined by commas.
  package var worker: String?
  /// How often each weight code occurs.
  package var codes: [CodeCount]
  package var weightsBefore: Histogram?
  package var weightsAfter: Histogram?

  /// How often one code occurs.
  package struct CodeCount: Sendable, Equatable, Decodable {
    package var code: Int
    package var count: Int

    package init(code: Int, count: Int) {
      self.code = code
      self.count = count
    }
  }

  package init(
    name: String, weights: String, activations: Int?, zeros: Double?, error: Double?,
    shape: [Int], bytes: Int, seconds: Double, worker: String?, codes: [CodeCount] = [],
    weightsBefore: Histogram? = nil, weightsAfter: Histogram? = nil
  ) {
    self.name = name
    self.weights = weights
    self.activations = activations
    self.zeros = zeros.finite
    self.error = error.finite
    self.shape = shape
    self.bytes = bytes
    self.seconds = seconds
    self.worker = worker
    self.codes = codes
    self.weightsBefore = weightsBefore
    self.weightsAfter = weightsAfter
  }

  /// The record as JSON, keys in a fixed order.
  package var json: JSONText {
    .members([
      "name": .text(name), "weights": .text(weights), "activations": .optional(activations),
      "zeros": .optional(zeros), "error": .optional(error),
      "shape": .list(shape.map { .integer($0) }), "bytes": .integer(bytes),
      "seconds": .number(seconds), "worker": .optional(worker),
      "codes": .list(
        codes.map { .members(["code": .integer($0.code), "count": .integer($0.count)]) }),
      "weightsBefore": weightsBefore?.json ?? .null, "weightsAfter": weightsAfter?.json ?? .null,
    ])
  }
}

extension LayerRecord.CodeCount {
  /// Counts each code that occurs, in order of code.
  package static func counting(_ codes: [Int8]) -> [LayerRecord.CodeCount] {
    var counts = [Int](repeating: 0, count: 256)
    for code in codes { counts[Int(code) + 128] += 1 }
    return counts.indices.filter { counts[$0] > 0 }.map {
      LayerRecord.CodeCount(code: $0 - 128, count: counts[$0])
    }
  }
}

extension Double? {
  /// The value where it is a finite number.
  var finite: Double? { flatMap { $0.isFinite ? $0 : nil } }
}
