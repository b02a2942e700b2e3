internal import COneDNN
internal import Tensors

/// The shape of an fp32 tensor and how its elements lie in memory (oneDNN's memory descriptor).
///
/// A scalar is held as one axis of extent 1, since oneDNN knows no rank 0.
struct Layout {
  var descriptor: dnnl_memory_desc_t

  /// The most axes that oneDNN describes.
  static let rankLimit = Int(DNNL_MAX_NDIMS)

  init(_ descriptor: dnnl_memory_desc_t) { self.descriptor = descriptor }

  /// Row-major.
  init(plain shape: [Int]) {
    let shape = shape.isEmpty ? [1] : shape
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * max(1, shape[axis + 1])
    }
    self.init(shape: shape, strides: strides)
  }

  /// One stride, in elements, per axis.
  init(shape: [Int], strides: [Int]) {
    var created = dnnl_memory_desc_t()
    let status = unsafe dnnl_memory_desc_init_by_strides(
      &created, Int32(shape.count), shape.map(Int64.init), dnnl_f32, strides.map(Int64.init))
    precondition(status == dnnl_success, "no layout of shape \(shape)")
    descriptor = created
  }

  /// Left to the primitive to choose.
  init(any shape: [Int]) {
    let shape = shape.isEmpty ? [1] : shape
    var created = dnnl_memory_desc_t()
    let status = unsafe dnnl_memory_desc_init_by_tag(
      &created, Int32(shape.count), shape.map(Int64.init), dnnl_f32, dnnl_format_tag_any)
    precondition(status == dnnl_success, "no layout of shape \(shape)")
    descriptor = created
  }

  /// Scratch memory of so many bytes.
  static func bytes(_ count: Int) -> Layout { Layout(plain: [(count + 3) / 4]) }

  var rank: Int { Int(descriptor.ndims) }
  var shape: [Int] { list(descriptor.dims, rank) }
  var paddedShape: [Int] { list(descriptor.padded_dims, rank) }
  var byteCount: Int { var copy = descriptor; return unsafe dnnl_memory_desc_get_size(&copy) }
  var isPlain: Bool { self == Layout(plain: shape) }
  /// Whether there are elements in memory that belong to no index (channels up to a block).
  var hasPadding: Bool { shape != paddedShape }

  /// oneDNN's dims arrays are tuples of 12.
  private func list(_ dims: dnnl_dims_t, _ count: Int) -> [Int] {
    unsafe withUnsafeBytes(of: dims) { bytes in
      let all = unsafe bytes.bindMemory(to: Int64.self)
      return (0..<count).map { unsafe Int(all[$0]) }
    }
  }
}

extension Layout: Equatable {
  static func == (left: Layout, right: Layout) -> Bool {
    var (a, b) = (left.descriptor, right.descriptor)
    return unsafe dnnl_memory_desc_equal(&a, &b) != 0
  }
}

// Where elements are. With inner blocks the offset of an index is still a sum of one term per
// axis, because each block splits a single axis.
extension Layout {
  private var blocking: dnnl_blocking_desc_t { unsafe descriptor.format_desc.blocking }
  private var strides: [Int] { list(blocking.strides, rank) }

  /// The inner blocks, outermost first: which axis, how many elements.
  private var blocks: [(axis: Int, size: Int)] {
    let count = Int(blocking.inner_nblks)
    let axes = list(blocking.inner_idxs, count)
    let sizes = list(blocking.inner_blks, count)
    return zip(axes, sizes).map { (axis: $0, size: $1) }
  }

  /// For each index along `axis` its term of the element offset.
  func offsets(alongAxis axis: Int) -> [Int] {
    let stride = strides[axis]
    let blocks = blocks
    return (0..<shape[axis]).map { index in
      var rest = index
      var offset = 0
      var blockStride = 1
      for block in blocks.reversed() {
        if block.axis == axis {
          offset += rest % block.size * blockStride
          rest /= block.size
        }
        blockStride *= block.size
      }
      return offset + rest * stride
    }
  }

  /// The same order of axes and the same blocks for another shape of the same rank.
  func resized(to shape: [Int]) -> Layout {
    guard !isPlain, shape.count == rank else { return Layout(plain: shape) }
    var padded = shape
    var inner = 1
    for axis in shape.indices {
      let size = blocks.reduce(1) { $1.axis == axis ? $0 * $1.size : $0 }
      padded[axis] = (shape[axis] + size - 1) / size * size
      inner *= size
    }
    let order = strides.indices.sorted {
      strides[$0] == strides[$1] ? $0 < $1 : strides[$0] > strides[$1]
    }
    var resizedStrides = strides
    var stride = inner
    for axis in order.reversed() {
      let size = blocks.reduce(1) { $1.axis == axis ? $0 * $1.size : $0 }
      resizedStrides[axis] = stride
      stride *= max(1, padded[axis] / size)
    }
    var result = self
    set(&result.descriptor.dims, shape)
    set(&result.descriptor.padded_dims, padded)
    unsafe set(&result.descriptor.format_desc.blocking.strides, resizedStrides)
    return result
  }

  private func set(_ dims: inout dnnl_dims_t, _ values: [Int]) {
    unsafe withUnsafeMutableBytes(of: &dims) { bytes in
      let all = unsafe bytes.bindMemory(to: Int64.self)
      for (axis, value) in values.enumerated() { unsafe all[axis] = Int64(value) }
    }
  }
}
