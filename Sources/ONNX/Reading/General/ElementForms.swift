internal import Network
internal import Tensors

/// Longer tensors are not followed element by element.
private let followedLimit = 1 << 12

/// Operators whose result only has elements of the first operand, or of all of them.
private let movingOperators: Set<String> = [
  "Concat", "Expand", "Flatten", "Gather", "GatherElements", "GatherND", "Identity", "Reshape",
  "Slice", "Split", "Squeeze", "Tile", "Transpose", "Unsqueeze",
]

/// Operators whose result's elements come from the operands' elements in the same place alone.
private let elementwiseOperators: Set<String> = [
  "Abs", "Add", "And", "Cast", "Ceil", "Div", "Equal", "Floor", "Greater", "GreaterOrEqual",
  "Less", "LessOrEqual", "Max", "Mean", "Min", "Mod", "Mul", "Neg", "Not", "Or", "Pow", "Relu",
  "Round", "Sign", "Sqrt", "Sub", "Sum", "Xor",
]

/// Types that hold the numbers of extents as they are.
private let followedTypes: Set<ElementType> = [.int32, .int64, .float32, .float64]

extension GeneralOperation {
  /// What the elements of a folded result are, whatever the open extents are.
  ///
  /// - Parameter result: for the first probe.
  func forms(_ operands: [ProbedTensor?], result: TypedTensor) -> ProbedTensor.Forms {
    let given = operands.compactMap(\.self)
    if given.allSatisfy(\.isFixed) { return .fixed }
    let hasOpenShape = given.contains { if case .open = $0.forms { true } else { false } }
    guard !hasOpenShape, result.count <= followedLimit, isShapeFixed(operands) else {
      return .open
    }
    let unknown = [ElementForm](repeating: .open, count: result.count)
    if movingOperators.contains(name) { return .each(moved(operands) ?? unknown) }
    if name == "Where" { return .each(chosen(operands, result) ?? unknown) }
    guard elementwiseOperators.contains(name), given.count == operands.count, given.count <= 2,
      let places = places(given, result.shape)
    else { return .each(unknown) }
    return .each(
      result.elements.indices.map { element in
        let operands = given.indices.map { (given[$0], places[$0][element]) }
        if operands.allSatisfy({ $0.form($1) == .fixed }) { return .fixed }
        return computed(operands, result.type)
      })
  }

  /// Whether the result's shape comes from constants and shapes alone.
  private func isShapeFixed(_ operands: [ProbedTensor?]) -> Bool {
    do throws(ShapeProblem) {
      _ = try result(
        GeneralOperands(
          shapes: operands.map { $0?.first.shape }, types: operands.map { $0?.first.type },
          constants: operands.map { $0?.constant }))
      return true
    } catch {
      return false
    }
  }

  /// The operands' elements that the result has, by moving numbers in their place.
  private func moved(_ operands: [ProbedTensor?]) -> [ElementForm]? {
    let isData = { name == "Concat" || $0 == 0 }
    guard operands.indices.allSatisfy({ isData($0) || operands[$0]?.isFixed ?? true }) else {
      return nil
    }
    var forms: [ElementForm] = []
    var numbers: [TypedTensor?] = []
    for (index, operand) in operands.enumerated() {
      guard let operand, isData(index) else {
        numbers.append(operand?.first)
        continue
      }
      let start = forms.count
      forms += operand.first.elements.indices.map(operand.form)
      numbers.append(
        TypedTensor(shape: operand.first.shape, integers: Array(start..<forms.count)))
    }
    let places: [Int]?
    do throws(ShapeProblem) {
      places = try evaluate(numbers).integers
    } catch {
      return nil
    }
    return places?.map { forms[$0] }
  }

