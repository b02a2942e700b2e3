internal import COneDNN
internal import Tensors

/// The areas of memory that a plan uses.
struct StorageTable {
  private(set) var byteCounts: [Int] = []
  /// Areas that hold constants, filled while planning; all others are placed in the arena.
  private(set) var constants: [StorageID: AlignedBuffer] = [:]

  var count: Int { byteCounts.count }

  mutating func add(byteCount: Int) -> StorageID {
    byteCounts.append(byteCount)
    return StorageID(index: byteCounts.count - 1)
  }

  mutating func add(constant buffer: AlignedBuffer) -> StorageID {
    let id = add(byteCount: buffer.byteCount)
    constants[id] = buffer
    return id
  }

  func isConstant(_ storage: StorageID) -> Bool { constants[storage] != nil }
}

extension AlignedBuffer {
  /// Memory that holds `values`, given in the layout `source`, in `layout`.
  convenience init(
    _ values: [Float], in source: Layout, as layout: Layout, _ engine: Engine
  ) throws(PrimitiveFailure) {
    precondition(values.count == source.shape.product, "values do not fill the layout")
    self.init(byteCount: layout.byteCount)
    guard !values.isEmpty else { return }
    let plain = AlignedBuffer(byteCount: values.count * 4)
    unsafe values.withUnsafeBytes {
      unsafe plain.base.copyMemory(from: $0.baseAddress!, byteCount: $0.count)
    }
    let reorder = try PrimitiveChoice(reorderFrom: source, to: layout, engine).primitive()
    let scratch = AlignedBuffer(byteCount: reorder.scratchBytes)
    let arguments = Arguments()
    try unsafe arguments.append(Argument.source, source, at: plain.base, engine)
    try unsafe arguments.append(Argument.destination, layout, at: base, engine)
    try unsafe arguments.append(
      Argument.scratch, .bytes(reorder.scratchBytes), at: scratch.base, engine)
    try reorder.run(arguments, engine)
    try engine.finish()
  }
}
