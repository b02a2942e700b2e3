internal import ONNXSchema
internal import SwiftProtobuf
internal import Tensors

/// An initializer: everything but its raw bytes, which stay where they are.
struct InitializerRecord {
  /// The message without `raw_data`.
  let tensor: Onnx_TensorProto
  /// Where `raw_data` lies in the model's bytes, if it has any.
  let rawData: Range<Int>?
}

/// A model's messages, with the raw data of its initializers left in place.
///
/// A protobuf message is the concatenation of its fields, so leaving a field out is copying the
/// others; the generated code then parses the small rest.
struct ModelParts {
  /// The model without its graph.
  let model: Onnx_ModelProto
  /// The graph without its initializers.
  let graph: Onnx_GraphProto
  let initializers: [InitializerRecord]

  /// Throws `ONNXProblem.malformed` when the bytes are no model.
  init(_ source: ModelBytes) throws(ONNXProblem) {
    try Self.checkBeginning(source)
    var modelBytes: [UInt8] = []
    var graphBytes: [UInt8] = []
    var tensors: [(bytes: [UInt8], rawData: Range<Int>?)] = []
    var hasGraph = false
    try source.withBytes { (bytes: RawSpan) throws(ONNXProblem) in
      var fields = WireCursor(0..<source.count)
      while let field = try fields.next(in: bytes) {
        guard field.number == FieldNumber.modelGraph, field.kind == .delimited else {
          modelBytes.append(field.whole, of: bytes)
          continue
        }
        hasGraph = true
        var graphFields = WireCursor(field.payload)
        while let field = try graphFields.next(in: bytes) {
          if field.number == FieldNumber.graphInitializer, field.kind == .delimited {
            tensors.append(try Self.splitTensor(field.payload, of: bytes))
          } else {
            graphBytes.append(field.whole, of: bytes)
          }
        }
      }
    }
    guard hasGraph else { throw .malformed("it is not an ONNX model (it holds no graph)") }
    model = try parse(modelBytes, "model")
    graph = try parse(graphBytes, "graph")
    guard model.hasIrVersion, !model.opsetImport.isEmpty else {
      throw .malformed(
        "it is not an ONNX model (it states no IR version, or imports no operator set)")
    }
    var initializers: [InitializerRecord] = []
    for (bytes, rawData) in tensors {
      let tensor: Onnx_TensorProto = try parse(bytes, "initializer")
      initializers.append(InitializerRecord(tensor: tensor, rawData: rawData))
    }
    self.initializers = initializers
  }

  private static func splitTensor(
    _ range: Range<Int>, of bytes: RawSpan
  ) throws(ONNXProblem) -> (bytes: [UInt8], rawData: Range<Int>?) {
    var rest: [UInt8] = []
    var rawData: Range<Int>?
    var fields = WireCursor(range)
    while let field = try fields.next(in: bytes) {
      if field.number == FieldNumber.tensorRawData, field.kind == .delimited {
        rawData = field.payload
      } else {
        rest.append(field.whole, of: bytes)
      }
    }
    return (rest, rawData)
  }

  /// Names the two things that most often lie where a model was expected.
  private static func checkBeginning(_ source: ModelBytes) throws(ONNXProblem) {
    guard source.count > 0 else { throw .malformed("it is empty") }
    var beginning: [UInt8] = []
    try source.withBytes { (bytes: RawSpan) throws(ONNXProblem) in
      beginning.append(0..<min(source.count, 40), of: bytes)
    }
    if beginning.starts(with: "version https://git-lfs".utf8) {
      throw .malformed("it is a Git LFS pointer: fetch the model itself (git lfs pull)")
    }
  }
}

/// The field numbers of onnx.proto that are walked by hand.
private enum FieldNumber {
  static let modelGraph: UInt64 = 7
  static let graphInitializer: UInt64 = 5
  static let tensorRawData: UInt64 = 9
}

/// Parses a message with the generated code.
func parse<Schema: Message>(
  _ bytes: [UInt8], _ part: String
) throws(ONNXProblem) -> Schema {
  do {
    return try Schema(serializedBytes: bytes)
  } catch {
    throw .malformed("it is truncated, or not an ONNX model (its \(part) does not parse: \(error))")
  }
}