  /// For each operand the element that each one of a broadcast result comes from.
  private func places(_ operands: [ProbedTensor], _ shape: [Int]) -> [[Int]]? {
    var places: [[Int]] = []
    for operand in operands {
      let numbers = TypedTensor(
        shape: operand.first.shape, integers: Array(0..<operand.first.count))
      do throws(ShapeProblem) {
        let expanded = try GeneralOperation(name: "Expand").evaluate([
          numbers, TypedTensor(shape: [shape.count], integers: shape),
        ])
        guard expanded.shape == shape, let own = expanded.integers else { return nil }
        places.append(own)
      } catch {
        return nil
      }
    }
    return places
  }

  private func chosen(_ operands: [ProbedTensor?], _ result: TypedTensor) -> [ElementForm]? {
    let given = operands.compactMap(\.self)
    guard given.count == 3, let places = places(given, result.shape) else { return nil }
    let conditions = given[0].first.reals
    return result.elements.indices.map { element in
      guard given[0].form(places[0][element]) == .fixed else { return .open }
      let taken = conditions[places[0][element]] != 0 ? 1 : 2
      return given[taken].form(places[taken][element])
    }
  }

  /// A function of one or two elements, of which one is open.
  private func computed(
    _ operands: [(tensor: ProbedTensor, element: Int)], _ type: ElementType
  ) -> ElementForm {
    guard operands.allSatisfy({ followedTypes.contains($0.tensor.first.type) }),
      let a = operands[0].tensor.polynomial(operands[0].element)
    else { return .open }
    var result: ExtentPolynomial?
    if operands.count == 1 {
      switch name {
      case "Cast" where type == .bool: return isNever(0, a) ? .fixed : .open
      case "Cast", "Ceil", "Floor", "Round": result = a
      case "Neg": result = ExtentPolynomial(constant: 0)?.plus(a, times: -1)
      case "Abs", "Relu": result = a.lowerBound.map { $0 >= 0 } == true ? a : nil
      default: return .open
      }
    } else {
      guard let b = operands[1].tensor.polynomial(operands[1].element) else { return .open }
      if let isDecided = decides(a, b) { return isDecided ? .fixed : .open }
      result = joined(a, b)
    }
    guard followedTypes.contains(type), let result else { return .open }
    return result.constant == nil ? .polynomial(result) : .fixed
  }

  private func isNever(_ value: Int, _ polynomial: ExtentPolynomial) -> Bool {
    (polynomial.lowerBound.map { $0 > value } ?? false)
      || (polynomial.upperBound.map { $0 < value } ?? false)
  }

  /// Whether a comparison has the same outcome for all extents; nil where it is none.
  private func decides(_ a: ExtentPolynomial, _ b: ExtentPolynomial) -> Bool? {
    guard ["Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"].contains(name) else {
      return nil
    }
    guard let difference = a.plus(b, times: -1) else { return false }
    if difference.constant != nil { return true }
    let (low, high) = (difference.lowerBound, difference.upperBound)
    switch name {
    case "Equal": return isNever(0, difference)
    case "Less", "GreaterOrEqual":
      return low.map { $0 >= 0 } ?? high.map { $0 < 0 } ?? false
    default: return low.map { $0 > 0 } ?? high.map { $0 <= 0 } ?? false
    }
  }

  private func joined(_ a: ExtentPolynomial, _ b: ExtentPolynomial) -> ExtentPolynomial? {
    switch name {
    case "Add", "Sum": return a.plus(b)
    case "Sub": return a.plus(b, times: -1)
    case "Mul": return a.times(b)
    case "Div": return a.divided(by: b)
    case "Mod": return a.rest(by: b)
    case "Max", "Min":
      guard let difference = a.plus(b, times: -1) else { return nil }
      let isLarger = difference.lowerBound.map { $0 >= 0 } ?? false
      guard isLarger || difference.upperBound.map({ $0 <= 0 }) ?? false else { return nil }
      return isLarger == (name == "Max") ? a : b
    default: return nil
    }
  }
}

extension TypedTensor.Elements {
  /// The places of the elements, row-major.
  fileprivate var indices: Range<Int> {
    switch self {
    case .reals(let values): values.indices
    case .integers(let values): values.indices
    }
  }
}
