internal import Glibc
internal import Network
internal import Tensors

/// The steps of a plan bound to memory: addresses are fixed, so that a run allocates nothing.
@safe
final class BoundPlan {
  /// The addresses lie in memory that the plan owns.
  @safe
  private enum BoundStep {
    case primitive(Primitive, Arguments)
    case gather(Gather, from: UnsafePointer<Float>, to: UnsafeMutablePointer<Float>)
    case pool(PlainPooling, from: UnsafePointer<Float>, to: UnsafeMutablePointer<Float>)
    case resample(Resampling, from: UnsafePointer<Float>, to: UnsafeMutablePointer<Float>)
    case kernel(ElementKernel, [UnsafeMutablePointer<Float>], count: Int)
    case general(BoundGeneral)
    case emit(from: UnsafeMutableRawPointer, count: Int, output: Int)
    case emitIntegers(from: UnsafeMutableRawPointer, count: Int, output: Int)
    case emitReordered(Primitive, Arguments, count: Int, output: Int)
  }

  private let engine: Engine
  private let arena: AlignedBuffer
  private let scratch: AlignedBuffer
  private let constants: [StorageID: AlignedBuffer]
  private let inputs: [UnsafeMutableRawPointer]
  private let integerInputs: Set<Int>
  private var steps: [BoundStep] = []
  private var nodes: [String] = []

  var arenaBytes: Int { arena.byteCount }

  init(_ builder: PlanBuilder) throws(ExecutionError) {
    engine = builder.engine
    constants = builder.storages.constants
    integerInputs = builder.integerInputs
    let (offsets, byteCount) = Self.place(builder)
    let arena = AlignedBuffer(byteCount: byteCount)
    self.arena = arena
    let scratchBytes = builder.steps.map(\.scratchBytes).max() ?? 0
    scratch = AlignedBuffer(byteCount: scratchBytes)
    let constants = constants
    let address = { (view: View) -> UnsafeMutableRawPointer in
      if let constant = constants[view.storage] { return unsafe constant.base }
      return unsafe arena.base + offsets[view.storage]!
    }
    unsafe inputs = builder.inputs.map { unsafe address($0) }
    for step in builder.steps {
      do throws(PrimitiveFailure) {
        try unsafe steps.append(bind(step, address))
      } catch {
        throw error.error(node: step.node)
      }
      nodes.append(step.node)
    }
  }

  /// Where each area of the arena lies.
  private static func place(
    _ builder: PlanBuilder
  ) -> (offsets: [StorageID: Int], byteCount: Int) {
    var lifetimes: [StorageID: ClosedRange<Int>] = [:]
    for input in builder.inputs { lifetimes[input.storage] = 0...0 }
    for (index, step) in builder.steps.enumerated() {
      for storage in step.storages where !builder.storages.isConstant(storage) {
        lifetimes[storage] = (lifetimes[storage]?.lowerBound ?? index)...index
      }
    }
    // Inputs are all written before the first step, and parameters are not written again for the
    // next batch.
    if builder.training != nil, !builder.steps.isEmpty {
      for input in builder.inputs { lifetimes[input.storage] = 0...builder.steps.count - 1 }
    }
    let ids = lifetimes.keys.sorted { $0.index < $1.index }
    let plan = MemoryPlan(
      ids.map {
        MemoryPlan.Area(
          byteCount: builder.storages.byteCounts[$0.index], lifetime: lifetimes[$0]!)
      })
    return (
      Dictionary(uniqueKeysWithValues: zip(ids, plan.offsets)), plan.byteCount
    )
  }

