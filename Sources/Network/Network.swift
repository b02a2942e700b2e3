package import Tensors

/// A value (edge) of a network: an index into its table of values.
package struct ValueID: Hashable, Sendable, Comparable {
  package let index: Int
  package init(index: Int) { self.index = index }
  package static func < (left: ValueID, right: ValueID) -> Bool { left.index < right.index }
}

/// One extent of a declared shape: known, or a name that is bound when the network runs.
package enum Dimension: Equatable, Sendable {
  case fixed(Int)
  case symbolic(String)
}

/// What is known about a value before anything runs.
package struct ValueInfo: Sendable, Equatable {
  package var name: String
  /// The type a file declared; everything is computed in fp32 whatever it says.
  package var type: ElementType
  /// The declared shape, where the file gave one (always for network inputs).
  package var declaredShape: [Dimension]?

  package init(name: String, type: ElementType = .float32, declaredShape: [Dimension]? = nil) {
    self.name = name
    self.type = type
    self.declaredShape = declaredShape
  }
}

/// A constant of the network.
package enum Constant: Sendable {
  /// Float or integer values as the file stores them.
  case stored(StoredTensor)
  /// Low-bit weights: codes and scales.
  case quantized(QuantizedTensor)

  package var shape: [Int] {
    switch self {
    case .stored(let tensor): tensor.shape
    case .quantized(let tensor): tensor.shape
    }
  }

  /// The constant as fp32 (scale × code for low-bit weights).
  package var tensor: Tensor {
    switch self {
    case .stored(let tensor): tensor.tensor
    case .quantized(let tensor): tensor.dequantized
    }
  }
}

/// One node: an operation from values to values. `nil` marks an optional input left out.
package struct Node: Sendable {
  package var name: String
  package var operation: Operation
  package var inputs: [ValueID?]
  package var outputs: [ValueID]

  package init(name: String, operation: Operation, inputs: [ValueID?], outputs: [ValueID]) {
    self.name = name
    self.operation = operation
    self.inputs = inputs
    self.outputs = outputs
  }
}

/// A typed graph: nodes in topological order over a table of values, some of them constant.
///
/// A value: rewriting gives a new network. Identifiers stay valid through rewriting, which only
/// appends values and replaces or removes nodes.
package struct Network: Sendable {
  package var name: String
  /// The table that `ValueID`s index.
  package private(set) var values: [ValueInfo]
  /// Values that a caller provides, in the file's order.
  package var inputs: [ValueID]
  /// Values that a caller receives, in the file's order.
  package var outputs: [ValueID]
  package var constants: [ValueID: Constant]
  /// In topological order: a node comes after the producers of its inputs.
  package var nodes: [Node]

  package init(name: String) {
    self.name = name
    self.values = []
    self.inputs = []
    self.outputs = []
    self.constants = [:]
    self.nodes = []
  }

  /// What is known about one value.
  package subscript(value: ValueID) -> ValueInfo {
    get { values[value.index] }
    set { values[value.index] = newValue }
  }

  /// Appends a value to the table.
  package mutating func addValue(_ info: ValueInfo) -> ValueID {
    values.append(info)
    return ValueID(index: values.count - 1)
  }

  /// Appends a constant with a value of its own.
  package mutating func addConstant(_ constant: Constant, name: String) -> ValueID {
    let type: ElementType =
      switch constant {
      case .stored(let tensor): tensor.type
      case .quantized: .float32
      }
    let id = addValue(
      ValueInfo(name: name, type: type, declaredShape: constant.shape.map { .fixed($0) }))
    constants[id] = constant
    return id
  }

  /// The index of the node that computes each value.
  package var producers: [ValueID: Int] {
    var result: [ValueID: Int] = [:]
    for (index, node) in nodes.enumerated() {
      for output in node.outputs { result[output] = index }
    }
    return result
  }

  /// The indices of the nodes that read each value, in order.
  package var consumers: [ValueID: [Int]] {
    var result: [ValueID: [Int]] = [:]
    for (index, node) in nodes.enumerated() {
      for case let input? in node.inputs { result[input, default: []].append(index) }
    }
    return result
  }

  /// The value with this name, if there is one.
  package func value(named name: String) -> ValueID? {
    values.firstIndex { $0.name == name }.map(ValueID.init(index:))
  }
}
