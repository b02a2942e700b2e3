/// How the operands of a low-bit product are packed: which form the kernels of a set want.
///
/// The forms are those of `CKernels.h`; plain ones are row-major bytes.
package struct ProductForm: Hashable, Sendable {
  /// What weights may be: −1, 0 and 1, or any signed byte.
  package enum WeightKind: Hashable, Sendable {
    case ternary
    case bytes
  }

  enum Weights: Hashable, Sendable {
    case plain
    case tiles
    case fields
    case signs
    case couples
  }

  enum Codes: Hashable, Sendable {
    case plain
    case quads
    case planes
    case pairs
  }

  package let kernels: KernelSet
  package let kind: WeightKind
  /// Codes are below 2 to this power.
  package let codeBits: Int
  let weights: Weights
  let codes: Codes

  /// Whether the kernels take the count of negative weights of each row.
  var needsNegatives: Bool { weights == .signs || weights == .couples }

  /// Tiles of ternary weights that stay near the processor; larger ones are kept in 2 bits and
  /// expanded on the way, which costs less than reading four times as much from memory.
  static let nearWeights = 4 << 20

  /// - Parameters:
  ///   - weightCount: rows × inner, of which the size in memory depends.
  ///   - codeBits: 1 to 8.
  package init(
    _ kind: WeightKind, weightCount: Int, codeBits: Int, kernels: KernelSet = .current
  ) {
    precondition((1...8).contains(codeBits), "codes of \(codeBits) bits")
    precondition(KernelSet.available.contains(kernels), "this machine lacks \(kernels)")
    self.kernels = kernels
    self.kind = kind
    self.codeBits = codeBits
    switch (kernels, kind) {
    case (.reference, _): (weights, codes) = (.plain, .plain)
    case (_, .bytes): (weights, codes) = (.tiles, .quads)
    case (.amx, .ternary):
      (weights, codes) = (weightCount <= Self.nearWeights ? .tiles : .fields, .quads)
    case (.avx512, .ternary) where codeBits <= (KernelSet.hasFastPopcount ? 4 : 2):
      (weights, codes) = (.signs, .planes)
    case (.avx2, .ternary) where codeBits <= 2, (.avxVNNI, .ternary) where codeBits <= 2:
      (weights, codes) = (.couples, .pairs)
    default: (weights, codes) = (.fields, .quads)
    }
  }
}

/// `value` rounded up to a multiple of `step`.
func roundedUp(_ value: Int, to step: Int) -> Int { (value + step - 1) / step * step }
