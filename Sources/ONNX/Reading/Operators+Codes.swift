internal import Network
internal import ONNXSchema
internal import Tensors

/// Integer codes between QuantizeLinear and the DequantizeLinear that turns them back.
struct QuantizedCodes {
  let label: NodeLabel
  let source: ValueID
  let rank: Int
  let step: Float
  let zeroPoint: Int
  let type: ElementType
  /// Set once a node of the network has taken over the name of the QuantizeLinear node.
  var isNamed = false

  /// The error of a node other than DequantizeLinear that reads the codes.
  func misuse(by node: NodeSource) -> ONNXProblem {
    if node.operatorName == "Clip" {
      return .unsupported(
        node.label, what: "narrows the codes of \(label)",
        remedy: "use a type whose range is the range of the codes (uint2 for 2 bits), or put the "
          + "Clip in front of QuantizeLinear")
    }
    return .unsupported(
      node.label, what: "computes with the integer codes of \(label)",
      remedy: "codes have to go through DequantizeLinear first")
  }

  /// The error of codes that leave the graph.
  var unfinished: ONNXProblem {
    .unsupported(
      label, what: "gives integer codes that no DequantizeLinear turns back",
      remedy: "add a DequantizeLinear with the same scale and zero point")
  }
}

/// Scale, zero point and layout of a QuantizeLinear or DequantizeLinear node.
private struct CodeScale {
  let scales: StoredTensor
  let zeroPoints: StoredTensor?
  let axis: Int
  let blockSize: Int

  var isScalar: Bool { scales.elementCount == 1 && blockSize == 0 }
}

extension GraphReader {
  mutating func readQuantizeLinear(_ node: NodeSource) throws(ONNXProblem) {
    try node.checkInputs(2...3)
    let scale = try codeScale(node)
    let type = try codeType(node, scale)
    guard let output = node.output(0) else {
      throw .invalidNode(node.label, "its output is left out")
    }
    if let constant = try constant(0, node) {
      let codes = try node.quantize(constant.tensor, scale, type)
      return try bindConstant(output, .stored(codes))
    }
    guard scale.isScalar else {
      throw .unsupported(
        node.label, what: "quantizes a computed value with a scale per channel or block",
        remedy: "use one scale and one zero point for the whole tensor")
    }
    let step = scale.scales.floats[0]
    guard step > 0, step.isFinite else {
      throw .invalidNode(node.label, "its scale is \(step)")
    }
    let (source, rank) = try value(0, node)
    try bind(
      output,
      .codes(
        QuantizedCodes(
          label: node.label, source: source, rank: rank, step: step,
          zeroPoint: scale.zeroPoints?.integers?[0] ?? 0, type: type)))
  }

  mutating func readDequantizeLinear(_ node: NodeSource) throws(ONNXProblem) {
    try node.checkInputs(2...3)
    let scale = try codeScale(node)
    if case .codes(var codes) = try operand(0, node) {
      guard scale.isScalar, scale.scales.floats[0] == codes.step,
        scale.zeroPoints?.integers?[0] ?? 0 == codes.zeroPoint
      else {
        throw .unsupported(
          node.label, what: "has another scale or zero point than \(codes.label)",
          remedy: "give both the same scale and zero point")
      }
      let lowest = (codes.type.integerRange?.lowerBound ?? 0) - codes.zeroPoint
      let quantizer = ActivationQuantizer(
        bits: codes.type.bitCount, step: codes.step, lowestCode: lowest)
      try append(
        .quantize(quantizer), node, inputs: [codes.source], rank: codes.rank,
        named: codes.isNamed ? nil : codes.label.name)
      codes.isNamed = true
      rebind(node.inputs[0], .codes(codes))
      return
    }
    guard let constant = try constant(0, node) else {
      if case .value(let id, _) = try operand(0, node), network.inputs.contains(id) {
        throw .notConstant(node.label, value: node.inputs[0], role: "codes")
      }
      throw .unsupported(
        node.label, what: "reads a value that is neither constant nor made by QuantizeLinear",
        remedy: "a DequantizeLinear of computed values needs its QuantizeLinear in front of it")
    }
    guard case .stored(let codes) = constant, codes.type.integerRange != nil,
      let output = node.output(0)
    else { throw .invalidNode(node.label, "its input holds no integers, or it has no output") }
    try bindConstant(output, try node.dequantize(codes, scale))
  }

  private func codeScale(_ node: NodeSource) throws(ONNXProblem) -> CodeScale {
    guard let scales = try parameter(1, "scale", node), scales.elementCount > 0 else {
      throw .invalidNode(node.label, "its scale is empty")
    }
    let zeroPoints = try parameter(2, "zero point", node)
    if let zeroPoints {
      guard zeroPoints.type.integerRange != nil,
        zeroPoints.shape == scales.shape || zeroPoints.elementCount == 1 && scales.elementCount == 1
      else {
        throw .invalidNode(
          node.label,
          "a zero point of type \(zeroPoints.type) and shape \(zeroPoints.shape) does "
            + "not fit a scale of shape \(scales.shape)")
      }
    }
    let blockSize = try node.integer("block_size", default: 0)
    guard blockSize >= 0 else { throw .invalidNode(node.label, "its block_size is \(blockSize)") }
    return CodeScale(
      scales: scales, zeroPoints: zeroPoints, axis: try node.integer("axis", default: 1),
      blockSize: blockSize)
  }

