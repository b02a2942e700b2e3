package import Tensors

/// Data shards, distributions and counts.
extension TensorBundle {
  /// Some images of a data set, with labels where they are known.
  package init(shard images: Tensor, labels: [Int]?) {
    self.init()
    append("images", shape: images.shape, .float32(images.values))
    if let labels { append("labels", .int32(labels.map { Int32($0) })) }
  }

  /// - Throws: `WireError` when it is not a shard.
  package func shardImages() throws(WireError) -> Tensor {
    let entry = try entry("images")
    guard case .float32(let values) = entry.elements, !entry.shape.isEmpty else {
      throw WireError("images", .malformed("a shard holds a batch of fp32 images"))
    }
    return Tensor(shape: entry.shape, values: values)
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

  /// - Throws: `WireError` when it is missing or damaged.
  package func histogram(_ name: String, binCount: Int) throws(WireError) -> [Int64] {
    let bins = try int32(name + " bins")
    let occupied = try int64(name + " counts", shape: [bins.count])
    var counts = [Int64](repeating: 0, count: binCount)
    for (bin, count) in zip(bins, occupied) {
      guard counts.indices.contains(Int(bin)), count >= 0 else {
        throw WireError(name, .malformed("bin \(bin) with count \(count)"))
      }
      counts[Int(bin)] += count
    }
    return counts
  }
}
