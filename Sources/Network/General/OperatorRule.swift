package import Tensors

/// The element type and shape of a result.
package struct ResultForm: Sendable, Equatable {
  package var type: ElementType
  package var shape: [Int]

  init(_ type: ElementType, _ shape: [Int]) {
    self.type = type
    self.shape = shape
  }
}

/// How one operator's result looks, and what is in it.
struct OperatorRule: Sendable {
  typealias Form =
    @Sendable (GeneralOperation, GeneralOperands) throws(ShapeProblem) -> ResultForm
  typealias Whole =
    @Sendable (GeneralOperation, GeneralOperands) throws(ShapeProblem) -> TypedTensor
  typealias Compute =
    @Sendable (GeneralOperation, GeneralOperands, ResultForm) throws(ShapeProblem) ->
    TypedTensor.Elements

  /// The operator set whose form the operator is kept in.
  var opset = 13
  let form: Form
  let compute: Compute
  /// The result at once, where its shape is found by computing it.
  var whole: Whole?
}

/// Operators that compute floats, of floats alone.
private let realOperators: Set<String> = [
  "AffineGrid", "BatchNormalization", "ConvTranspose", "DequantizeLinear", "Det",
  "GroupNormalization", "Hardmax", "InstanceNormalization", "LRN", "LayerNormalization",
  "LogSoftmax", "LpNormalization", "MaxUnpool", "MeanVarianceNormalization",
  "NegativeLogLikelihoodLoss", "RMSNormalization", "Softmax", "SoftmaxCrossEntropyLoss",
]

extension GeneralOperation {
  /// Whether the operator is one of those that are computed in general.
  package static func knows(_ name: String) -> Bool { rules[name] != nil }

  /// The operators that are computed in general.
  package static var names: [String] { rules.keys.sorted() }

  /// The first operator set in which the operator has the form that it is kept in.
  package var opset: Int { Self.rules[name]?.opset ?? 13 }

  private static let rules: [String: OperatorRule] = [
    realFunctionRules, elementRules, binaryRules, reductionRules, rearrangingRules, indexingRules,
    creatingRules, normalizationRules, windowRules, codeRules, contractionRules, selectionRules,
    samplingRules, lossRules,
  ].reduce(into: [:]) { all, part in all.merge(part) { first, _ in first } }

  /// The type and shape of the result.
  package func result(_ operands: GeneralOperands) throws(ShapeProblem) -> ResultForm {
    let form = try checkedForm(operands)
    _ = try elementCount(form.shape)
    return form
  }

  private func checkedForm(_ operands: GeneralOperands) throws(ShapeProblem) -> ResultForm {
    guard let rule = Self.rules[name] else { throw ShapeProblem("is not known") }
    let form = try rule.form(self, operands)
    guard form.type.isReal || !realOperators.contains(name) else {
      throw ShapeProblem("computes floats, not \(form.type)")
    }
    return form
  }

  /// The result, all operands being given.
  ///
  /// - Parameter limit: the most elements that the result may have.
  package func evaluate(
    _ tensors: [TypedTensor?], limit: Int = 1 << 40
  ) throws(ShapeProblem) -> TypedTensor {
    try evaluate(GeneralOperands(tensors), limit: limit)
  }

  /// The result for operands of which those that its elements come from are given.
  package func evaluate(
    _ operands: GeneralOperands, limit: Int = 1 << 40
  ) throws(ShapeProblem) -> TypedTensor {
    guard let rule = Self.rules[name] else { throw ShapeProblem("is not known") }
    if let whole = rule.whole { return try whole(self, operands) }
    let form = try checkedForm(operands)
    guard try elementCount(form.shape) <= limit else {
      throw ShapeProblem("a result of shape \(form.shape) is too large; the limit is \(limit)")
    }
    var elements = try rule.compute(self, operands, form)
    // Rules for floats serve integers too.
    if elements.isReal != form.type.isReal { elements = elements.cast(to: form.type) }
    return TypedTensor(type: form.type, shape: form.shape, elements)
  }
}

extension GeneralOperands {
  /// The elements of an operand as floats.
  func reals(_ index: Int) throws(ShapeProblem) -> [Float] { try constant(index).reals }

  /// The operand, or nil where it is left out.
  func optional(_ index: Int) throws(ShapeProblem) -> TypedTensor? {
    has(index) ? try constant(index) : nil
  }
}

/// The number of elements from one index of an axis to the next, row-major.
func rowMajorStrides(_ shape: [Int]) -> [Int] {
  var strides = [Int](repeating: 1, count: shape.count)
  for axis in shape.indices.dropLast().reversed() {
    strides[axis] = strides[axis + 1] * max(1, shape[axis + 1])
  }
  return strides
}

/// What stands for an element that has no source.
let noSource = -1

/// For each element of a result, row-major, the sum of one offset per axis; `noSource` where any
/// axis says so.
func separableSources(_ axes: [[Int]]) -> [Int] {
  guard axes.allSatisfy({ !$0.isEmpty }) else { return [] }
  var indices = [0]
  for offsets in axes {
    var next: [Int] = []
    next.reserveCapacity(indices.count * offsets.count)
    for base in indices {
      for offset in offsets {
        next.append(base < 0 || offset < 0 ? noSource : base + offset)
      }
    }
    indices = next
  }
  return indices
}

/// For each element of a broadcast result its source in an operand of `shape`.
func broadcastSources(_ shape: [Int], to result: [Int]) -> [Int] {
  if shape == result { return Array(0..<result.product) }
  let strides = rowMajorStrides(shape)
  let missing = result.count - shape.count
  return separableSources(
    result.indices.map { axis in
      let own = axis - missing
      let step = own < 0 || shape[own] == 1 ? 0 : strides[own]
      return (0..<result[axis]).map { $0 * step }
    })
}

extension TypedTensor.Elements {
  fileprivate var isReal: Bool { if case .reals = self { true } else { false } }

  /// The elements at these places, and `fill` (zero) at `noSource`.
  func picked(_ sources: [Int], fill: TypedTensor? = nil) -> Self {
    switch self {
    case .reals(let values):
      let empty = fill?.reals.first ?? 0
      return .reals(sources.map { $0 < 0 ? empty : values[$0] })
    case .integers(let values):
      let empty = fill?.integers?.first ?? 0
      return .integers(sources.map { $0 < 0 ? empty : values[$0] })
    }
  }
}

func problemAxis(_ axis: Int, rank: Int) throws(ShapeProblem) -> Int {
  guard let result = normalizedAxis(axis, rank: rank) else {
    throw ShapeProblem("axis \(axis) is outside the rank \(rank)")
  }
  return result
}

/// Different axes, counted from the start.
func problemAxes(_ axes: [Int], rank: Int) throws(ShapeProblem) -> [Int] {
  var result: [Int] = []
  for axis in axes { result.append(try problemAxis(axis, rank: rank)) }
  guard Set(result).count == result.count else {
    throw ShapeProblem("an axis occurs twice in \(axes)")
  }
  return result
}
