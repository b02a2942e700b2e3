package import Datasets
package import FineTuning
package import Tensors
internal import Wire

/// How a network is fine-tuned after its layers are solved, and on what.
package struct FineTuningRequest: Sendable {
  package var settings: FineTuningSettings
  /// Whether scales follow from the latent weights by projection, instead of being learned.
  package var projects: Bool
  /// Steps from one checkpoint to the next; it does not change the result.
  package var checkpointSteps: Int
  /// Neighbouring shards of a step that one task covers, a power of two; it does not change the
  /// result.
  package var shardsPerTask: Int
  package var images: StoredImages
  /// Bytes of memory that a worker needs for a shard.
  package var memoryBytes: Int

  package init(
    settings: FineTuningSettings, projects: Bool, checkpointSteps: Int, shardsPerTask: Int = 1,
    images: StoredImages, memoryBytes: Int = 512 << 20
  ) {
    precondition(shardsPerTask > 0 && shardsPerTask & (shardsPerTask - 1) == 0, "a subtree")
    self.settings = settings
    self.projects = projects
    self.checkpointSteps = checkpointSteps
    self.shardsPerTask = shardsPerTask
    self.images = images
    self.memoryBytes = memoryBytes
  }
}

/// A data set in the store, in chunks of one size from which tasks take single images.
package struct StoredImages: Sendable, Equatable {
  package let chunks: [Digest]
  /// Images in each chunk but the last.
  package let chunkSize: Int
  package let count: Int

  /// - Precondition: as many chunks as the images fill.
  package init(chunks: [Digest], chunkSize: Int, count: Int) {
    precondition(
      chunkSize > 0 && chunks.count == (count + chunkSize - 1) / chunkSize,
      "\(chunks.count) chunks of \(chunkSize) images for \(count)")
    self.chunks = chunks
    self.chunkSize = chunkSize
    self.count = count
  }

  /// The chunks that hold these images, each once, in order.
  func chunks(of images: [Int]) -> [Digest] {
    Set(images.map { $0 / chunkSize }).sorted().map { chunks[$0] }
  }

  /// Stores a data set: as bytes where its files hold bytes, else as fp32.
  ///
  /// - Throws: `DatasetError`, also where a sample is not finite; or `NodeError`.
  package static func write(
    _ dataset: Dataset, labelled: Bool, to pool: any TaskPool
  ) throws -> StoredImages {
    let table = dataset.byteTable
    let size = dataset.sampleShape.product * (table == nil ? 4 : 1)
    let chunkSize = max(1, chunkBytes / max(1, size))
    var chunks: [Digest] = []
    for start in stride(from: 0, to: dataset.count, by: chunkSize) {
      let range = start..<min(start + chunkSize, dataset.count)
      let labels = labelled ? dataset.labels.map { Array($0[range]) } : nil
      let bytes =
        if let table {
          ImageChunk.encoding(
            first: start, shape: dataset.sampleShape, labels: labels,
            images: try dataset.sampleBytes(range), table: table)
        } else {
          ImageChunk.encoding(first: start, labels: labels, images: try dataset.samples(range))
        }
      chunks.append(try pool.put(bytes))
    }
    return StoredImages(chunks: chunks, chunkSize: chunkSize, count: dataset.count)
  }

  private static let chunkBytes = 1 << 20
}
