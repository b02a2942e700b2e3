internal import COneDNN

/// A failed call of oneDNN: what was called and its status.
struct PrimitiveFailure: Error {
  let primitive: String
  let status: dnnl_status_t
  /// What an operation of our own says of its operands.
  private(set) var refusal: String?

  init(primitive: String, status: dnnl_status_t) {
    self.primitive = primitive
    self.status = status
  }

  init(operation: String, refusal: String) {
    self.init(primitive: operation, status: dnnl_invalid_arguments)
    self.refusal = refusal
  }

  /// The failure at a node.
  func error(node: String) -> ExecutionError {
    if let refusal { return .unsupported(node: node, operation: primitive, reason: refusal) }
    return .primitive(node: node, primitive: primitive, reason: reason)
  }

  var isUnimplemented: Bool { status == dnnl_unimplemented }

  var reason: String {
    switch status {
    case dnnl_out_of_memory: "out of memory"
    case dnnl_invalid_arguments: "invalid arguments"
    case dnnl_unimplemented: "not implemented for these shapes"
    case dnnl_runtime_error: "failed while running"
    default: "status \(status.rawValue)"
    }
  }
}

func check(_ status: dnnl_status_t, _ primitive: String) throws(PrimitiveFailure) {
  guard status == dnnl_success else {
    throw PrimitiveFailure(primitive: primitive, status: status)
  }
}

/// oneDNN's CPU engine with one in-order stream; used from one thread at a time.
@safe
final class Engine {
  let handle: OpaquePointer
  let stream: OpaquePointer

  init() throws(PrimitiveFailure) {
    var engine: OpaquePointer?
    try check(unsafe dnnl_engine_create(&engine, dnnl_cpu, 0), "engine")
    var stream: OpaquePointer?
    let flags = UInt32(dnnl_stream_default_flags.rawValue)
    let status = unsafe dnnl_stream_create(&stream, engine, flags)
    guard status == dnnl_success, let created = unsafe engine, let open = unsafe stream else {
      unsafe dnnl_engine_destroy(engine)
      throw PrimitiveFailure(primitive: "stream", status: status)
    }
    unsafe handle = created
    unsafe self.stream = open
  }

  deinit {
    unsafe dnnl_stream_destroy(stream)
    unsafe dnnl_engine_destroy(handle)
  }

  /// Returns when everything given to the stream has run.
  func finish() throws(PrimitiveFailure) {
    try check(unsafe dnnl_stream_wait(stream), "stream")
  }
}
