internal import COneDNN
internal import Network

/// An element-wise operation that oneDNN knows, with its two parameters.
struct Eltwise: Equatable {
  let algorithm: dnnl_alg_kind_t
  let alpha: Float
  let beta: Float

  static let relu = Eltwise(algorithm: dnnl_eltwise_relu, alpha: 0, beta: 0)

  static func leakyRelu(slope: Float) -> Eltwise {
    Eltwise(algorithm: dnnl_eltwise_relu, alpha: slope, beta: 0)
  }

  /// As numpy's clip: where the bounds cross, everything becomes `upper`.
  static func clip(lower: Float, upper: Float) -> Eltwise {
    Eltwise(algorithm: dnnl_eltwise_clip, alpha: min(lower, upper), beta: upper)
  }

  /// To the nearest integer, ties to even.
  static let round = Eltwise(algorithm: dnnl_eltwise_round, alpha: 0, beta: 0)

  /// The clip of a quantizer's codes: another algorithm by name, so that it may follow a clip.
  static func clipCodes(_ quantizer: ActivationQuantizer) -> Eltwise {
    Eltwise(
      algorithm: dnnl_eltwise_clip_v2, alpha: Float(quantizer.lowestCode),
      beta: Float(quantizer.highestCode))
  }

  /// `alpha` · x.
  static func scale(_ alpha: Float) -> Eltwise {
    Eltwise(algorithm: dnnl_eltwise_linear, alpha: alpha, beta: 0)
  }
}

/// An operation applied to a primitive's result before it is written.
enum PostOperation {
  case eltwise(Eltwise)
  /// Adds what the destination holds.
  case sum
  /// Adds or multiplies by another tensor, broadcast to the result.
  case binary(dnnl_alg_kind_t, Layout)
}

/// Primitive attributes: post-operations, and scratch memory provided by the caller.
///
/// The library's own scratch memory belongs to the thread that created the primitive; ours lets
/// an executor move between threads.
@safe
final class Attributes {
  let handle: OpaquePointer

  init(_ operations: [PostOperation] = []) throws(PrimitiveFailure) {
    var created: OpaquePointer?
    try check(unsafe dnnl_primitive_attr_create(&created), "attributes")
    guard let attributes = unsafe created else {
      throw PrimitiveFailure(primitive: "attributes", status: dnnl_runtime_error)
    }
    unsafe handle = attributes
    try check(
      unsafe dnnl_primitive_attr_set_scratchpad_mode(handle, dnnl_scratchpad_mode_user),
      "scratchpad mode")
    if !operations.isEmpty { try append(operations) }
  }

  deinit { unsafe dnnl_primitive_attr_destroy(handle) }

  private func append(_ operations: [PostOperation]) throws(PrimitiveFailure) {
    var chain: OpaquePointer?
    try check(unsafe dnnl_post_ops_create(&chain), "post-operations")
    defer { unsafe dnnl_post_ops_destroy(chain) }
    for operation in operations {
      let status: dnnl_status_t
      switch operation {
      case .eltwise(let eltwise):
        status = unsafe dnnl_post_ops_append_eltwise(
          chain, 1, eltwise.algorithm, eltwise.alpha, eltwise.beta)
      case .sum:
        status = unsafe dnnl_post_ops_append_sum(chain, 1)
      case .binary(let algorithm, let layout):
        var descriptor = layout.descriptor
        status = unsafe dnnl_post_ops_append_binary(chain, algorithm, &descriptor)
      }
      try check(status, "post-operation")
    }
    try check(unsafe dnnl_primitive_attr_set_post_ops(handle, chain), "post-operations")
  }
}
