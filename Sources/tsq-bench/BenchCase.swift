/// One way to do the work of a case.
struct Contender {
  let name: String
  /// What one run counts for, in operations or bytes.
  let amount: Double
  /// Does the work once and compares with the plain twin, exactly.
  let isRight: () -> Bool
  /// Does the work once.
  let run: () -> Void
}

/// Work that several contenders do.
struct BenchCase {
  let name: String
  /// Of rates: 10⁹ of it per second.
  let unit: String
  /// Ratios are to the contender of this name.
  let baseline: String
  let contenders: [Contender]
}

/// A case that is yet to be made.
struct NamedCase {
  let name: String
  let make: () -> BenchCase

  init(_ name: String, _ make: @escaping (_ name: String) -> BenchCase) {
    self.name = name
    self.make = { make(name) }
  }
}
