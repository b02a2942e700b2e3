internal import COneDNN
internal import Kernels
internal import Tensors

/// The Gram matrix of 2-bit codes, upper triangle counted: inputs² · samples operations.
func gramCases(smoke: Bool) -> [NamedCase] {
  let shapes = smoke ? [(300, 500)] : [(2304, 20_000), (4608, 50_000)]
  return shapes.map { inputs, samples in
    NamedCase("Gram of \(inputs) inputs, \(samples) samples, 2-bit codes") { name in
      gramCase(name, GramOperands(inputs: inputs, samples: samples, seed: 3))
    }
  }
}

private func gramCase(_ name: String, _ operands: GramOperands) -> BenchCase {
  // The baselines see fewer samples; their rate does not depend on it.
  let few = min(operands.samples, 4096)
  let inputs = Double(operands.inputs)
  var contenders = [
    Contender(
      name: "oneDNN sgemm, upper blocks", amount: inputs * inputs * Double(few),
      isRight: { true }, run: { operands.addReal(samples: few) }),
    Contender(
      name: "oneDNN gemm_u8s8s32, upper blocks", amount: inputs * inputs * Double(few),
      isRight: { true }, run: { operands.addBytes(samples: few) }),
  ]
  for kernels in KernelSet.available where kernels != .reference {
    contenders.append(
      Contender(
        name: "\(kernels.rawValue), with totals in Int64",
        amount: inputs * inputs * Double(operands.samples),
        isRight: {
          operands.clear()
          operands.add(kernels)
          return operands.isRight()
        },
        run: { operands.add(kernels) }))
  }
  return BenchCase(
    name: name, unit: "GOP/s", baseline: "oneDNN sgemm, upper blocks", contenders: contenders)
}

/// Codes, `[inputs, samples]`, and the totals of their Gram matrix.
private final class GramOperands {
  let inputs: Int
  let samples: Int
  private let codes: [Int8]
  private lazy var real = codes.map { Float($0) }
  private var gram: [Int64]
  private var sums: [Int64]
  private var block = [Int32](repeating: 0, count: 256 * 256)
  private lazy var realBlock = [Float](repeating: 0, count: 256 * 256)

  init(inputs: Int, samples: Int, seed: UInt64) {
    (self.inputs, self.samples) = (inputs, samples)
    var words = SeededWords(seed: seed)
    codes = (0..<inputs * samples).map { _ in Int8(words.next(below: 4)) }
    gram = [Int64](repeating: 0, count: inputs * inputs)
    sums = [Int64](repeating: 0, count: inputs)
  }

  func clear() {
    gram = [Int64](repeating: 0, count: inputs * inputs)
    sums = [Int64](repeating: 0, count: inputs)
  }

  func add(_ kernels: KernelSet) {
    let codes = codes
    addCodeGram(
      codes.span, inputs: inputs, columns: samples, to: &gram, sums: &sums, kernels: kernels)
  }

  /// Whether the totals are those of one call: every row's sum over the columns is xᵢ · Σⱼ xⱼ, and
  /// entries drawn from all over equal their own dot products.
  func isRight() -> Bool {
    var total = [Int64](repeating: 0, count: samples)
    for input in 0..<inputs {
      for sample in 0..<samples { total[sample] += Int64(codes[input * samples + sample]) }
    }
    var words = SeededWords(seed: 4)
    for input in 0..<inputs {
      var sum: Int64 = 0
      for sample in 0..<samples { sum += Int64(codes[input * samples + sample]) * total[sample] }
      if gram[input * inputs..<(input + 1) * inputs].reduce(0, +) != sum { return false }
      let other = words.next(below: inputs)
      var entry: Int64 = 0
      for sample in 0..<samples {
        entry += Int64(codes[input * samples + sample]) * Int64(codes[other * samples + sample])
      }
      if gram[input * inputs + other] != entry { return false }
      if gram[other * inputs + input] != entry { return false }
    }
    return true
  }

  /// The upper blocks by oneDNN's bytes, without totals.
  func addBytes(samples few: Int) {
    let (plain, transposed) = (CChar(UInt8(ascii: "N")), CChar(UInt8(ascii: "T")))
    var noOffset: Int32 = 0
    forEachUpperBlock { top, left, rows, columns in
      unsafe codes.withUnsafeBufferPointer { codes in
        unsafe codes.withMemoryRebound(to: UInt8.self) { bytes in
          let status = unsafe dnnl_gemm_u8s8s32(
            plain, transposed, CChar(UInt8(ascii: "F")), Int64(rows), Int64(columns), Int64(few),
            1, bytes.baseAddress! + top * samples, Int64(samples), 0,
            codes.baseAddress! + left * samples, Int64(samples), 0, 0, &block, Int64(columns),
            &noOffset)
          precondition(status == dnnl_success, "oneDNN refused a product")
        }
      }
    }
  }

  /// The upper blocks by oneDNN's fp32 product, without totals.
  func addReal(samples few: Int) {
    let (plain, transposed) = (CChar(UInt8(ascii: "N")), CChar(UInt8(ascii: "T")))
    forEachUpperBlock { top, left, rows, columns in
      unsafe real.withUnsafeBufferPointer { real in
        let status = unsafe dnnl_sgemm(
          plain, transposed, Int64(rows), Int64(columns), Int64(few), 1,
          real.baseAddress! + top * samples, Int64(samples), real.baseAddress! + left * samples,
          Int64(samples), 0, &realBlock, Int64(columns))
        precondition(status == dnnl_success, "oneDNN refused a product")
      }
    }
  }

  private func forEachUpperBlock(_ body: (Int, Int, Int, Int) -> Void) {
    for top in stride(from: 0, to: inputs, by: 256) {
      for left in stride(from: top, to: inputs, by: 256) {
        body(top, left, min(256, inputs - top), min(256, inputs - left))
      }
    }
  }
}
