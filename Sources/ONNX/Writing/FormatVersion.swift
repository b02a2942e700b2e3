internal import Tensors

/// The oldest pair of opset and IR version that defines everything a file uses.
///
/// Runtimes refuse files newer than themselves, so a file asks for no more than it needs.
struct FormatVersion: Equatable {
  private(set) var opset = 13

  mutating func require(opset needed: Int) { opset = max(opset, needed) }

  /// Raises the opset to the first in which Quantize- and DequantizeLinear take `type`.
  mutating func require(codes type: ElementType) {
    switch type.bitCount {
    case 2: require(opset: 25)
    case 4: require(opset: 21)
    default: break
    }
  }

  /// The IR version of the onnx release that brought the opset.
  var irVersion: Int {
    switch opset {
    case ...14: 7
    case ...18: 8
    case ...20: 9
    case ...22: 10
    case 23: 11
    case 24: 12
    default: 13
    }
  }
}
