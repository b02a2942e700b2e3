internal import CKernels

/// Centred samples of a layer's inputs, as panel kernels read them: by samples and by inputs.
///
/// Takes 8 bytes per input and sample, against 4 · inputs² of a `PanelMatrix`.
package struct SampledInputs: Sendable {
  package let inputs: Int
  package let samples: Int
  /// λ of the covariance X̃X̃ᵀ + λI.
  package let ridge: Float
  let padded: Int
  /// `samples` rounded up to whole tiles of 16; the rest is zero.
  let paddedSamples: Int
  let bySample: [Float]
  let byInput: [Float]
  let blocks: [Float]
  let diagonal: [Float]

  var inputStride: Int { padded + 16 }
  var sampleStride: Int { paddedSamples + 16 }

  /// - Parameter values: X̃, `[inputs, samples]`, centred.
  /// - Complexity: O(64 · inputs · samples).
  package init(_ values: Span<Float>, inputs: Int, samples: Int, ridge: Float) {
    precondition(values.count == inputs * samples, "values do not fit \(inputs) × \(samples)")
    self.inputs = inputs
    self.samples = samples
    self.ridge = ridge
    let padded = (inputs + 63) / 64 * 64
    let paddedSamples = (samples + 15) / 16 * 16
    let (inputStride, sampleStride) = (padded + 16, paddedSamples + 16)
    var bySample = [Float](repeating: 0, count: paddedSamples * inputStride)
    var byInput = [Float](repeating: 0, count: padded * sampleStride)
    for input in 0..<inputs {
      for sample in 0..<samples {
        let value = values[input * samples + sample]
        bySample[sample * inputStride + input] = value
        byInput[input * sampleStride + sample] = value
      }
    }
    var blocks = [Float](repeating: 0, count: padded * 64)
    var diagonal = [Float](repeating: 0, count: padded)
    for first in stride(from: 0, to: padded, by: 64) {
      for row in 0..<64 where first + row < inputs {
        for column in 0...row {
          var sum = row == column ? Double(ridge) : 0
          let (left, right) = ((first + row) * sampleStride, (first + column) * sampleStride)
          for sample in 0..<samples {
            sum += Double(byInput[left + sample]) * Double(byInput[right + sample])
          }
          blocks[(first + row) * 64 + column] = Float(sum)
          blocks[(first + column) * 64 + row] = Float(sum)
        }
        diagonal[first + row] = blocks[(first + row) * 64 + row]
      }
    }
    self.padded = padded
    self.paddedSamples = paddedSamples
    self.bySample = bySample
    self.byInput = byInput
    self.blocks = blocks
    self.diagonal = diagonal
  }
}

