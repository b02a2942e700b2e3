internal import Glibc
internal import Tensors

/// Seeded numbers for tests, the same on every machine.
package struct SplitMix64: RandomNumberGenerator, Sendable {
  private var words: SeededWords

  package init(seed: UInt64) { words = SeededWords(seed: seed) }

  package mutating func next() -> UInt64 { words.next() }

  /// Uniform in [0, 1).
  package mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Uniform in `range`, by multiplication; the bias is below 2⁻³² for small ranges.
  package mutating func integer(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(uniform() * Double(range.count))
  }

  /// Standard normal, by Box and Muller's transform.
  package mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * Double.pi * uniform())
  }
}