  private func bind(
    _ step: Step, _ address: @escaping (View) -> UnsafeMutableRawPointer
  ) throws(PrimitiveFailure) -> BoundStep {
    let floats = { (view: View) in unsafe address(view).assumingMemoryBound(to: Float.self) }
    switch step.body {
    case .primitive(let primitive, let list):
      let arguments = Arguments()
      for (index, view) in list {
        try unsafe arguments.append(index, view.layout, at: address(view), engine)
      }
      try appendScratch(primitive, to: arguments)
      return unsafe .primitive(primitive, arguments)
    case .gather(let gather, let from, let to):
      return unsafe .gather(gather, from: floats(from), to: floats(to))
    case .pool(let pooling, let from, let to):
      return unsafe .pool(pooling, from: floats(from), to: floats(to))
    case .resample(let resampling, let from, let to):
      return unsafe .resample(resampling, from: floats(from), to: floats(to))
    case .kernel(let kernel, let operands):
      return unsafe .kernel(
        kernel, operands.map { unsafe floats($0) }, count: operands[0].layout.byteCount / 4)
    case .general(let operation, let operands, let to):
      return unsafe .general(BoundGeneral(operation, operands, to, address))
    case .emitIntegers(let view, let output):
      return unsafe .emitIntegers(
        from: address(view), count: view.layout.shape.product, output: output)
    case .emit(let view, let reorder, let output):
      let count = view.layout.shape.product
      guard let reorder else {
        return unsafe .emit(from: address(view), count: count, output: output)
      }
      let arguments = Arguments()
      let plain = Layout(plain: view.layout.shape)
      try unsafe arguments.append(Argument.destination, plain, at: nil, engine)
      try unsafe arguments.append(Argument.source, view.layout, at: address(view), engine)
      try appendScratch(reorder, to: arguments)
      return unsafe .emitReordered(reorder, arguments, count: count, output: output)
    }
  }

  private func appendScratch(
    _ primitive: Primitive, to arguments: Arguments
  ) throws(PrimitiveFailure) {
    guard primitive.scratchBytes > 0 else { return }
    try unsafe arguments.append(
      Argument.scratch, .bytes(primitive.scratchBytes), at: scratch.base, engine)
  }

  /// Runs every step; `shapes` are those of the results.
  func run(_ tensors: [Tensor], shapes: [[Int]]) throws(ExecutionError) -> [Tensor] {
    for (index, tensor) in tensors.enumerated() { set(index, tensor) }
    var results = [Tensor](repeating: Tensor(shape: [0], values: []), count: shapes.count)
    try run(steps.indices, &results, shapes: shapes)
    return results
  }

  /// Fills an input.
  func set(_ input: Int, _ tensor: Tensor) {
    if integerInputs.contains(input) {
      let words = unsafe inputs[input].assumingMemoryBound(to: Int.self)
      for (index, value) in tensor.values.enumerated() {
        unsafe words[index] = Int(exactly: value.rounded()) ?? 0
      }
      return
    }
    unsafe tensor.values.withUnsafeBytes { bytes in
      if let start = bytes.baseAddress {
        unsafe inputs[input].copyMemory(from: start, byteCount: bytes.count)
      }
    }
  }

  /// Runs some of the steps on inputs that are filled.
  func run(
    _ range: Range<Int>, _ results: inout [Tensor], shapes: [[Int]]
  ) throws(ExecutionError) {
    for index in range {
      do throws(PrimitiveFailure) {
        try run(stepAt: index, &results, shapes: shapes)
      } catch {
        throw error.error(node: nodes[index])
      }
    }
  }

  private func run(
    stepAt index: Int, _ results: inout [Tensor], shapes: [[Int]]
  ) throws(PrimitiveFailure) {
    switch steps[index] {
    case .primitive(let primitive, let arguments):
      try primitive.run(arguments, engine)
    case .gather(let gather, let from, let to):
      unsafe gather.run(from: from, to: to)
    case .pool(let pooling, let from, let to):
      unsafe pooling.run(from: from, to: to)
    case .resample(let resampling, let from, let to):
      unsafe resampling.run(from: from, to: to)
    case .kernel(let kernel, let operands, let count):
      unsafe kernel.run(operands, count: count)
    case .general(let general):
      try general.run()
    case .emitIntegers(let from, let count, let output):
      let words = unsafe from.assumingMemoryBound(to: Int.self)
      results[output] = Tensor(
        shape: shapes[output], values: (0..<count).map { unsafe Float(words[$0]) })
    case .emit(let from, let count, let output):
      let values = unsafe [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
        if count > 0 { unsafe memcpy(buffer.baseAddress!, from, count * 4) }
        initialized = count
      }
      results[output] = Tensor(shape: shapes[output], values: values)
    case .emitReordered(let reorder, let arguments, let count, let output):
      var failure: PrimitiveFailure?
      let values = unsafe [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
        do throws(PrimitiveFailure) {
          try unsafe arguments.redirect(0, to: UnsafeMutableRawPointer(buffer.baseAddress!))
          try reorder.run(arguments, engine)
          try engine.finish()
          initialized = count
        } catch {
          failure = error
          initialized = 0
        }
      }
      if let failure { throw failure }
      results[output] = Tensor(shape: shapes[output], values: values)
    }
  }
}
