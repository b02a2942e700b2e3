package import Tensors

/// Data shards, distributions and counts.
extension TensorBundle {
  /// Some images of a data set, with labels where they are known.
  package init(shard images: Tensor, labels: [Int]?) {
    self.init()
    append("images", shape: images.shape, .float32(images.values))
    if let labels { append("labels", .int32(labels.map { Int32($0) })) }
  }

  /// Images of bytes, a quarter as large.
  ///
  /// - Parameters:
  ///   - images: in row-major order of `shape`, `[N, channels, height, width]` or `[N, features]`.
  ///   - table: what each byte stands for, `[channels, 256]`; one channel where there are not four
  ///     axes.
  package init(shardOf images: [UInt8], shape: [Int], table: [Float], labels: [Int]?) {
    precondition(table.count == 256 * Self.channels(of: shape), "a table per channel")
    self.init()
    append("images", shape: shape, .uint8(images))
    append("table", .float32(table))
    if let labels { append("labels", .int32(labels.map { Int32($0) })) }
  }

  private static func channels(of shape: [Int]) -> Int { shape.count == 4 ? shape[1] : 1 }

  /// - Throws: `WireError` when it is not a shard.
  package func shardImages() throws(WireError) -> Tensor {
    let entry = try entry("images")
    if case .uint8(let bytes) = entry.elements, entry.shape.count > 1, !bytes.isEmpty {
      let channels = Self.channels(of: entry.shape)
      let table = try float32("table", shape: [256 * channels])
      return Tensor(shape: entry.shape, values: looked(bytes, up: table, channels, entry.shape))
    }
    guard case .float32(let values) = entry.elements, !entry.shape.isEmpty, !values.isEmpty else {
      throw WireError("images", .malformed("a shard holds a batch of fp32 images"))
    }
    return Tensor(shape: entry.shape, values: values)
  }

  private func looked(
    _ bytes: [UInt8], up table: [Float], _ channels: Int, _ shape: [Int]
  ) -> [Float] {
    let plane = shape.dropFirst().reduce(1, *) / channels
    var values = [Float](repeating: 0, count: bytes.count)
    var target = values.mutableSpan
    let (source, table) = (bytes.span, table.span)
    var row = 0
    for start in stride(from: 0, to: bytes.count, by: plane) {
      for index in start..<start + plane { target[index] = table[row + Int(source[index])] }
      row = (row + 256) % (256 * channels)
    }
    return values
  }

  /// - Throws: `WireError` when the shard has no labels, or not one per image.
  package func shardLabels() throws(WireError) -> [Int] {
    let images = try entry("images").shape
    return try int32("labels", shape: [images.first ?? 0]).map { Int($0) }
  }

  /// Appends the counts of a histogram, of which most bins are empty.
  package mutating func append(histogram name: String, counts: [Int64]) {
    let occupied = counts.indices.filter { counts[$0] != 0 }
    append(name + " bins", .int32(occupied.map { Int32($0) }))
    append(name + " counts", .int64(occupied.map { counts[$0] }))
  }

  /// - Throws: `WireError` when it is missing or damaged: bins must ascend, and counts be small
  ///   enough to be added up.
  package func histogram(_ name: String, binCount: Int) throws(WireError) -> [Int64] {
    let bins = try int32(name + " bins")
    let occupied = try int64(name + " counts", shape: [bins.count])
    var counts = [Int64](repeating: 0, count: binCount)
    var next = 0
    for (bin, count) in zip(bins, occupied) {
      guard (next..<max(next, binCount)).contains(Int(bin)),
        (1...PayloadLimits.count).contains(count)
      else {
        throw WireError(name, .malformed("bin \(bin) with count \(count)"))
      }
      counts[Int(bin)] = count
      next = Int(bin) + 1
    }
    return counts
  }
}

/// The largest numbers that a result may hold, so that sums over all shards cannot overflow.
enum PayloadLimits {
  /// Samples, images, values in a bin, sweeps: of one result.
  static let count: Int64 = 1 << 40
  /// Samples of one layer.
  static let samples: Int64 = 1 << 36
  /// The square of the largest code magnitude, 255².
  static let codeSquare: Int64 = 255 * 255
}

extension Float {
  /// Whether it can be a scale or a step.
  var isUsableScale: Bool { self > 0 && isFinite }
}
