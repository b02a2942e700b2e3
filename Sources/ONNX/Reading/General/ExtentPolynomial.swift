/// An extent that is open, or that depends on what is.
struct OpenExtent: Hashable, Comparable {
  let number: Int
  /// 1 for an extent of an input; what a network makes of it may be empty.
  let least: Int

  static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

/// A polynomial in open extents with integer coefficients.
struct ExtentPolynomial: Hashable {
  /// Coefficients other than 0 by the product of extents that they belong to, in order; `[]` is the
  /// constant's.
  let terms: [[OpenExtent]: Int]

  /// Longer ones, and larger numbers, are not followed.
  private static let (termLimit, degreeLimit, coefficientLimit) = (16, 8, 1 << 50)

  private init?(_ terms: [[OpenExtent]: Int]) {
    self.terms = terms.filter { $0.value != 0 }
    guard self.terms.count <= Self.termLimit,
      self.terms.allSatisfy({
        $0.key.count <= Self.degreeLimit && $0.value.magnitude <= Self.coefficientLimit
      })
    else { return nil }
  }

  init?(constant: Int) { self.init([[]: constant]) }

  init?(_ factor: Int, _ extent: OpenExtent) { self.init([[extent]: factor]) }

  /// Its value, where that is the same for all extents.
  var constant: Int? {
    if terms.isEmpty { return 0 }
    return terms.count == 1 ? terms[[]] : nil
  }

  /// No value is below; nil where that is not known.
  var lowerBound: Int? { terms.allSatisfy { $0.key.isEmpty || $0.value > 0 } ? leastSum : nil }

  /// No value is above; nil where that is not known.
  var upperBound: Int? { terms.allSatisfy { $0.key.isEmpty || $0.value < 0 } ? leastSum : nil }

  private var leastSum: Int {
    terms.reduce(0) { sum, term in
      sum + term.value * (term.key.allSatisfy { $0.least > 0 } ? 1 : 0)
    }
  }

  func plus(_ other: Self, times factor: Int = 1) -> Self? {
    ExtentPolynomial(terms.merging(other.terms.mapValues { $0 * factor }) { $0 + $1 })
  }

  func times(_ other: Self) -> Self? {
    var products: [[OpenExtent]: Int] = [:]
    for (left, a) in terms {
      for (right, b) in other.terms {
        let (product, overflow) = a.multipliedReportingOverflow(by: b)
        guard !overflow, product.magnitude <= Self.coefficientLimit else { return nil }
        products[(left + right).sorted(), default: 0] += product
      }
    }
    return ExtentPolynomial(products)
  }

  /// The exact quotient by a product of extents, each at least 1; nil where there is none.
  func divided(by other: Self) -> Self? {
    guard other.terms.count == 1, let (divisor, factor) = other.terms.first,
      divisor.allSatisfy({ $0.least > 0 })
    else { return nil }
    var quotients: [[OpenExtent]: Int] = [:]
    for (product, coefficient) in terms {
      var rest = product
      for extent in divisor {
        guard let place = rest.firstIndex(of: extent) else { return nil }
        rest.remove(at: place)
      }
      guard coefficient % factor == 0 else { return nil }
      quotients[rest] = coefficient / factor
    }
    return ExtentPolynomial(quotients)
  }

  /// The rest by a positive number, which is what its constant leaves; nil where others matter.
  func rest(by other: Self) -> Self? {
    guard let divisor = other.constant, divisor > 0, let lowest = lowerBound, lowest >= 0,
      terms.allSatisfy({ $0.key.isEmpty || $0.value % divisor == 0 })
    else { return nil }
    let rest = terms[[], default: 0] % divisor
    return ExtentPolynomial(constant: rest < 0 ? rest + divisor : rest)
  }
}
