internal import CKernels
internal import Glibc

/// Which instructions compute products of low-bit integers; the results are the same.
///
/// One set is chosen when a process first needs it, by what the processor and the operating system
/// offer. The environment variable `TSQ_KERNELS` forces another that the machine has, by the names
/// below; with any other name the process stops at its first product.
package enum KernelSet: String, CaseIterable, Sendable {
  /// Plain Swift, on every machine.
  case reference
  /// ARM's dot products of bytes.
  case neon
  /// `vpmaddubsw`.
  case avx2
  /// `vpdpbusd` on 256-bit registers.
  case avxVNNI = "avx-vnni"
  /// `vpdpbusd` on 512-bit registers, without popcounts of vectors.
  case avx512VNNI = "avx512-vnni"
  /// Bit planes for codes of few bits, `vpdpbusd` for the others.
  case avx512
  /// Tiles of bytes.
  case amx

  /// The sets that this machine can run, the plain one first, the preferred one last.
  package static let available: [KernelSet] = allCases.filter { features.covers($0.needs) }

  /// The set that is used where none is named.
  package static let current: KernelSet = {
    guard let name = unsafe getenv("TSQ_KERNELS") else { return available[available.count - 1] }
    let text = unsafe String(cString: name)
    let found = available.first { $0.rawValue == text }
    let names = available.map(\.rawValue).joined(separator: ", ")
    precondition(
      found != nil, "TSQ_KERNELS is '\(text)', but this machine has the kernel sets \(names)")
    return found ?? .reference
  }()

  /// Whether popcounts of vectors are as fast as dot products of bytes (AMD Zen 4 and later).
  static var hasFastPopcount: Bool { features.covers(UInt32(CKERNELS_FAST_POPCOUNT)) }

  /// Whether tables of 128 bytes are looked up in one instruction.
  static var hasByteTables: Bool { features.covers(UInt32(CKERNELS_AVX512_VBMI)) }

  /// Whether this set has 512-bit registers.
  var hasAVX512: Bool { [.avx512VNNI, .avx512, .amx].contains(self) }

  private static let features = Features(bits: ckernels_features())

  private struct Features {
    let bits: UInt32
    func covers(_ needed: UInt32) -> Bool { bits & needed == needed }
  }

  private var needs: UInt32 {
    let vnni = CKERNELS_AVX2 | CKERNELS_AVX512_VNNI
    let popcount = CKERNELS_AVX512_VPOPCNTDQ | CKERNELS_AVX512_VBMI
    return switch self {
    case .reference: 0
    case .neon: UInt32(CKERNELS_NEON_DOT)
    case .avx2: UInt32(CKERNELS_AVX2)
    case .avxVNNI: UInt32(CKERNELS_AVX2 | CKERNELS_AVX_VNNI)
    case .avx512VNNI: UInt32(vnni)
    case .avx512: UInt32(vnni | popcount)
    case .amx: UInt32(vnni | popcount | CKERNELS_AMX_INT8)
    }
  }
}
