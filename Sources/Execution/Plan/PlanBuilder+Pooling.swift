internal import COneDNN
internal import Network
internal import Tensors

extension Pooling {
  /// One window over all spatial axes of an input of this shape.
  static func global(_ shape: [Int]) -> Pooling {
    let spatial = Array(shape.dropFirst(2))
    let ones = spatial.map { _ in 1 }
    let zeros = spatial.map { _ in 0 }
    return Pooling(
      kernel: spatial, strides: ones, dilations: ones,
      padding: .explicit(before: zeros, after: zeros), ceilMode: false)
  }
}

extension PlanBuilder {
  func appendPooling(
    _ pooling: Pooling, _ kind: PlainPooling.Kind, _ node: Node
  ) throws(PrimitiveFailure) {
    let x = node.inputs[0]!
    let geometry = pooling.geometry(input: shape(x))
    if isLibraryPooling(geometry, kind) {
      do throws(PrimitiveFailure) {
        return try appendLibraryPooling(geometry, kind, node)
      } catch  where error.isUnimplemented {
        // Computed below instead.
      }
    }
    let source = try plainView(of: x)
    let target = allocate(plain(node.outputs[0]))
    let planes = shape(x)[0] * shape(x)[1]
    append(.pool(PlainPooling(geometry, kind, planes: planes), from: source, to: target))
    try define(node.outputs[0], target)
  }

  /// Whether oneDNN's definition of this pooling is ONNX's.
  private func isLibraryPooling(_ geometry: WindowGeometry, _ kind: PlainPooling.Kind) -> Bool {
    let axes = geometry.input.indices
    // A window that sees padding only has no maximum and no mean.
    let alwaysSeesInput = axes.allSatisfy {
      (0..<geometry.reach($0)).contains(geometry.before[$0])
        && geometry.reachedAfter[$0] < geometry.reach($0)
    }
    let isDense = geometry.dilations.allSatisfy { $0 == 1 }
    switch kind {
    case .maximum, .mean: return alwaysSeesInput && isDense
    case .paddedMean:
      // oneDNN divides by the whole window; ONNX leaves out what hangs over in ceil mode.
      return alwaysSeesInput && isDense && axes.allSatisfy { geometry.overhang($0) == 0 }
    }
  }

  private func appendLibraryPooling(
    _ geometry: WindowGeometry, _ kind: PlainPooling.Kind, _ node: Node
  ) throws(PrimitiveFailure) {
    let source = try view(of: node.inputs[0]!)
    let algorithm: dnnl_alg_kind_t =
      switch kind {
      case .maximum: dnnl_pooling_max
      case .mean: dnnl_pooling_avg_exclude_padding
      case .paddedMean: dnnl_pooling_avg_include_padding
      }
    var operation = dnnl_pooling_v2_desc_t()
    var from = source.layout.descriptor
    var to = Layout(any: shape(node.outputs[0])).descriptor
    let status = unsafe dnnl_pooling_v2_forward_desc_init(
      &operation, training == nil ? dnnl_forward_inference : dnnl_forward_training, algorithm,
      &from, &to, geometry.strides.wide, geometry.kernel.wide,
      geometry.dilations.map { $0 - 1 }.wide, geometry.before.wide, geometry.reachedAfter.wide)
    try check(status, "pooling")
    let choice = try PrimitiveChoice("pooling", operation, try Attributes(), engine)
    let target = allocate(choice.destination)
    var arguments = [
      (index: Argument.source, view: source), (index: Argument.destination, view: target),
    ]
    if training != nil {
      var workspace: View?
      if choice.workspace.byteCount > 0 {
        let view = allocate(choice.workspace)
        arguments.append((Argument.workspace, view))
        workspace = view
      }
      training?.pools[node.outputs[0]] = TrainingState.Pool(
        choice: choice, algorithm: algorithm, geometry: geometry, source: source.layout,
        target: target.layout, workspace: workspace)
    }
    try run(choice, arguments)
    try define(node.outputs[0], target)
  }
}
