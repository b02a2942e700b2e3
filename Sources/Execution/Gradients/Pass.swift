internal import COneDNN
internal import Tensors

/// A primitive between row-major arrays: its operands are copied in, brought to the layouts that
/// it wants, and its results brought back.
@safe
final class Pass {
  /// One operand: row-major memory and, where the primitive wants another layout, a copy in it.
  private struct Port {
    let plain: AlignedBuffer
    let count: Int
    /// Between the two layouts; nil where they are one.
    let reorder: (primitive: Primitive, arguments: Arguments)?
  }

  private let primitive: Primitive
  private let arguments = Arguments()
  private let scratch: AlignedBuffer
  private var inputs: [Port] = []
  private var outputs: [Port] = []
  /// Memory in the primitive's layouts, kept alive for it.
  private var inside: [AlignedBuffer] = []

  init(
    _ choice: PrimitiveChoice, _ engine: Engine,
    inputs: [(index: Int32, outside: Layout, inside: Layout)],
    outputs: [(index: Int32, outside: Layout, inside: Layout)]
  ) throws(PrimitiveFailure) {
    primitive = try choice.primitive()
    scratch = AlignedBuffer(byteCount: primitive.scratchBytes)
    for port in inputs { self.inputs.append(try bind(port, engine, isInput: true)) }
    for port in outputs { self.outputs.append(try bind(port, engine, isInput: false)) }
    if primitive.scratchBytes > 0 {
      try unsafe arguments.append(
        Argument.scratch, .bytes(primitive.scratchBytes), at: scratch.base, engine)
    }
  }

  private func bind(
    _ port: (index: Int32, outside: Layout, inside: Layout), _ engine: Engine, isInput: Bool
  ) throws(PrimitiveFailure) -> Port {
    let plain = AlignedBuffer(byteCount: port.outside.byteCount)
    let count = port.outside.shape.product
    guard port.outside != port.inside else {
      try unsafe arguments.append(port.index, port.inside, at: plain.base, engine)
      return Port(plain: plain, count: count, reorder: nil)
    }
    let own = AlignedBuffer(byteCount: port.inside.byteCount)
    inside.append(own)
    try unsafe arguments.append(port.index, port.inside, at: own.base, engine)
    let (from, to) = isInput ? (port.outside, port.inside) : (port.inside, port.outside)
    let reorder = try PrimitiveChoice(reorderFrom: from, to: to, engine).primitive()
    let list = Arguments()
    let (source, target) = isInput ? (plain, own) : (own, plain)
    try unsafe list.append(Argument.source, from, at: source.base, engine)
    try unsafe list.append(Argument.destination, to, at: target.base, engine)
    if reorder.scratchBytes > 0 {
      let memory = AlignedBuffer(byteCount: reorder.scratchBytes)
      inside.append(memory)
      try unsafe list.append(
        Argument.scratch, .bytes(reorder.scratchBytes), at: memory.base, engine)
    }
    return Port(plain: plain, count: count, reorder: (reorder, list))
  }

  /// Runs on row-major operands, in the order in which the inputs were given.
  func run(_ arrays: [[Float]], _ engine: Engine) throws(PrimitiveFailure) {
    precondition(arrays.count == inputs.count, "one array per operand")
    for (port, array) in zip(inputs, arrays) {
      precondition(array.count == port.count, "an operand has another size than was planned")
      unsafe array.withUnsafeBytes { bytes in
        if let start = bytes.baseAddress {
          unsafe port.plain.base.copyMemory(from: start, byteCount: bytes.count)
        }
      }
      if let reorder = port.reorder { try reorder.primitive.run(reorder.arguments, engine) }
    }
    try primitive.run(arguments, engine)
    for port in outputs {
      if let reorder = port.reorder { try reorder.primitive.run(reorder.arguments, engine) }
    }
    try engine.finish()
  }

  /// Copies a result of the last run to a row-major array of its size.
  func copyOutput(_ index: Int, to array: inout [Float]) {
    precondition(array.count == outputs[index].count, "a result has another size than was planned")
    unsafe array.withUnsafeMutableBytes { bytes in
      if unsafe !bytes.isEmpty {
        unsafe bytes.copyMemory(
          from: UnsafeRawBufferPointer(start: outputs[index].plain.base, count: bytes.count))
      }
    }
  }
}
