internal import COneDNN
internal import Network
internal import Tensors

/// Element-wise nodes after a node, each the only reader of the one before, that can be computed
/// while its result is written.
struct Tail {
  enum Item {
    case eltwise(Eltwise)
    /// The other operand, of the same shape as the result, or one value per channel.
    case binary(dnnl_alg_kind_t, ValueID)
    /// Without a threshold of its own.
    case quantize(ActivationQuantizer)

    /// The element-wise algorithms that the item uses.
    var algorithms: [dnnl_alg_kind_t] {
      switch self {
      case .eltwise(let eltwise): [eltwise.algorithm]
      case .binary: []
      case .quantize(let quantizer): quantizer.afterDivision.map(\.algorithm)
      }
    }
  }

  var items: [(node: Int, item: Item)] = []
  /// The value that the last of them writes.
  var output: ValueID

  /// oneDNN allows 32; longer chains do not occur.
  static let limit = 8

  /// Whether the library computes the tail with this item correctly.
  ///
  /// oneDNN 2.6.3 keeps one code generator per element-wise algorithm, so that of two such
  /// operations (a Relu after a LeakyRelu) both get the first one's parameters.
  func accepts(_ item: Item) -> Bool {
    let used = items.flatMap { $0.item.algorithms }
    return !item.algorithms.contains { used.contains($0) }
  }
}

/// A tail made into post-operations, with the memory they read.
struct ResolvedTail {
  var operations: [PostOperation] = []
  var arguments: [(index: Int32, view: View)] = []
  /// The memory to write, where it has to be that of an operand.
  var destination: View?
}

extension PlanBuilder {
  /// The longest tail after `value`.
  func tail(after value: ValueID) -> Tail {
    var tail = Tail(output: value)
    while tail.items.count < Tail.limit, !kept.contains(tail.output),
      let readers = consumers[tail.output], readers.count == 1,
      let item = item(network.nodes[readers[0]], following: tail.output), tail.accepts(item)
    {
      tail.items.append((readers[0], item))
      tail.output = network.nodes[readers[0]].outputs[0]
    }
    return tail
  }

  private func item(_ node: Node, following value: ValueID) -> Tail.Item? {
    if let eltwise = node.operation.eltwise { return .eltwise(eltwise) }
    if case .quantize(let quantizer) = node.operation {
      return quantizer.isDivisionAndRounding ? .quantize(quantizer) : nil
    }
    let algorithm: dnnl_alg_kind_t
    switch node.operation {
    case .add: algorithm = dnnl_binary_add
    case .multiply: algorithm = dnnl_binary_mul
    default: return nil
    }
    guard let other = node.inputs.compactMap({ $0 }).first(where: { $0 != value }),
      isAvailable(other), shape(node.outputs[0]) == shape(value)
    else { return nil }
    let sameShape = shape(other) == shape(value)
    return sameShape || isPerChannel(other, in: value) ? .binary(algorithm, other) : nil
  }

  /// Whether the operand's shape is `[1, channels, 1, …]`, up to leading ones.
  private func isPerChannel(_ operand: ValueID, in value: ValueID) -> Bool {
    let (small, large) = (shape(operand), shape(value))
    guard large.count > 1, small.count <= large.count else { return false }
    let ones = [Int](repeating: 1, count: large.count - small.count)
    var expected = [Int](repeating: 1, count: large.count)
    expected[1] = large[1]
    return ones + small == expected
  }

  /// The tail for a result in `layout`.
  ///
  /// A first addition of a tensor that nothing else needs is done in that tensor's memory.
  func resolve(_ tail: Tail, layout: Layout) throws(PrimitiveFailure) -> ResolvedTail {
    var resolved = ResolvedTail()
    for (_, item) in tail.items {
      let position = resolved.operations.count
      switch item {
      case .quantize(let quantizer):
        let step = try scalar(quantizer.step, rank: layout.rank)
        resolved.operations.append(.binary(dnnl_binary_div, step.layout))
        resolved.arguments.append((Argument.postOperation(position), step))
        resolved.operations += quantizer.afterDivision.map { .eltwise($0) }
      case .eltwise(let eltwise):
        resolved.operations.append(.eltwise(eltwise))
      case .binary(let algorithm, let other) where shape(other) == layout.shape:
        let view = try view(of: other, as: layout)
        if position == 0, algorithm == dnnl_binary_add, isLastRead(of: other, in: view) {
          resolved.operations.append(.sum)
          resolved.destination = view
        } else {
          resolved.operations.append(.binary(algorithm, view.layout))
          resolved.arguments.append((Argument.postOperation(position), view))
        }
      case .binary(let algorithm, let other):
        var channels = [Int](repeating: 1, count: layout.rank)
        channels[1] = layout.shape[1]
        let perChannel = Layout(plain: channels)
        let view = try view(of: other, reading: perChannel, as: perChannel)
        resolved.operations.append(.binary(algorithm, view.layout))
        resolved.arguments.append((Argument.postOperation(position), view))
      }
    }
    return resolved
  }

  /// A constant of one element, to be broadcast.
  func scalar(_ value: Float, rank: Int) throws(PrimitiveFailure) -> View {
    let layout = Layout(plain: [Int](repeating: 1, count: rank))
    return try constant([value], in: layout, as: layout)
  }

  /// Appends a primitive with as much of the tail as the library takes, and defines its output.
  ///
  /// `choose` makes the primitive for post-operations and, the second time, for the result's
  /// layout that it chose itself the first time.
  func appendWithTail(
    _ value: ValueID,
    arguments: (PrimitiveChoice) throws(PrimitiveFailure) -> [(index: Int32, view: View)],
    choose: (Attributes, Layout?) throws(PrimitiveFailure) -> PrimitiveChoice
  ) throws(PrimitiveFailure) {
    let bare = try choose(try Attributes(), nil)
    let tail = tail(after: value)
    if !tail.items.isEmpty {
      do throws(PrimitiveFailure) {
        let layout = bare.destination
        let resolved = try resolve(tail, layout: layout)
        let choice = try choose(try Attributes(resolved.operations), layout)
        let read = try arguments(choice)
        let target = resolved.destination ?? allocate(layout)
        try run(choice, read + resolved.arguments + [(Argument.destination, target)])
        for (node, _) in tail.items { markFused(node) }
        return try define(tail.output, target)
      } catch  where error.isUnimplemented {
        // The tail's nodes are computed on their own instead.
      }
    }
    let read = try arguments(bare)
    let target = allocate(bare.destination)
    try run(bare, read + [(Argument.destination, target)])
    try define(value, target)
  }
}

extension ActivationQuantizer {
  /// Whether codes are round(x / step) and nothing else.
  var isDivisionAndRounding: Bool { threshold == nil }

  /// What makes x / step the value, bit for bit as `value(_:)`: clamping before rounding is the
  /// same because the bounds are integers, and sends NaN to the lowest code.
  var afterDivision: [Eltwise] { [.clipCodes(self), .round, .scale(step)] }
}
