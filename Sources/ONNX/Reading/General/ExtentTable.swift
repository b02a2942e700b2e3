internal import Network

/// What open extents are bound to while a network is read: batches, and the others one after the
/// other. The first two, which networks for images mostly take, have to be possible; the others
/// show what depends on what, where a network takes them.
let probes: [(batch: Int, others: [Int])] = [
  (2, [64]), (3, [96]), (4, [160, 224, 288, 320]), (5, [37, 43, 53, 61]),
  (1009, [1031, 523, 769, 2053]), (1, [1]),
]

/// The extent of a symbol, by its number: different ones where a probe has several.
private func extent(_ number: Int, _ others: [Int]) -> Int {
  others[number % others.count] + (others.count > 1 ? number / others.count * 2 : 0)
}

/// The probes that a value's extents have to be known for.
let neededProbes = 2

let probeCount = probes.count

/// The shape of a value for each probe.
struct ProbedShapes {
  let first: [Int]
  /// For the further probes; nil where the network cannot take them.
  let others: [[Int]?]

  var all: [[Int]?] { [first] + others }
  var known: [[Int]] { [first] + others.compactMap(\.self) }

  init(constant shape: [Int]) {
    first = shape
    others = [[Int]?](repeating: shape, count: probes.count - 1)
  }

  /// nil where one of the needed probes, or the rank, is not known.
  init?(_ shapes: [[Int]?]) {
    guard let first = shapes.first ?? nil, !shapes.prefix(neededProbes).contains(nil),
      shapes.allSatisfy({ $0?.count ?? first.count == first.count })
    else { return nil }
    self.first = first
    others = Array(shapes.dropFirst())
  }

  /// The extents along one axis.
  func extents(_ axis: Int) -> [Int?] { all.map { $0?[axis] } }
}

/// The open extents that were met, by what they are for the probes.
struct ExtentTable {
  /// Names of the axes that are the batch.
  private let batchSymbols: Set<String>
  private var symbols: [String] = []
  private var inner: [[Int?]] = []

  init(batchSymbols: Set<String>) { self.batchSymbols = batchSymbols }

  /// The shapes of an input.
  mutating func shapes(_ declared: [Dimension]) -> ProbedShapes? {
    var places: [Int?] = []
    for (axis, dimension) in declared.enumerated() {
      guard case .symbolic(let name) = dimension, axis > 0, !batchSymbols.contains(name) else {
        places.append(nil)
        continue
      }
      if !symbols.contains(name) { symbols.append(name) }
      places.append(symbols.firstIndex(of: name))
    }
    return ProbedShapes(
      probes.map { probe in
        declared.indices.map { axis in
          if case .fixed(let extent) = declared[axis] { return extent }
          return places[axis].map { extent($0, probe.others) } ?? probe.batch
        }
      })
  }

  /// What an extent is that has these values for the probes.
  ///
  /// An extent that a network computes is told by its values for all probes that it can take: the
  /// same for all is fixed, and a multiple of an input's extent for all is that.
  mutating func form(_ values: [Int?]) -> ElementForm {
    guard let first = values.first ?? nil else { return .open }
    if values.allSatisfy({ $0 ?? first == first }) { return .fixed }
    for (number, base) in ([probes.map(\.batch)] + symbols.indices.map(symbolValues)).enumerated() {
      let factor = first / base[0]
      guard factor > 0, zip(values, base).allSatisfy({ $0.0 ?? factor * $0.1 == factor * $0.1 })
      else { continue }
      return ExtentPolynomial(factor, OpenExtent(number: number, least: 1)).map {
        .polynomial($0)
      } ?? .open
    }
    let known = inner.firstIndex { other in
      zip(other, values).allSatisfy { $0 == nil || $1 == nil || $0 == $1 }
    }
    if known == nil { inner.append(values) }
    let number = 1 << 20 + (known ?? inner.count - 1)
    return ExtentPolynomial(1, OpenExtent(number: number, least: 0)).map { .polynomial($0) }
      ?? .open
  }

  private func symbolValues(_ index: Int) -> [Int] {
    probes.map { extent(index, $0.others) }
  }
}
