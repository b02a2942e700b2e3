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
    /// With some of its inputs made constants where `withInputsBound`.
    case passed(withInputsBound: Bool)
    case failed(String)
    case outOfScope(category: String, reason: String)
  }

  /// Reads, executes and compares.
  func verdict() -> Verdict {
    guard !dataSets.isEmpty else {
      return .outOfScope(category: "no data", reason: "it has no data")
    }
    if let reason = contradicted[name.split(separator: "/").last.map(String.init) ?? name] {
      return .outOfScope(category: "expected values that were corrected later", reason: reason)
    }
    do {
      var isBound = false
      for dataSet in dataSets {
        if let difference = try difference(dataSet, &isBound) { return .failed(difference) }
      }
      return .passed(withInputsBound: isBound)
    } catch let error as ONNXError {
      guard let category = error.problem.category else { return .failed("\(error)") }
      return .outOfScope(category: category, reason: error.problem.description)
    } catch {
      return .failed("\(error)")
    }
  }

  /// What differs from the expected outputs, or nil.
  ///
  /// - Parameter isBound: set where inputs that have elements are made constants.
  private func difference(_ dataSet: DataSet, _ isBound: inout Bool) throws -> String? {
    let graph = try declaredGraph()
    let initializers = Set(graph.initializer.map(\.name))
    let declared = graph.input.filter { !initializers.contains($0.name) }
    var given: [String: StoredTensor] = [:]
    for (input, file) in zip(declared, dataSet.inputs) {
      guard case .tensorType? = input.type.value else { continue }
      given[input.name] = try readTensor(path: file).declared(input)
    }
    let network = try readBinding(given, &isBound)
    var shapes: [ValueID: [Int]] = [:]
    var inputs: [Tensor] = []
    for id in network.inputs {
      if dataSet.hasRampInputs {
        let tensor = ramp(network[id])
        shapes[id] = tensor.shape
        inputs.append(tensor)
        continue
      }
      guard let value = given[network[id].name] else {
        return "no data for input '\(network[id].name)'"
      }
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
      let expected = try readTensor(path: dataSet.outputs[index]).declared(graph.output[index])
      let type = network[network.outputs[index]].type
      // Floats of any width are computed in fp32.
      guard type == expected.type || type.integerRange == nil && expected.type.integerRange == nil
      else { return "output \(index): \(type) instead of \(expected.type)" }
      if let difference = compare(output, to: expected.tensor) {
        return "output \(index): \(difference)"
      }
    }
    return nil
  }

  /// Reads the model, making constants of those inputs that the reader needs as such: the named
  /// one, or all integers where a value computed from inputs is named; and of inputs without
  /// elements.
  private func readBinding(
    _ given: [String: StoredTensor], _ isBound: inout Bool
  ) throws -> Network {
    var bindings = given.filter { $0.value.elementCount == 0 }
    while true {
      do {
        return try readNetwork(path: model, bindings: bindings)
      } catch {
        guard case .notConstant(_, let name, _) = error.problem else { throw error }
        let wanted = given.filter { input in
          bindings[input.key] == nil
            && (given[name] == nil ? input.value.type.integerRange != nil : input.key == name)
        }
        guard !wanted.isEmpty else { throw error }
        bindings.merge(wanted) { $1 }
        isBound = true
      }
    }
  }

  private func declaredGraph() throws -> Onnx_GraphProto {
    try Onnx_ModelProto(serializedBytes: Data(contentsOf: URL(fileURLWithPath: model))).graph
  }
}

extension StoredTensor {
  /// The tensor with the type that the model declares: files of the suite store bfloat16 as uint16.
  fileprivate func declared(_ value: Onnx_ValueInfoProto) -> StoredTensor {
    let code = Int(value.type.tensorType.elemType)
    guard type == .uint16, code == Onnx_TensorProto.DataType.bfloat16.rawValue else { return self }
    return StoredTensor(type: .bfloat16, shape: shape, bytes: bytes)
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
    + "1.23.2 and onnxruntime 1.31.1 do not, and give what the executor gives",
  "test_cast_FLOAT_to_BFLOAT16": truncated,
  "test_castlike_FLOAT_to_BFLOAT16": truncated,
  "test_castlike_FLOAT_to_BFLOAT16_expanded": truncated,
  "test_qlinearmatmul_2D_int8_float32": wrappedCodes,
  "test_qlinearmatmul_2D_int8_float16": wrappedCodes,
  "test_qlinearmatmul_3D_int8_float32": wrappedCodes,
  "test_qlinearmatmul_3D_int8_float16": wrappedCodes,
]

private let truncated =
  "its expected values are cut to 16 bits where the definition rounds, as onnxruntime does"

private let wrappedCodes =
  "its expected codes wrap around where the definition says that they saturate, as onnxruntime's do"
