internal import COneDNN
internal import Network
internal import Tensors

extension PlanBuilder {
  /// alpha · A' · B' + beta · C.
  func appendGemm(_ gemm: Gemm, _ node: Node) throws(PrimitiveFailure) {
    let (a, b) = (node.inputs[0]!, node.inputs[1]!)
    let c = node.inputs.count > 2 ? node.inputs[2] : nil
    let product = shape(node.outputs[0])
    let left = matrix(shape(a), transposed: gemm.transposesA)
    let right = matrix(shape(b), transposed: gemm.transposesB)
    // One value per column is a bias; any other C is added afterwards.
    let columns = product[1]
    let isBias =
      c.map { [[columns], [1, columns]].contains(shape($0)) } == true
      && gemm.alpha == 1 && gemm.beta == 1
    if c == nil || isBias, gemm.alpha == 1 {
      return try appendProduct(
        node.outputs[0], (a, left), (b, right), bias: isBias ? c : nil, scale: nil)
    }
    try appendProduct(nil, (a, left), (b, right), bias: nil, scale: gemm.alpha) {
      view throws(PrimitiveFailure) in
      guard let c, gemm.beta != 0 else { return try self.define(node.outputs[0], view) }
      var addend = try self.expanded(c, to: product)
      if gemm.beta != 1 {
        let scaled = self.allocate(addend.layout)
        try self.appendEltwise(.scale(gemm.beta), from: addend, to: scaled)
        addend = scaled
      }
      try self.appendSum(view, addend)
      try self.define(node.outputs[0], view)
    }
  }

  /// numpy's matrix product: vectors gain an axis, batch axes are broadcast.
  func appendMatMul(_ node: Node) throws(PrimitiveFailure) {
    let (a, b) = (node.inputs[0]!, node.inputs[1]!)
    var (left, right) = (shape(a), shape(b))
    if left.count == 1 { left.insert(1, at: 0) }
    if right.count == 1 { right.append(1) }
    let rank = max(left.count, right.count)
    left = [Int](repeating: 1, count: rank - left.count) + left
    right = [Int](repeating: 1, count: rank - right.count) + right
    try appendProduct(
      node.outputs[0], (a, Layout(plain: left)), (b, Layout(plain: right)), bias: nil, scale: nil)
  }

  func matrix(_ shape: [Int], transposed: Bool) -> Layout {
    transposed
      ? Layout(shape: [shape[1], shape[0]], strides: [1, max(1, shape[1])])
      : Layout(plain: shape)
  }

  /// The product of two values read as matrices of the given layouts.
  private func appendProduct(
    _ output: ValueID?, _ left: (value: ValueID, layout: Layout),
    _ right: (value: ValueID, layout: Layout), bias: ValueID?, scale: Float?,
    then finish: ((View) throws(PrimitiveFailure) -> Void)? = nil
  ) throws(PrimitiveFailure) {
    var product = zip(left.layout.shape, right.layout.shape).map { $0 == 1 ? $1 : $0 }
    let rank = product.count
    product[rank - 2] = left.layout.shape[rank - 2]
    product[rank - 1] = right.layout.shape[rank - 1]
    let constantWeights = network.constants[right.value] != nil && rank == 2
    let biasLayout = Layout(plain: [Int](repeating: 1, count: rank - 1) + [product[rank - 1]])

    func choose(
      _ attributes: Attributes, _ layout: Layout?
    ) throws(PrimitiveFailure) -> PrimitiveChoice {
      var operation = dnnl_matmul_desc_t()
      var source = left.layout.descriptor
      let weights = constantWeights ? Layout(any: right.layout.shape) : right.layout
      var second = weights.descriptor
      var offset = bias == nil ? dnnl_memory_desc_t() : biasLayout.descriptor
      var target = Layout(plain: product).descriptor
      try check(
        unsafe dnnl_matmul_desc_init(&operation, &source, &second, &offset, &target), "matmul")
      return try PrimitiveChoice("matmul", operation, attributes, engine)
    }
    func arguments(
      _ choice: PrimitiveChoice
    ) throws(PrimitiveFailure) -> [(index: Int32, view: View)] {
      var result = [
        (
          index: Argument.source,
          view: try view(of: left.value, reading: left.layout, as: left.layout)
        ),
        (
          index: Argument.weights,
          view: try view(of: right.value, reading: right.layout, as: choice.weights)
        ),
      ]
      if let bias {
        result.append((Argument.bias, try view(of: bias, reading: biasLayout, as: biasLayout)))
      }
      return result
    }
    if let output, shape(output) == product {
      return try appendWithTail(output, arguments: arguments, choose: choose)
    }
    var operations: [PostOperation] = []
    if let scale, scale != 1 { operations.append(.eltwise(.scale(scale))) }
    let choice = try choose(try Attributes(operations), nil)
    let target = allocate(Layout(plain: product))
    try run(choice, try arguments(choice) + [(Argument.destination, target)])
    if let finish { return try finish(target) }
    if let output { try define(output, View(storage: target.storage, layout: plain(output))) }
  }

  /// Adds `addend` to `view` in place; both in the same layout.
  private func appendSum(_ view: View, _ addend: View) throws(PrimitiveFailure) {
    var operation = dnnl_binary_desc_t()
    var (a, b, target) = (
      view.layout.descriptor, addend.layout.descriptor, view.layout.descriptor
    )
    try check(
      unsafe dnnl_binary_desc_init(&operation, dnnl_binary_add, &a, &b, &target), "binary")
    let choice = try PrimitiveChoice("binary", operation, try Attributes(), engine)
    try run(
      choice,
      [(Argument.source, view), (Argument.secondSource, addend), (Argument.destination, view)])
  }

  func appendSoftmax(
    axis: Int, flattensTrailing: Bool, _ node: Node
  ) throws(PrimitiveFailure) {
    let x = node.inputs[0]!
    let source = try plainView(of: x)
    let target = allocate(source.layout)
    var along = normalizedAxis(axis, rank: shape(x).count)!
    var layout = source.layout
    if flattensTrailing {
      let outer = shape(x)[..<along].reduce(1, *)
      layout = Layout(plain: [outer, shape(x)[along...].reduce(1, *)])
      along = 1
    }
    var operation = dnnl_softmax_v2_desc_t()
    var (from, to) = (layout.descriptor, layout.descriptor)
    try check(
      unsafe dnnl_softmax_v2_forward_desc_init(
        &operation, dnnl_forward_inference, dnnl_softmax_accurate, &from, &to, Int32(along)),
      "softmax")
    let choice = try PrimitiveChoice("softmax", operation, try Attributes(), engine)
    try run(
      choice,
      [
        (Argument.source, View(storage: source.storage, layout: layout)),
        (Argument.destination, View(storage: target.storage, layout: layout)),
      ])
    try define(node.outputs[0], target)
  }
}
