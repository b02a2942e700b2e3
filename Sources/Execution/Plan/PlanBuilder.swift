internal import COneDNN
internal import Network
internal import Tensors

/// Turns a network of known shapes into steps over planned memory.
///
/// Nodes are taken in topological order. Each asks for its operands in the layout that it wants
/// (`view(of:as:)` appends a reorder where no such view exists yet), appends its steps, and
/// records where its output lies.
final class PlanBuilder {
  let network: Network
  let engine: Engine
  let shapes: [ValueID: [Int]]
  let consumers: [ValueID: [Int]]
  /// Values that callers receive; they are never fused away.
  let kept: Set<ValueID>

  private(set) var steps: [Step] = []
  private(set) var storages = StorageTable()
  private(set) var inputs: [View] = []
  /// The positions among the inputs of those that are integers.
  private(set) var integerInputs: Set<Int> = []
  /// What pullbacks need, where the plan is one for training.
  var training: TrainingState?

  private var views: [ValueID: [View]] = [:]
  /// Values that have views in each area.
  private var tenants: [StorageID: Set<ValueID>] = [:]
  /// How many reads of each value are still to come, the current node's included.
  private var pendingReads: [ValueID: Int] = [:]
  /// Nodes that were computed as part of an earlier one.
  private var fused: Set<Int> = []
  /// The positions among the results that each value fills.
  private let emissions: [ValueID: [Int]]
  private var nodeName = ""

  /// - Parameter results: the values that callers receive, in order; may repeat.
  init(
    network: Network, shapes: [ValueID: [Int]], results: [ValueID], engine: Engine,
    training: TrainingState? = nil
  ) {
    self.network = network
    self.engine = engine
    self.shapes = shapes
    self.consumers = network.consumers
    self.kept = Set(results).union(training?.retained ?? [])
    self.training = training
    var emissions: [ValueID: [Int]] = [:]
    for (index, value) in results.enumerated() { emissions[value, default: []].append(index) }
    self.emissions = emissions
    self.pendingReads = network.consumers.mapValues(\.count)
  }

  /// Appends the steps of the whole network.
  func build() throws(ExecutionError) {
    for input in network.inputs {
      try named(network[input].name) { () throws(PrimitiveFailure) in
        if network[input].type.isReal {
          try define(input, addInput(Layout(plain: shape(input))))
        } else {
          try define(input, addIntegerInput(shape(input)))
        }
      }
    }
    addStepInputs()
    let givenValues = Set(network.inputs)
    for value in kept.sorted() where network.constants[value] != nil {
      guard !givenValues.contains(value) else { continue }
      try named(network[value].name) { () throws(PrimitiveFailure) in try emit(value) }
    }
    for index in network.nodes.indices where !fused.contains(index) {
      let node = network.nodes[index]
      try named(node.name) { () throws(PrimitiveFailure) in try append(node, at: index) }
      finishReads(of: index)
    }
  }

  func named(
    _ name: String, _ body: () throws(PrimitiveFailure) -> Void
  ) throws(ExecutionError) {
    nodeName = name
    do throws(PrimitiveFailure) {
      try body()
    } catch {
      throw error.error(node: name)
    }
  }

  // MARK: Values

  func shape(_ value: ValueID) -> [Int] { shapes[value]! }

  /// Whether the value is an input or constant, or its node has been planned.
  func isAvailable(_ value: ValueID) -> Bool {
    views[value] != nil || network.constants[value] != nil
  }

  /// Records where a computed value lies, and hands it to the caller if that was asked for.
  func define(_ value: ValueID, _ view: View) throws(PrimitiveFailure) {
    add(view, to: value)
    try emit(value)
  }

  private func add(_ view: View, to value: ValueID) {
    views[value, default: []].append(view)
    tenants[view.storage, default: []].insert(value)
  }

  private func emit(_ value: ValueID) throws(PrimitiveFailure) {
    guard let positions = emissions[value] else { return }
    if !network[value].type.isReal, let view = views[value]?.first {
      for position in positions { append(.emitIntegers(view, output: position)) }
      return
    }
    let view = try view(of: value)
    for position in positions {
      var reorder: Primitive?
      if !view.layout.isPlain {
        let plain = Layout(plain: view.layout.shape)
        reorder = try PrimitiveChoice(reorderFrom: view.layout, to: plain, engine).primitive()
      }
      append(.emit(view, reorder: reorder, output: position))
    }
  }

