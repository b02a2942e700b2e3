internal import Foundation
internal import ONNXSchema
internal import Tensors

/// Turns `TensorProto` messages into stored tensors.
struct TensorReading {
  let source: ModelBytes
  var externalFiles: ExternalFiles

  /// The tensor of an initializer, in place where its bytes are mapped.
  mutating func initializer(_ record: InitializerRecord) throws(ONNXProblem) -> StoredTensor {
    let declaration = try TensorDeclaration(record.tensor)
    if record.tensor.dataLocation == .external {
      let (file, range) = try externalFiles.locate(
        record.tensor, byteCount: declaration.byteCount)
      return StoredTensor(
        type: declaration.type, shape: declaration.shape, file: file, range: range)
    }
    guard let range = record.rawData, !range.isEmpty else {
      return try declaration.tensor(bytes: typedData(record.tensor, declaration.type))
    }
    try declaration.check(byteCount: range.count)
    return source.tensor(type: declaration.type, shape: declaration.shape, range: range)
  }

  /// The tensor of an attribute or of a file of its own.
  mutating func tensor(_ tensor: Onnx_TensorProto) throws(ONNXProblem) -> StoredTensor {
    guard tensor.dataLocation != .external, !tensor.rawData.isEmpty else {
      return try initializer(InitializerRecord(tensor: tensor, rawData: nil))
    }
    return try TensorDeclaration(tensor).tensor(bytes: [UInt8](tensor.rawData))
  }
}

/// The checked name, type and shape of a tensor.
private struct TensorDeclaration {
  let name: String
  let type: ElementType
  let shape: [Int]
  /// The bytes that the elements take.
  let byteCount: Int

  init(_ tensor: Onnx_TensorProto) throws(ONNXProblem) {
    name = tensor.name
    guard let type = ElementType(onnx: tensor.dataType) else {
      throw .unsupportedType(value: name, type: elementTypeName(tensor.dataType))
    }
    guard !tensor.hasSegment else {
      throw .invalidTensor(name: name, "is stored in segments, which is not supported")
    }
    var count = 1
    for extent in tensor.dims {
      // Zero extents leave the product of the others checked, whatever their order.
      let (product, overflow) = count.multipliedReportingOverflow(by: max(Int(extent), 1))
      guard extent >= 0, !overflow, product <= 1 << 48 else {
        throw .invalidTensor(name: name, "has the impossible shape \(tensor.dims)")
      }
      count = product
    }
    self.type = type
    shape = tensor.dims.map { Int($0) }
    byteCount = type.byteCount(of: shape.contains(0) ? 0 : count)
  }

  func check(byteCount found: Int) throws(ONNXProblem) {
    guard found == byteCount else {
      throw .invalidTensor(
        name: name,
        "has shape \(shape) of \(type), so it needs \(byteCount) bytes, but it holds \(found): "
          + "the file is damaged")
    }
  }

  func tensor(bytes: [UInt8]) throws(ONNXProblem) -> StoredTensor {
    try check(byteCount: bytes.count)
    return StoredTensor(type: type, shape: shape, bytes: bytes)
  }
}

/// The little-endian bytes of the typed fields; types of 16 bits and less share `int32_data`, those
/// of less than 8 bits with one packed byte in each entry.
private func typedData(_ tensor: Onnx_TensorProto, _ type: ElementType) -> [UInt8] {
  switch type {
  case .float32: pack(tensor.floatData) { $0.bitPattern }
  case .float64: pack(tensor.doubleData) { $0.bitPattern }
  case .int64: pack(tensor.int64Data) { $0 }
  case .uint64: pack(tensor.uint64Data) { $0 }
  case .uint32: pack(tensor.uint64Data) { UInt32(truncatingIfNeeded: $0) }
  case .int32: pack(tensor.int32Data) { $0 }
  case .int16, .uint16, .float16, .bfloat16:
    pack(tensor.int32Data) { UInt16(truncatingIfNeeded: $0) }
  case .int8, .uint8, .bool, .int4, .uint4, .int2, .uint2:
    pack(tensor.int32Data) { UInt8(truncatingIfNeeded: $0) }
  }
}

private func pack<Element, Word: FixedWidthInteger>(
  _ elements: [Element], _ word: (Element) -> Word
) -> [UInt8] {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(elements.count * Word.bitWidth / 8)
  for element in elements {
    let value = word(element)
    for shift in stride(from: 0, to: Word.bitWidth, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> Word(shift)))
    }
  }
  return bytes
}

extension ElementType {
  /// The type that a `TensorProto.DataType` code stands for, where it is supported.
  init?(onnx code: Int32) {
    switch Onnx_TensorProto.DataType(rawValue: Int(code)) {
    case .float: self = .float32
    case .float16: self = .float16
    case .bfloat16: self = .bfloat16
    case .double: self = .float64
    case .int8: self = .int8
    case .int16: self = .int16
    case .int32: self = .int32
    case .int64: self = .int64
    case .uint8: self = .uint8
    case .uint16: self = .uint16
    case .uint32: self = .uint32
    case .uint64: self = .uint64
    case .bool: self = .bool
    case .int4: self = .int4
    case .uint4: self = .uint4
    case .int2: self = .int2
    case .uint2: self = .uint2
    default: return nil
    }
  }
}

/// The schema's word for an element type, or its number.
func elementTypeName(_ code: Int32) -> String {
  Onnx_TensorProto.DataType(rawValue: Int(code)).map { "\($0)" } ?? "number \(code)"
}