/// Rows under coordinate descent on samples, 16 to a panel; see `DescentPanels`.
package struct SampledPanels {
  package let rows: Int
  private let panelCount: Int
  private let padded: Int
  private let levels: [Float]
  private let instructions: PanelInstructions
  private var codes: [Float]
  private var targets: [Float]
  private var outputs: [Float]
  private var products: [Double]
  private var quadratics: [Double]
  private var changes: [Int32]
  private let allSamples: [Int32]

  /// Panels with codes of zero.
  /// - Parameter levels: what an entry may be; empty lets it move by ±1 within ±127.
  package init(
    rows: Int, inputs: SampledInputs, levels: [Float], instructions: PanelInstructions = .best
  ) {
    self.rows = rows
    self.levels = levels
    self.instructions = instructions
    padded = inputs.padded
    panelCount = (rows + 15) / 16
    codes = [Float](repeating: 0, count: panelCount * padded * 16)
    targets = codes
    outputs = [Float](repeating: 0, count: panelCount * inputs.paddedSamples * 16)
    products = [Double](repeating: 0, count: panelCount * 16)
    quadratics = products
    changes = [Int32](repeating: 0, count: panelCount * 16)
    allSamples = (0..<inputs.paddedSamples).map { Int32($0) }
  }

  private func place(_ row: Int, _ input: Int) -> Int {
    precondition(row < rows && input < padded, "outside of the panels")
    return (row / 16 * padded + input) * 16 + row % 16
  }

  /// Sets the target b of a row, `[inputs]`.
  package mutating func setTarget(_ row: Int, _ values: Span<Float>) {
    for input in values.indices { targets[place(row, input)] = values[input] }
  }

  /// Sets the codes of a row, `[inputs]`; `multiply` must follow.
  package mutating func setCodes(_ row: Int, _ values: Span<Int8>) {
    for input in values.indices { codes[place(row, input)] = Float(values[input]) }
  }

  /// An entry of q.
  package func code(_ row: Int, _ input: Int) -> Int8 { Int8(codes[place(row, input)]) }

  /// v = X̃ᵀ q of a row at one sample.
  package func output(_ row: Int, _ sample: Int) -> Float {
    precondition(row < rows && sample < allSamples.count, "outside of the panels")
    return outputs[(row / 16 * allSamples.count + sample) * 16 + row % 16]
  }

  /// b·q and q·H·q of a row as of the last sweep or product.
  package func score(_ row: Int) -> (product: Double, quadratic: Double) {
    (products[row], quadratics[row])
  }

  /// Entries that the last sweep changed in a row.
  package func changes(_ row: Int) -> Int { Int(changes[row]) }

  /// Computes v = X̃ᵀ q and the scores of every row afresh.
  package mutating func multiply(_ inputs: SampledInputs) {
    unsafe call(instructions.sampledMultiply, inputs)
    unsafe call(instructions.sampledScore, inputs)
  }

  /// One pass over all entries of every row.
  /// - Complexity: O(inputs · samples) per row.
  package mutating func sweep(_ inputs: SampledInputs) {
    unsafe call(instructions.sampledSweep, inputs)
  }

  @unsafe
  private mutating func call(
    _ kernel: PanelInstructions.SampledKernel, _ inputs: SampledInputs
  ) {
    precondition(inputs.padded == padded && inputs.paddedSamples == allSamples.count)
    unsafe inputs.bySample.withUnsafeBufferPointer { bySample in
      unsafe inputs.byInput.withUnsafeBufferPointer { byInput in
        unsafe inputs.blocks.withUnsafeBufferPointer { blocks in
          unsafe inputs.diagonal.withUnsafeBufferPointer { diagonal in
            unsafe levels.withUnsafeBufferPointer { levels in
              var arguments = unsafe tsq_sampled_inputs(
                inputs: Int64(inputs.inputs), padded: Int64(padded),
                samples: Int64(inputs.paddedSamples), by_sample: bySample.baseAddress,
                input_stride: Int64(inputs.inputStride), by_input: byInput.baseAddress,
                sample_stride: Int64(inputs.sampleStride), blocks: blocks.baseAddress,
                diagonal: diagonal.baseAddress, ridge: inputs.ridge,
                levels: levels.baseAddress, level_count: Int64(levels.count), limit: 127)
              unsafe withPanels { panels in unsafe kernel(&arguments, panels) }
            }
          }
        }
      }
    }
  }

  @unsafe
  private mutating func withPanels(_ body: (UnsafePointer<tsq_sampled_panels>) -> Void) {
    let count = Int64(panelCount)
    unsafe codes.withUnsafeMutableBufferPointer { codes in
      unsafe targets.withUnsafeBufferPointer { targets in
        unsafe outputs.withUnsafeMutableBufferPointer { outputs in
          unsafe products.withUnsafeMutableBufferPointer { products in
            unsafe quadratics.withUnsafeMutableBufferPointer { quadratics in
              unsafe changes.withUnsafeMutableBufferPointer { changes in
                unsafe allSamples.withUnsafeBufferPointer { allSamples in
                  var panels = unsafe tsq_sampled_panels(
                    panels: count, codes: codes.baseAddress, targets: targets.baseAddress,
                    outputs: outputs.baseAddress, score_product: products.baseAddress,
                    score_quadratic: quadratics.baseAddress, changes: changes.baseAddress,
                    all_samples: allSamples.baseAddress)
                  unsafe body(&panels)
                }
              }
            }
          }
        }
      }
    }
  }
}
