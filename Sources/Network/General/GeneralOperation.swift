package import Tensors

/// An ONNX operator that is kept by its name and attributes, in the form of the newest operator
/// set, and computed element by element by `GeneralOperation.evaluate`.
///
/// It takes floats and integers. What shapes its result (axes, sizes, counts) are constant inputs.
/// An operator with several results is one such operation for each.
package struct GeneralOperation: Sendable, Equatable {
  /// An attribute's value; element types are texts.
  package enum Attribute: Sendable, Equatable {
    case integer(Int)
    case integers([Int])
    case real(Float)
    case reals([Float])
    case text(String)
  }

  package var name: String
  package var attributes: [String: Attribute]
  /// Which of the operator's results this is.
  package var output: Int

  package init(name: String, attributes: [String: Attribute] = [:], output: Int = 0) {
    self.name = name
    self.attributes = attributes
    self.output = output
  }

  func integer(_ name: String, _ value: Int) -> Int {
    if case .integer(let number) = attributes[name] { number } else { value }
  }

  func optionalInteger(_ name: String) -> Int? {
    if case .integer(let number) = attributes[name] { number } else { nil }
  }

  func flag(_ name: String, _ value: Bool = false) -> Bool { integer(name, value ? 1 : 0) != 0 }

  func integers(_ name: String) -> [Int]? {
    if case .integers(let numbers) = attributes[name] { numbers } else { nil }
  }

  func real(_ name: String, _ value: Float) -> Float {
    if case .real(let number) = attributes[name] { number } else { value }
  }

  func reals(_ name: String) -> [Float]? {
    if case .reals(let numbers) = attributes[name] { numbers } else { nil }
  }

  func text(_ name: String, _ value: String) -> String {
    if case .text(let words) = attributes[name] { words } else { value }
  }
}

/// What is known of the inputs of a general operation before it is computed.
package struct GeneralOperands {
  /// nil where an input is left out.
  package let shapes: [[Int]?]
  package let types: [ElementType?]
  /// The constant inputs; all of them when the operation is evaluated.
  package let constants: [TypedTensor?]

  package init(shapes: [[Int]?], types: [ElementType?], constants: [TypedTensor?]) {
    self.shapes = shapes
    self.types = types
    self.constants = constants
  }

  package init(_ tensors: [TypedTensor?]) {
    shapes = tensors.map { $0?.shape }
    types = tensors.map { $0?.type }
    constants = tensors
  }

  var count: Int { shapes.count }

  func has(_ index: Int) -> Bool { index < shapes.count && shapes[index] != nil }

  func shape(_ index: Int) throws(ShapeProblem) -> [Int] {
    guard index < shapes.count, let shape = shapes[index] else {
      throw ShapeProblem("input \(index) is missing")
    }
    return shape
  }

  func type(_ index: Int) throws(ShapeProblem) -> ElementType {
    guard index < types.count, let type = types[index] else {
      throw ShapeProblem("input \(index) is missing")
    }
    return type
  }

  /// An input that has to be constant, since it shapes the result.
  func constant(_ index: Int) throws(ShapeProblem) -> TypedTensor {
    guard index < constants.count, let tensor = constants[index] else {
      throw ShapeProblem("input \(index) shapes the result and is not constant", needs: index)
    }
    return tensor
  }

  func integers(_ index: Int) throws(ShapeProblem) -> [Int] {
    let tensor = try constant(index)
    guard let values = tensor.integers else {
      throw ShapeProblem("input \(index) holds no integers")
    }
    return values
  }

  /// One integer.
  func integer(_ index: Int) throws(ShapeProblem) -> Int {
    let values = try integers(index)
    guard values.count == 1 else { throw ShapeProblem("input \(index) is not one integer") }
    return values[0]
  }
}
