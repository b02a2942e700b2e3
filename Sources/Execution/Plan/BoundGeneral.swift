internal import Glibc
internal import Network
internal import Tensors

/// A general operation with the memory that it reads and writes, which its plan owns.
@safe
struct BoundGeneral {
  @safe
  private enum Source {
    case constant(TypedTensor)
    case memory(UnsafeMutableRawPointer, ElementType, [Int])
  }

  private let operation: GeneralOperation
  private let sources: [Source?]
  private let target: UnsafeMutableRawPointer
  private let form: GeneralPlace

  @unsafe
  init(
    _ operation: GeneralOperation, _ operands: [GeneralOperand?], _ form: GeneralPlace,
    _ address: (View) -> UnsafeMutableRawPointer
  ) {
    self.operation = operation
    self.form = form
    unsafe target = address(form.view)
    sources = operands.map { operand in
      switch operand {
      case nil: return nil
      case .constant(let tensor): return .constant(tensor)
      case .computed(let place):
        return unsafe .memory(address(place.view), place.type, place.shape)
      }
    }
  }

  /// - Throws: `PrimitiveFailure` where the values do not fit the operator, as an index outside.
  func run() throws(PrimitiveFailure) {
    let result: TypedTensor
    do throws(ShapeProblem) {
      result = try operation.evaluate(sources.map { $0.map(read) })
    } catch {
      throw PrimitiveFailure(operation: operation.name, refusal: error.text)
    }
    precondition(result.shape == form.shape, "\(operation.name) was planned with another shape")
    switch result.elements {
    case .reals(let values):
      precondition(form.type.isReal, "\(operation.name) was planned with another type")
      unsafe values.withUnsafeBytes { bytes in
        if let start = bytes.baseAddress {
          unsafe target.copyMemory(from: start, byteCount: bytes.count)
        }
      }
    case .integers(let values):
      precondition(!form.type.isReal, "\(operation.name) was planned with another type")
      unsafe values.withUnsafeBytes { bytes in
        if let start = bytes.baseAddress {
          unsafe target.copyMemory(from: start, byteCount: bytes.count)
        }
      }
    }
  }

  private func read(_ source: Source) -> TypedTensor {
    switch source {
    case .constant(let tensor): return tensor
    case .memory(let from, let type, let shape):
      let count = shape.product
      guard type.isReal else {
        let words = unsafe from.assumingMemoryBound(to: Int.self)
        return TypedTensor(
          type: type, shape: shape,
          .integers(unsafe Array(UnsafeBufferPointer(start: words, count: count))))
      }
      let floats = unsafe from.assumingMemoryBound(to: Float.self)
      return TypedTensor(
        type: type, shape: shape,
        .reals(unsafe Array(UnsafeBufferPointer(start: floats, count: count))))
    }
  }
}
