internal import COneDNN
internal import Network
internal import Tensors

extension PlanBuilder {
  /// With A' and B' as multiplied: ∂A' = α · ∂Y · B'ᵀ, ∂B' = α · A'ᵀ · ∂Y, ∂C = β · Σ ∂Y.
  func pullBackGemm(
    _ gemm: Gemm, _ node: Node, _ dy: TrainingState.Cotangent
  ) throws(PrimitiveFailure) {
    let (a, b) = (node.inputs[0]!, node.inputs[1]!)
    let gradient = try cotangent(dy, as: Layout(plain: shape(node.outputs[0]))).view
    let turned = View(
      storage: gradient.storage,
      layout: matrix(shape(node.outputs[0]), transposed: true))
    if isWanted(a) {
      let product =
        gemm.transposesA
        ? try product(try operand(b, transposed: gemm.transposesB), turned, gemm.alpha)
        : try product(gradient, try operand(b, transposed: !gemm.transposesB), gemm.alpha)
      try contribute(product, to: a)
    }
    if isWanted(b) {
      let product =
        gemm.transposesB
        ? try product(turned, try operand(a, transposed: gemm.transposesA), gemm.alpha)
        : try product(try operand(a, transposed: !gemm.transposesA), gradient, gemm.alpha)
      try contribute(product, to: b)
    }
    guard node.inputs.count > 2, let c = node.inputs[2], isWanted(c) else { return }
    var part = try summed(.init(view: gradient, isShared: true), to: shape(c))
    if gemm.beta != 1 {
      let scaled = allocate(part.view.layout)
      try appendEltwise(.scale(gemm.beta), from: part.view, to: scaled)
      part = .init(view: scaled, isShared: false)
    }
    try contribute(part.view, to: c, isShared: part.isShared)
  }

  /// ∂A = ∂Y · Bᵀ, ∂B = Aᵀ · ∂Y, for matrices or equal batches of them; a single B takes the
  /// batch of A as more rows.
  func pullBackMatMul(
    _ node: Node, _ dy: TrainingState.Cotangent
  ) throws(PrimitiveFailure) {
    let (a, b) = (node.inputs[0]!, node.inputs[1]!)
    var (left, result) = (shape(a), shape(node.outputs[0]))
    let right = shape(b)
    if right.count == 2, left.count > 2 {
      left = [left.dropLast().reduce(1, *), left[left.count - 1]]
      result = [left[0], right[1]]
    }
    let gradient = try reshaped(dy, to: result).view
    if isWanted(a) {
      let turned = View(storage: try plainView(of: b).storage, layout: turnedLayout(right))
      let product = try product(gradient, turned, 1)
      try contribute(
        View(storage: product.storage, layout: Layout(plain: shape(a))), to: a)
    }
    guard isWanted(b) else { return }
    let turned = View(storage: try plainView(of: a).storage, layout: turnedLayout(left))
    try contribute(try product(turned, gradient, 1), to: b)
  }

  /// The last two axes changed places.
  private func turnedLayout(_ shape: [Int]) -> Layout {
    let rank = shape.count
    var strides = [Int](repeating: 1, count: rank)
    for axis in shape.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * max(1, shape[axis + 1])
    }
    var turned = shape
    turned.swapAt(rank - 1, rank - 2)
    strides.swapAt(rank - 1, rank - 2)
    return Layout(shape: turned, strides: strides)
  }

  private func operand(
    _ value: ValueID, transposed: Bool
  ) throws(PrimitiveFailure) -> View {
    View(
      storage: try plainView(of: value).storage,
      layout: matrix(shape(value), transposed: transposed))
  }

  /// scale · left · right, row-major.
  private func product(
    _ left: View, _ right: View, _ scale: Float
  ) throws(PrimitiveFailure) -> View {
    var shape = left.layout.shape
    shape[shape.count - 1] = right.layout.shape[shape.count - 1]
    let target = allocate(Layout(plain: shape))
    var operation = dnnl_matmul_desc_t()
    var (a, b, c) = (
      left.layout.descriptor, right.layout.descriptor, target.layout.descriptor
    )
    try check(unsafe dnnl_matmul_desc_init(&operation, &a, &b, nil, &c), "matmul pullback")
    let attributes = try Attributes(scale == 1 ? [] : [.eltwise(.scale(scale))])
    try run(
      try PrimitiveChoice("matmul pullback", operation, attributes, engine),
      [(Argument.source, left), (Argument.weights, right), (Argument.destination, target)])
    return target
  }

  /// ∂x = y · (∂y − Σ ∂y · y).
  func pullBackSoftmax(
    axis: Int, flattensTrailing: Bool, _ node: Node, _ dy: TrainingState.Cotangent
  ) throws(PrimitiveFailure) {
    let x = node.inputs[0]!
    var along = normalizedAxis(axis, rank: shape(x).count)!
    var layout = Layout(plain: shape(x))
    if flattensTrailing {
      let outer = shape(x)[..<along].reduce(1, *)
      layout = Layout(plain: [outer, shape(x)[along...].reduce(1, *)])
      along = 1
    }
    let given = try cotangent(dy, as: Layout(plain: shape(x))).view
    let gradient = allocate(Layout(plain: shape(x)))
    var data = layout.descriptor
    var forward = dnnl_softmax_v2_desc_t()
    try check(
      unsafe dnnl_softmax_v2_forward_desc_init(
        &forward, dnnl_forward_training, dnnl_softmax_accurate, &data, &data, Int32(along)),
      "softmax")
    let hint = try PrimitiveChoice("softmax", forward, try Attributes(), engine)
    var operation = dnnl_softmax_v2_desc_t()
    try check(
      unsafe dnnl_softmax_v2_backward_desc_init(
        &operation, dnnl_softmax_accurate, &data, &data, &data, Int32(along)),
      "softmax pullback")
    let choice = try PrimitiveChoice(
      "softmax pullback", operation, try Attributes(), engine, hint: hint)
    let read = { (view: View) in View(storage: view.storage, layout: layout) }
    try run(
      choice,
      [
        (Argument.destination, read(try plainView(of: node.outputs[0]))),
        (Argument.destinationGradient, read(given)), (Argument.sourceGradient, read(gradient)),
      ])
    try contribute(gradient, to: x)
  }
}
