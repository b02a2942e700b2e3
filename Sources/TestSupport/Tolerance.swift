/// How far a number may be from what is expected.
package struct Tolerance: Sendable {
  package var absolute: Double
  package var relative: Double

  package init(absolute: Double = 0, relative: Double = 0) {
    self.absolute = absolute
    self.relative = relative
  }

  /// Whether `found` is within the tolerance of `expected`; NaN is close to nothing.
  package func accepts(_ found: Double, expected: Double) -> Bool {
    abs(found - expected) <= absolute + relative * abs(expected)
  }

  /// The same for single precision.
  package func accepts(_ found: Float, expected: Float) -> Bool {
    accepts(Double(found), expected: Double(expected))
  }

  /// Whether every element is; arrays of different length are not close.
  package func accepts(_ found: [Float], expected: [Float]) -> Bool {
    found.count == expected.count
      && zip(found, expected).allSatisfy { accepts($0, expected: $1) }
  }

  /// Whether every element is; arrays of different length are not close.
  package func accepts(_ found: [Double], expected: [Double]) -> Bool {
    found.count == expected.count
      && zip(found, expected).allSatisfy { accepts($0, expected: $1) }
  }
}
