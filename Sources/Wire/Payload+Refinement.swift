package import Quantization

/// States of a block that is being learned, and their errors.
extension TensorBundle {
  /// The most layers that a block may have.
  private static let blockLayerLimit = 64

  /// Appends a state.
  package mutating func append(_ state: RefinementState) {
    append("layers", .int64([Int64(state.layers.count)]))
    for (index, layer) in state.layers.enumerated() {
      append("layer \(index)", .uint8(Array(layer.name.utf8)))
      append("set \(index)", .uint8(Array(layer.weights.rawValue.utf8)))
      append("latent \(index)", .float32(layer.latent))
      append("log scales \(index)", .float32(layer.logScales))
      append("offsets \(index)", .float32(layer.offsets))
      append("scale bits \(index)", .int64([Int64(layer.scaleBits ?? 0)]))
      append("centres \(index)", .float32(layer.centres))
    }
    append("log steps", .float32(state.logSteps))
  }

  /// - Throws: `WireError` when arrays are missing, do not fit each other, or hold numbers that no
  ///   state has.
  package func refinementState() throws(WireError) -> RefinementState {
    let count = try int64("layers", shape: [1])[0]
    guard (1...Int64(Self.blockLayerLimit)).contains(count) else {
      throw WireError("layers", .malformed("a block of \(count) layers"))
    }
    var layers: [RefinementState.LayerState] = []
    for index in 0..<Int(count) { layers.append(try layerState(index)) }
    return RefinementState(layers: layers, logSteps: try logarithms("log steps"))
  }

  private func layerState(_ index: Int) throws(WireError) -> RefinementState.LayerState {
    guard let name = String(validating: try uint8("layer \(index)"), as: UTF8.self),
      let set = String(validating: try uint8("set \(index)"), as: UTF8.self),
      let weights = WeightSet(rawValue: set)
    else {
      throw WireError("set \(index)", .malformed("the weight set or the name is not known"))
    }
    let latent = try finite("latent \(index)")
    let logScales = try logarithms("log scales \(index)")
    let offsets = try finite("offsets \(index)")
    let centres = try finite("centres \(index)")
    guard centres.isEmpty || centres.count == offsets.count else {
      throw WireError(
        "centres \(index)", .malformed("\(centres.count) centres of \(offsets.count) outputs"))
    }
    let bits = try int64("scale bits \(index)", shape: [1])[0]
    guard !offsets.isEmpty, !latent.isEmpty, latent.count % offsets.count == 0,
      logScales.count == 1 || logScales.count == offsets.count, (0...24).contains(bits)
    else {
      throw WireError(
        "latent \(index)",
        .malformed(
          "\(latent.count) weights, \(logScales.count) scales, \(offsets.count) offsets"))
    }
    return RefinementState.LayerState(
      name: name, weights: weights, latent: latent, logScales: logScales, offsets: offsets,
      scaleBits: bits == 0 ? nil : Int(bits), centres: centres)
  }

  private func finite(_ name: String) throws(WireError) -> [Float] {
    let values = try float32(name)
    guard values.allSatisfy(\.isFinite) else {
      throw WireError(name, .malformed("a number is not finite"))
    }
    return values
  }

  /// Logarithms of numbers that fp32 can hold.
  private func logarithms(_ name: String) throws(WireError) -> [Float] {
    let values = try float32(name)
    guard values.allSatisfy({ $0 > -87 && $0 < 88 }) else {
      throw WireError(name, .malformed("a scale or step is out of range"))
    }
    return values
  }

  /// Appends what a comparison found: the squared error of each state, and Σ (y − ȳ)².
  package mutating func append(blockErrors residuals: [Double], energy: Double) {
    append("residuals", .float64(residuals))
    append("energy", .float64([energy]))
  }

  /// - Throws: `WireError` when there is not one error per state, or one is negative or not finite.
  package func blockErrors(
    count: Int
  ) throws(WireError) -> (residuals: [Double], energy: Double) {
    let residuals = try float64("residuals", shape: [count])
    let energy = try float64("energy", shape: [1])[0]
    guard (residuals + [energy]).allSatisfy({ $0 >= 0 && $0.isFinite }) else {
      throw WireError("residuals", .malformed("an error is negative or not finite"))
    }
    return (residuals, energy)
  }
}
