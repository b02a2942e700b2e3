/// What a node computes. Every attribute is static: shapes, axes and bounds that a file gives as
/// constant tensors are resolved when it is read.
///
/// Inputs are listed in the order of `Node.inputs`. Images are `N, C, H, W`; one or three spatial
/// axes are described by the same types.
package enum Operation: Sendable, Equatable {
  /// Inputs: x, weights `[outputs, inputs/groups, kernel…]`, optional bias `[outputs]`.
  case convolution(Convolution)
  /// Inputs: x, scale, offset, mean, variance (each `[channels]`). Inference form.
  case batchNormalization(epsilon: Float)
  case relu
  case leakyRelu(slope: Float)
  /// Clamps to `lower...upper`; an absent bound is infinite.
  case clip(lower: Float, upper: Float)
  /// alpha · A' · B' + beta · C. Inputs: A, B, optional C (broadcast).
  case gemm(Gemm)
  /// numpy-style matrix product with broadcast batch axes. Inputs: A, B.
  case matMul
  /// Element-wise with numpy broadcasting. Inputs: A, B.
  case add
  case multiply
  case unary(Unary)
  case binary(Binary)
  case localResponseNormalization(LocalResponseNormalization)
  case maxPool(Pooling)
  case averagePool(Pooling, countsPadding: Bool)
  /// Mean over all spatial axes, kept with extent 1.
  case globalAveragePool
  case concatenate(axis: Int)
  /// To two axes, split before `axis`.
  case flatten(axis: Int)
  case reshape(Reshape)
  /// Adds axes of extent 1 at these places of the result, in ascending order.
  case unsqueeze(axes: [Int])
  /// Removes these axes, which have extent 1; in ascending order.
  case squeeze(axes: [Int])
  case transpose(permutation: [Int])
  case slice([SliceAxis])
  case pad(Padding)
  case resize(Resize)
  /// Over `axis`; with `flattensTrailing` over all axes from `axis` on (opset < 13).
  case softmax(axis: Int, flattensTrailing: Bool)
  case identity
  /// An operator that is computed in general, on floats and integers.
  case general(GeneralOperation)
  /// Activation codes: float in, code × step out (QuantizeLinear then DequantizeLinear).
  case quantize(ActivationQuantizer)
}

/// Spatial attributes of a convolution; each array has one entry per spatial axis.
package struct Convolution: Sendable, Equatable {
  package var kernel: [Int]
  package var strides: [Int]
  package var dilations: [Int]
  package var padding: SpatialPadding
  package var groups: Int

  package init(
    kernel: [Int], strides: [Int], dilations: [Int], padding: SpatialPadding, groups: Int
  ) {
    self.kernel = kernel
    self.strides = strides
    self.dilations = dilations
    self.padding = padding
    self.groups = groups
  }
}

/// Padding of a convolution or pooling window.
package enum SpatialPadding: Sendable, Equatable {
  /// Zeros before and after each spatial axis.
  case explicit(before: [Int], after: [Int])
  /// Output extent ceil(input / stride); an odd zero goes after.
  case sameUpper
  /// Output extent ceil(input / stride); an odd zero goes before.
  case sameLower
}

/// ONNX's Gemm: α·A·B + β·C, with A and B transposed where said.
package struct Gemm: Sendable, Equatable {
  package var alpha: Float
  package var beta: Float
  package var transposesA: Bool
  package var transposesB: Bool

  package init(alpha: Float, beta: Float, transposesA: Bool, transposesB: Bool) {
    self.alpha = alpha
    self.beta = beta
    self.transposesA = transposesA
    self.transposesB = transposesB
  }
}

/// A pooling window; every list holds one element per spatial axis.
package struct Pooling: Sendable, Equatable {
  package var kernel: [Int]
  package var strides: [Int]
  package var dilations: [Int]
  package var padding: SpatialPadding
  /// Rounds the output extent up instead of down.
  package var ceilMode: Bool

  package init(
    kernel: [Int], strides: [Int], dilations: [Int], padding: SpatialPadding, ceilMode: Bool
  ) {
    self.kernel = kernel
    self.strides = strides
    self.dilations = dilations
    self.padding = padding
    self.ceilMode = ceilMode
  }
}

/// A change of shape that keeps the elements and their order.
package struct Reshape: Sendable, Equatable {
  /// Target extents; −1 is inferred, 0 copies the input's extent unless `allowsZero`.
  package var target: [Int]
  package var allowsZero: Bool

  package init(target: [Int], allowsZero: Bool) {
    self.target = target
    self.allowsZero = allowsZero
  }
}

/// One sliced axis, with ONNX's rules for negative and out-of-range bounds.
package struct SliceAxis: Sendable, Equatable {
  package var axis: Int
  package var start: Int
  package var end: Int
  package var step: Int

  package init(axis: Int, start: Int, end: Int, step: Int) {
    self.axis = axis
    self.start = start
    self.end = end
    self.step = step
  }
}

/// Elements added around a tensor, or removed from its edges.
package struct Padding: Sendable, Equatable {
  /// What the added elements hold.
  package enum Mode: Sendable, Equatable {
    case constant(Float)
    case reflect
    case edge
    case wrap
  }

  /// Elements added (or, negative, removed) at the start and the end of each axis.
  package var before: [Int]
  package var after: [Int]
  package var mode: Mode

  package init(before: [Int], after: [Int], mode: Mode) {
    self.before = before
    self.after = after
    self.mode = mode
  }
}

/// The activation quantizer of one code site: code k = clamp(round(x / step), codes), value
/// k · step.
///
/// Rounding is to nearest, ties to even, as ONNX's QuantizeLinear; with a zero `threshold` ε other
/// than step / 2, values up to ε give code 0 and the rest at least 1 (TSQ equation B1).
package struct ActivationQuantizer: Sendable, Equatable, Codable {
  /// Width of a code: 1, 2, 3, 4 or 8.
  package var bits: Int
  /// δ, the value of one code step.
  package var step: Float
  /// Codes are `lowestCode ... lowestCode + 2^bits − 1`; 0 for inputs that are never negative.
  package var lowestCode: Int
  /// ε where it differs from step / 2, else nil.
  package var threshold: Float?

  package init(bits: Int, step: Float, lowestCode: Int = 0, threshold: Float? = nil) {
    precondition(step > 0 && step.isFinite, "a code step is positive")
    self.bits = bits
    self.step = step
    self.lowestCode = lowestCode
    self.threshold = threshold
  }

  package var highestCode: Int { lowestCode + (1 << bits) - 1 }

  /// The code of `x`; NaN gives `lowestCode`.
  @inlinable
  package func code(_ x: Float) -> Int {
    let low = Float(lowestCode)
    let high = Float(highestCode)
    var rounded = (x / step).rounded(.toNearestOrEven)
    if let threshold {
      if x > threshold {
        rounded = max(rounded, 1)
      } else if x >= -threshold {
        rounded = 0
      }
    }
    // Written so that NaN ends at `low`.
    return Int(rounded > low ? (rounded < high ? rounded : high) : low)
  }

  /// The value that `x` is replaced by.
  @inlinable
  package func value(_ x: Float) -> Float { Float(code(x)) * step }
}
