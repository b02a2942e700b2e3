internal import COneDNN

/// A primitive descriptor: an implementation chosen for shapes, with the layouts it wants.
@safe
final class PrimitiveChoice {
  let name: String
  private let handle: OpaquePointer

  fileprivate init(name: String, handle: OpaquePointer?) throws(PrimitiveFailure) {
    guard let handle = unsafe handle else {
      throw PrimitiveFailure(primitive: name, status: dnnl_runtime_error)
    }
    self.name = name
    unsafe self.handle = handle
  }

  /// The first implementation of `operation` (one of oneDNN's operation descriptors).
  ///
  /// - Parameter hint: for a pullback, the choice of the forward pass that it belongs to.
  convenience init<Operation>(
    _ name: String, _ operation: Operation, _ attributes: Attributes, _ engine: Engine,
    hint: PrimitiveChoice? = nil
  ) throws(PrimitiveFailure) {
    var created: OpaquePointer?
    let status = unsafe withUnsafeBytes(of: operation) { bytes in
      unsafe dnnl_primitive_desc_create(
        &created, bytes.baseAddress, attributes.handle, engine.handle, hint?.handle)
    }
    try check(status, name)
    unsafe try self.init(name: name, handle: created)
  }

  /// A copy from one layout to another.
  convenience init(
    reorderFrom source: Layout, to target: Layout, _ engine: Engine
  ) throws(PrimitiveFailure) {
    let attributes = try Attributes()
    var created: OpaquePointer?
    var (from, into) = (source.descriptor, target.descriptor)
    let status = unsafe dnnl_reorder_primitive_desc_create(
      &created, &from, engine.handle, &into, engine.handle, attributes.handle)
    try check(status, "reorder")
    unsafe try self.init(name: "reorder", handle: created)
  }

  /// A concatenation; the destination's layout is the library's choice.
  convenience init(
    concatenating sources: [Layout], axis: Int, _ engine: Engine
  ) throws(PrimitiveFailure) {
    let attributes = try Attributes()
    var created: OpaquePointer?
    let descriptors = sources.map(\.descriptor)
    let status = unsafe dnnl_concat_primitive_desc_create(
      &created, nil, Int32(descriptors.count), Int32(axis), descriptors, attributes.handle,
      engine.handle)
    try check(status, "concat")
    unsafe try self.init(name: "concat", handle: created)
  }

  deinit { unsafe dnnl_primitive_desc_destroy(handle) }

  var source: Layout { layout(dnnl_query_src_md, 0) }
  var weights: Layout { layout(dnnl_query_weights_md, 0) }
  var destination: Layout { layout(dnnl_query_dst_md, 0) }
  var sourceGradient: Layout { layout(dnnl_query_diff_src_md, 0) }
  var weightGradient: Layout { layout(dnnl_query_diff_weights_md, 0) }
  var destinationGradient: Layout { layout(dnnl_query_diff_dst_md, 0) }
  /// What a forward pass leaves for its pullback; of no bytes where that needs nothing.
  var workspace: Layout { layout(dnnl_query_workspace_md, 0) }
  var scratchBytes: Int { layout(dnnl_query_scratchpad_md, 0).byteCount }

  private func layout(_ query: dnnl_query_t, _ index: Int32) -> Layout {
    let found = unsafe dnnl_primitive_desc_query_md(handle, query, index)
    return unsafe Layout(found?.pointee ?? dnnl_memory_desc_t())
  }

  /// Creates the primitive: generates or finds its code.
  func primitive() throws(PrimitiveFailure) -> Primitive {
    var created: OpaquePointer?
    try check(unsafe dnnl_primitive_create(&created, handle), name)
    guard let primitive = unsafe created else {
      throw PrimitiveFailure(primitive: name, status: dnnl_runtime_error)
    }
    return unsafe Primitive(name: name, handle: primitive, scratchBytes: scratchBytes)
  }
}

/// A compiled primitive, ready to run on memory of the layouts it was created for.
@safe
final class Primitive {
  let name: String
  let scratchBytes: Int
  private let handle: OpaquePointer

  fileprivate init(name: String, handle: OpaquePointer, scratchBytes: Int) {
    self.name = name
    self.scratchBytes = scratchBytes
    unsafe self.handle = handle
  }

  deinit { unsafe dnnl_primitive_destroy(handle) }

  func run(_ arguments: Arguments, _ engine: Engine) throws(PrimitiveFailure) {
    let status = unsafe dnnl_primitive_execute(
      handle, engine.stream, Int32(arguments.count), arguments.list)
    try check(status, name)
  }
}

/// The memory a primitive reads and writes, one entry per argument index.
@safe
final class Arguments {
  fileprivate private(set) var list: [dnnl_exec_arg_t] = unsafe []

  init() {}

  var count: Int { unsafe list.count }

  deinit { for index in 0..<count { unsafe dnnl_memory_destroy(list[index].memory) } }

  /// Adds memory of `layout` at `address`, which stays owned by the caller.
  func append(
    _ index: Int32, _ layout: Layout, at address: UnsafeMutableRawPointer?, _ engine: Engine
  ) throws(PrimitiveFailure) {
    var memory: OpaquePointer?
    var descriptor = layout.descriptor
    try check(unsafe dnnl_memory_create(&memory, &descriptor, engine.handle, address), "memory")
    unsafe list.append(dnnl_exec_arg_t(arg: index, memory: memory))
  }

  /// Points the memory of the entry at `position` elsewhere.
  func redirect(
    _ position: Int, to address: UnsafeMutableRawPointer?
  ) throws(PrimitiveFailure) {
    try check(unsafe dnnl_memory_set_data_handle(list[position].memory, address), "memory")
  }
}