  /// Marks a node as computed together with the current one.
  func markFused(_ index: Int) {
    fused.insert(index)
    finishReads(of: index)
  }

  private func finishReads(of index: Int) {
    for case let input? in network.nodes[index].inputs { pendingReads[input]! -= 1 }
  }

  /// Whether one pending read of `value` is the last use of its view's memory, so that the
  /// reader may overwrite it.
  func isLastRead(of value: ValueID, in view: View) -> Bool {
    guard training == nil, !storages.isConstant(view.storage) else { return false }
    return tenants[view.storage, default: []].allSatisfy {
      pendingReads[$0, default: 0] <= ($0 == value ? 1 : 0)
    }
  }

  // MARK: Views

  /// The value where it lies, in whatever layout.
  func view(of value: ValueID) throws(PrimitiveFailure) -> View {
    if let view = views[value]?.first { return view }
    return try view(of: value, as: Layout(plain: shape(value)))
  }

  /// The value in one layout; appends a reorder where there is no such view yet.
  func view(of value: ValueID, as layout: Layout) throws(PrimitiveFailure) -> View {
    if let view = views[value]?.first(where: { $0.layout == layout }) { return view }
    let view: View
    if let source = views[value]?.first {
      view = try reordered(source, as: layout)
    } else {
      view = try constantView(of: value, reading: Layout(plain: shape(value)), as: layout)
    }
    add(view, to: value)
    return view
  }

  /// The value in row-major order.
  func plainView(of value: ValueID) throws(PrimitiveFailure) -> View {
    try view(of: value, as: Layout(plain: shape(value)))
  }

  /// The value's row-major elements read as if they lay in `source`, brought to `layout`.
  func view(
    of value: ValueID, reading source: Layout, as layout: Layout
  ) throws(PrimitiveFailure) -> View {
    if views[value] == nil { return try constantView(of: value, reading: source, as: layout) }
    let plain = try plainView(of: value)
    return try reordered(View(storage: plain.storage, layout: source), as: layout)
  }

  func reordered(_ view: View, as layout: Layout) throws(PrimitiveFailure) -> View {
    guard view.layout != layout else { return view }
    let target = allocate(layout)
    let choice = try PrimitiveChoice(reorderFrom: view.layout, to: layout, engine)
    try run(choice, [(Argument.source, view), (Argument.destination, target)])
    return target
  }

  private func constantView(
    of value: ValueID, reading source: Layout, as layout: Layout
  ) throws(PrimitiveFailure) -> View {
    let values = network.constants[value]!.tensor.values
    return try constant(values, in: source, as: layout)
  }

  /// A constant area with `values`, given in `source`, in `layout`.
  func constant(
    _ values: [Float], in source: Layout, as layout: Layout
  ) throws(PrimitiveFailure) -> View {
    let buffer = try AlignedBuffer(values, in: source, as: layout, engine)
    return View(storage: storages.add(constant: buffer), layout: layout)
  }

  // MARK: Steps

  func allocate(_ layout: Layout) -> View {
    View(storage: storages.add(byteCount: layout.byteCount), layout: layout)
  }

  /// Memory that a caller fills before the plan, or this part of it, is run.
  func addInput(_ layout: Layout) -> View {
    let view = allocate(layout)
    inputs.append(view)
    return view
  }

  /// Memory for integers, a 64-bit word each; its layout says the shape alone.
  func allocateIntegers(_ shape: [Int]) -> View {
    View(storage: storages.add(byteCount: shape.product * 8), layout: Layout(plain: shape))
  }

  private func addIntegerInput(_ shape: [Int]) -> View {
    let view = allocateIntegers(shape)
    integerInputs.insert(inputs.count)
    inputs.append(view)
    return view
  }

  func append(_ body: Step.Body) { steps.append(Step(node: nodeName, body: body)) }

  func run(
    _ choice: PrimitiveChoice, _ arguments: [(index: Int32, view: View)]
  ) throws(PrimitiveFailure) {
    append(.primitive(try choice.primitive(), arguments))
  }
}
