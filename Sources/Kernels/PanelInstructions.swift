internal import CKernels

/// The instruction sets that panel kernels are compiled for; all of them give the same bits.
package enum PanelInstructions: Int32, Sendable, CaseIterable {
  /// What the compiler makes of plain C: NEON on aarch64.
  case plain = 0
  case avx2
  case avx512

  /// The best of this machine.
  package static let best = PanelInstructions(rawValue: tsq_descent_machine()) ?? .plain

  /// Those that this machine has.
  package static let available = allCases.filter { $0.rawValue <= best.rawValue }
}

/// Calls the twin of a panel kernel that was compiled for some instructions.
extension PanelInstructions {
  typealias PanelKernel =
    @convention(c) (
      UnsafePointer<tsq_descent_inputs>?, UnsafePointer<tsq_descent_panels>?
    ) -> Void

  var sweep: PanelKernel {
    switch self {
    #if arch(x86_64)
      case .avx512: unsafe tsq_descent_sweep_avx512
      case .avx2: unsafe tsq_descent_sweep_avx2
    #endif
    default: unsafe tsq_descent_sweep_plain
    }
  }

  var multiply: PanelKernel {
    switch self {
    #if arch(x86_64)
      case .avx512: unsafe tsq_descent_multiply_avx512
      case .avx2: unsafe tsq_descent_multiply_avx2
    #endif
    default: unsafe tsq_descent_multiply_plain
    }
  }

  var score: PanelKernel {
    switch self {
    #if arch(x86_64)
      case .avx512: unsafe tsq_descent_score_avx512
      case .avx2: unsafe tsq_descent_score_avx2
    #endif
    default: unsafe tsq_descent_score_plain
    }
  }

  typealias MoveKernel =
    @convention(c) (
      UnsafePointer<tsq_descent_inputs>?, UnsafePointer<tsq_descent_panels>?, Int32, Int64,
      UnsafePointer<Float>?
    ) -> Void

  var move: MoveKernel {
    switch self {
    #if arch(x86_64)
      case .avx512: unsafe tsq_descent_move_avx512
      case .avx2: unsafe tsq_descent_move_avx2
    #endif
    default: unsafe tsq_descent_move_plain
    }
  }

  typealias ExchangeKernel =
    @convention(c) (
      UnsafePointer<tsq_descent_inputs>?, UnsafePointer<tsq_descent_panels>?, Int32,
      UnsafePointer<Int32>?, UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Float>?
    ) -> Void

  var exchange: ExchangeKernel {
    switch self {
    #if arch(x86_64)
      case .avx512: unsafe tsq_descent_exchange_avx512
      case .avx2: unsafe tsq_descent_exchange_avx2
    #endif
    default: unsafe tsq_descent_exchange_plain
    }
  }

  typealias SampledKernel =
    @convention(c) (
      UnsafePointer<tsq_sampled_inputs>?, UnsafePointer<tsq_sampled_panels>?
    ) -> Void

  var sampledSweep: SampledKernel {
    switch self {
    #if arch(x86_64)
      case .avx512: unsafe tsq_sampled_sweep_avx512
      case .avx2: unsafe tsq_sampled_sweep_avx2
    #endif
    default: unsafe tsq_sampled_sweep_plain
    }
  }

  var sampledMultiply: SampledKernel {
    switch self {
    #if arch(x86_64)
      case .avx512: unsafe tsq_sampled_multiply_avx512
      case .avx2: unsafe tsq_sampled_multiply_avx2
    #endif
    default: unsafe tsq_sampled_multiply_plain
    }
  }

  var sampledScore: SampledKernel {
    switch self {
    #if arch(x86_64)
      case .avx512: unsafe tsq_sampled_score_avx512
      case .avx2: unsafe tsq_sampled_score_avx2
    #endif
    default: unsafe tsq_sampled_score_plain
    }
  }

  typealias QuadraticKernel =
    @convention(c) (
      UnsafePointer<Double>?, Int64, UnsafePointer<Double>?, UnsafeMutablePointer<Double>?
    ) -> Void

  var quadratic: QuadraticKernel {
    switch self {
    #if arch(x86_64)
      case .avx512: unsafe tsq_quadratic_avx512
      case .avx2: unsafe tsq_quadratic_avx2
    #endif
    default: unsafe tsq_quadratic_plain
    }
  }
}
