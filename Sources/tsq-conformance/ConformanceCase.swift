internal import Execution
internal import Foundation
internal import Network
internal import ONNX
internal import ONNXSchema
internal import SwiftProtobuf
internal import Tensors

/// The files of one set of inputs and expected outputs, in the model's order.
struct DataSet {
  /// Empty where the inputs are ramps.
  let inputs: [String]
  let outputs: [String]
  /// Whether the case gives no inputs: then each rises evenly from 0 to 1 over its elements, as in
  /// the suite's own runner, and open extents are 1.
  var hasRampInputs = false
}

/// One model of the test suite with its data.
struct ConformanceCase {
  let name: String
  /// The path of the model.
  let model: String
  let dataSets: [DataSet]

  enum Verdict {
    case passed
    case failed(String)
    case outOfScope(String)
  }

  /// Reads, executes and compares.
  func verdict() -> Verdict {
    guard !dataSets.isEmpty else { return .outOfScope("it has no data") }
    if let reason = contradicted[name.split(separator: "/").last.map(String.init) ?? name] {
      return .outOfScope(reason)
    }
    do {
      for dataSet in dataSets {
        if let difference = try difference(dataSet) { return .failed(difference) }
      }
      return .passed
    } catch let error as ONNXError where error.problem.isLimitation {
      return .outOfScope(error.problem.description)
    } catch {
      return .failed("\(error)")
    }
  }

  /// What differs from the expected outputs, or nil.
  private func difference(_ dataSet: DataSet) throws -> String? {
    let files = Dictionary(
      zip(try inputNames(), dataSet.inputs).map { ($0, $1) }, uniquingKeysWith: { $1 })
    let network = try readBinding(files)
    var shapes: [ValueID: [Int]] = [:]
    var inputs: [Tensor] = []
    for id in network.inputs {
      if dataSet.hasRampInputs {
        let tensor = ramp(network[id])
        shapes[id] = tensor.shape
        inputs.append(tensor)
        continue
      }
      guard let file = files[network[id].name] else {
        return "no data for input '\(network[id].name)'"
      }
      let value = try readTensor(path: file)
      shapes[id] = value.shape
      inputs.append(value.tensor)
    }
    let executor = try Executor(
      network: network, batchSize: inputs.first?.shape.first ?? 1, inputShapes: shapes)
    let outputs = try executor.run(inputs)
    guard outputs.count == dataSet.outputs.count else {
      return "\(outputs.count) outputs instead of \(dataSet.outputs.count)"
    }
    for (index, output) in outputs.enumerated() {
      let expected = try readTensor(path: dataSet.outputs[index])
      if let difference = compare(output, to: expected.tensor) {
        return "output \(index): \(difference)"
      }
    }
    return nil
  }

  /// Reads the model, making constants of those inputs that the reader needs as such.
  private func readBinding(_ files: [String: String]) throws -> Network {
    var bindings: [String: StoredTensor] = [:]
    while true {
      do {
        return try readNetwork(path: model, bindings: bindings)
      } catch {
        guard case .notConstant(_, let name, _) = error.problem, bindings[name] == nil,
          let file = files[name]
        else { throw error }
        bindings[name] = try readTensor(path: file)
      }
    }
  }

  /// The names of the graph inputs that the data sets give.
  private func inputNames() throws -> [String] {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: model))
    let graph = try Onnx_ModelProto(serializedBytes: bytes).graph
    let initializers = Set(graph.initializer.map(\.name))
    return graph.input.map(\.name).filter { !initializers.contains($0) }
  }
}

/// Element i of n is i / n.
private func ramp(_ input: ValueInfo) -> Tensor {
  let shape = (input.declaredShape ?? []).map { dimension in
    switch dimension {
    case .fixed(let extent): extent
    case .symbolic: 1
    }
  }
  let count = shape.reduce(1, *)
  return Tensor(
    shape: shape, values: (0..<count).map { Float(Double($0) / Double(count)) })
}

/// Cases whose expected values were wrong in the suite of onnx 1.16.2 and are corrected in later
/// ones, by name, each with the evidence.
private let contradicted = [
  "test_averagepool_3d_dilations_large_count_include_pad_is_1_ceil_mode_is_True":
    "its expected values count elements beyond the padding; the reference evaluator of onnx "
    + "1.23.2 and onnxruntime 1.31.1 do not, and give what the executor gives"
]

extension ONNXProblem {
  /// Whether the model is valid, and uses something that is knowingly not supported.
  fileprivate var isLimitation: Bool {
    switch self {
    case .unsupportedOpset, .unsupportedOperators, .unsupported, .unsupportedType: true
    case .file, .malformed, .notConstant, .invalidNode, .invalidTensor, .nonFinite,
      .invalidValue, .undefinedValue, .duplicateValue, .cycle:
      false
    }
  }
}
