internal import Network
internal import Planning
internal import Tensors
internal import Wire

/// The network with its code sites in place, and the quantizer of each layer's input.
struct CodeNetwork {
  let network: Network
  /// By layer name.
  let quantizers: [String: ActivationQuantizer]

  var hasSites: Bool { !quantizers.isEmpty }
}

extension QuantizationPipeline {
  /// Step 1 without training: fits the code step of every site to the full-precision network's
  /// values on the calibration data.
  func calibrateCodes() throws(PipelineError) -> CodeNetwork {
    let sites = reference.codeSites(for: policies)
    guard !sites.isEmpty else { return CodeNetwork(network: reference, quantizers: [:]) }
    let histograms = try histograms(at: sites)
    var quantizers: [String: ActivationQuantizer] = [:]
    var placed: [(site: CodeSite, quantizer: ActivationQuantizer)] = []
    for (site, histogram) in zip(sites, histograms) {
      guard !histogram.hasNonFinite else {
        throw .planning(.nonFiniteValues(site: reference[site.value].name))
      }
      let fit = StepFit(
        bits: site.bits, significantBits: StepFit.significantBits(bits: site.bits))
      let quantizer = fit(histogram).quantizer
      placed.append((site, quantizer))
      for node in site.consumers { quantizers[reference.nodes[node].name] = quantizer }
    }
    return CodeNetwork(network: reference.insertingCodes(placed), quantizers: quantizers)
  }

  private func histograms(at sites: [CodeSite]) throws(PipelineError) -> [ValueHistogram] {
    let names = sites.map { reference[$0.value].name }
    let tasks = try calibration.enumerated().map { (index, shard) throws(PipelineError) in
      try TaskDefinition(
        .calibrate(sites: names), inputs: [referenceBlob, shard],
        needs: needs(passes: 1, affinity: affinity(index)),
        label: "calibrate \(index + 1)/\(calibration.count)", stage: "calibrate", layer: nil)
    }
    progress(PipelineProgress(stage: "calibrate", done: 0, total: 0, detail: ""))
    var sums = sites.map { _ in ValueHistogram() }
    for (task, result) in zip(tasks, try perform(tasks)) {
      let parts = try taking([task]) { () throws(PipelineError) in
        try decode(result, at: 0) { (bytes) throws(WireError) in
          try decodeHistograms(bytes, count: sites.count)
        }
      }
      for (index, part) in parts.enumerated() { sums[index] += ValueHistogram(counts: part) }
    }
    return sums
  }

  /// Reads one output blob of a result.
  func decode<Value>(
    _ result: TaskResult, at index: Int, _ read: ([UInt8]) throws(WireError) -> Value
  ) throws(PipelineError) -> Value {
    guard result.outputs.indices.contains(index) else {
      throw .result(
        WireError("result of worker \(result.worker), output \(index + 1)", .missing))
    }
    let bytes = try fetch(result.outputs[index])
    do throws(WireError) {
      return try read(bytes)
    } catch {
      throw .result(error)
    }
  }
}