  private func codeType(
    _ node: NodeSource, _ scale: CodeScale
  ) throws(ONNXProblem) -> ElementType {
    var type = scale.zeroPoints?.type
    if let code = try node.integer("output_dtype"), code != 0 {
      let stated = Int32(exactly: code).flatMap { ElementType(onnx: $0) }
      guard let stated, type ?? stated == stated else {
        throw .invalidNode(
          node.label,
          "its output_dtype \(code) is unsupported, or not the type "
            + "of its zero point")
      }
      type = stated
    }
    let codeType = type ?? .uint8
    guard codeType != .bool, codeType.bitCount <= 8 else {
      throw .unsupported(
        node.label, what: "quantizes to more than 8 bits",
        remedy: "supported are int2, uint2, int4, uint4, int8 and uint8")
    }
    return codeType
  }
}

extension NodeSource {
  /// Where the scale of each element of a tensor of this shape stands.
  private func layout(_ shape: [Int], _ scale: CodeScale) throws(ONNXProblem) -> ScaleLayout {
    if scale.isScalar { return ScaleLayout(axis: 0, extent: 1, inner: 1, blocks: nil, block: 1) }
    let axis = try axes([scale.axis], rank: shape.count)[0]
    let extent = shape[axis]
    let inner = Array(shape[(axis + 1)...]).product
    guard scale.blockSize > 0 else {
      guard scale.scales.shape == [extent] else {
        throw .invalidNode(
          label, "scales of shape \(scale.scales.shape) do not fit axis \(axis) of \(shape)")
      }
      return ScaleLayout(axis: axis, extent: extent, inner: inner, blocks: nil, block: 1)
    }
    let blocks = extent / scale.blockSize + (extent % scale.blockSize == 0 ? 0 : 1)
    var expected = shape
    expected[axis] = blocks
    guard scale.scales.shape == expected else {
      throw .invalidNode(
        label, "scales of shape \(scale.scales.shape) do not fit blocks of \(scale.blockSize)")
    }
    return ScaleLayout(
      axis: axis, extent: extent, inner: inner, blocks: blocks, block: scale.blockSize)
  }

  /// QuantizeLinear of a constant: saturate(round(x / scale) + zero point).
  fileprivate func quantize(
    _ tensor: Tensor, _ scale: CodeScale, _ type: ElementType
  ) throws(ONNXProblem) -> StoredTensor {
    let scales = scale.scales.floats
    let zeroPoints = scale.zeroPoints?.integers
    guard scales.allSatisfy({ $0 > 0 && $0.isFinite }), tensor.values.allSatisfy(\.isFinite),
      let range = type.integerRange
    else { throw .invalidNode(label, "a scale is not positive, or a value is not finite") }
    let layout = try layout(tensor.shape, scale)
    let codes = tensor.values.indices.map { element in
      let index = layout.scaleIndex(of: element)
      let zero = Float(zeroPoints?[index] ?? 0)
      let code = (tensor.values[element] / scales[index]).rounded(.toNearestOrEven) + zero
      let bounded = min(max(code, Float(range.lowerBound)), Float(range.upperBound))
      return Int8(truncatingIfNeeded: Int(bounded))
    }
    return StoredTensor(
      type: type, shape: tensor.shape, bytes: packBits(codes, bits: type.bitCount))
  }

  /// DequantizeLinear of a constant: (code − zero point) · scale.
  ///
  /// Signed low-bit codes without zero point stay codes; everything else becomes fp32.
  fileprivate func dequantize(
    _ tensor: StoredTensor, _ scale: CodeScale
  ) throws(ONNXProblem) -> Constant {
    let scales = scale.scales.floats
    let zeroPoints = scale.zeroPoints?.integers
    let layout = try layout(tensor.shape, scale)
    let isSymmetric = zeroPoints?.allSatisfy { $0 == 0 } ?? true
    if isSymmetric, scale.blockSize == 0, scales.allSatisfy({ $0 > 0 && $0.isFinite }),
      let codes = tensor.narrowCodes
    {
      return .quantized(
        QuantizedTensor(
          shape: tensor.shape, codes: codes, scales: scales, axis: layout.axis,
          storage: tensor.type))
    }
    guard let codes = tensor.integers else { throw .invalidNode(label, "its input is no integer") }
    let values = codes.indices.map { element in
      let index = layout.scaleIndex(of: element)
      return (Float(codes[element]) - Float(zeroPoints?[index] ?? 0)) * scales[index]
    }
    return .stored(StoredTensor(Tensor(shape: tensor.shape, values: values)))
  }
}

/// The way from an element of a tensor to its scale.
private struct ScaleLayout {
  /// The axis that the scales run along; `extent` is its length, 1 for a single scale.
  let axis: Int
  let extent: Int
  /// The number of elements from one index of the axis to the next.
  let inner: Int
  /// The number of blocks along the axis, or nil for one scale for each index.
  let blocks: Int?
  let block: Int

  func scaleIndex(of element: Int) -> Int {
    let along = element / inner % extent
    guard let blocks else { return along }
    let outer = element / inner / extent
    return (outer * blocks + along / block) * inner + element % inner
  }
}

extension StoredTensor {
  /// The elements of a signed type of at most 8 bits; nil for other types.
  fileprivate var narrowCodes: [Int8]? {
    guard [.int2, .int4, .int8].contains(type) else { return nil }
    let bits = type.bitCount
    let perByte = 8 / bits
    return withBytes { bytes in
      (0..<elementCount).map { index in
        let byte = unsafe bytes.unsafeLoad(fromByteOffset: index / perByte, as: Int8.self)
        // To the top of the byte, then back with the sign.
        return (byte << Int8(8 - bits - index % perByte * bits)) >> Int8(8 - bits)
      }
    }
  }
}
