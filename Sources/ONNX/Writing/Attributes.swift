internal import Foundation
internal import Network
internal import ONNXSchema

extension Onnx_AttributeProto {
  static func float(_ name: String, _ value: Float) -> Self {
    var attribute = Self()
    attribute.name = name
    attribute.f = value
    attribute.type = .float
    return attribute
  }

  static func int(_ name: String, _ value: Int) -> Self {
    var attribute = Self()
    attribute.name = name
    attribute.i = Int64(value)
    attribute.type = .int
    return attribute
  }

  static func ints(_ name: String, _ values: [Int]) -> Self {
    var attribute = Self()
    attribute.name = name
    attribute.ints = values.map { Int64($0) }
    attribute.type = .ints
    return attribute
  }

  static func floats(_ name: String, _ values: [Float]) -> Self {
    var attribute = Self()
    attribute.name = name
    attribute.floats = values
    attribute.type = .floats
    return attribute
  }

  static func string(_ name: String, _ value: String) -> Self {
    var attribute = Self()
    attribute.name = name
    attribute.s = Data(value.utf8)
    attribute.type = .string
    return attribute
  }
}

/// Attributes of a window; those with their default value are left out.
func windowAttributes(
  kernel: [Int], strides: [Int], dilations: [Int], padding: SpatialPadding
) -> [Onnx_AttributeProto] {
  var attributes: [Onnx_AttributeProto] = []
  switch padding {
  case .sameUpper: attributes.append(.string("auto_pad", "SAME_UPPER"))
  case .sameLower: attributes.append(.string("auto_pad", "SAME_LOWER"))
  case .explicit: break
  }
  if dilations.contains(where: { $0 != 1 }) { attributes.append(.ints("dilations", dilations)) }
  attributes.append(.ints("kernel_shape", kernel))
  if case .explicit(let before, let after) = padding, (before + after).contains(where: { $0 != 0 })
  {
    attributes.append(.ints("pads", before + after))
  }
  if strides.contains(where: { $0 != 1 }) { attributes.append(.ints("strides", strides)) }
  return attributes
}
