package import Datasets
package import Tensors
internal import Wire

/// Cuts data into shards of a fixed size and stores them for tasks: as bytes and what preprocessing
/// makes of each byte where files hold bytes, else as fp32.
package struct ShardWriter {
  private let pool: any TaskPool
  private let size: Int

  /// - Parameter size: samples per shard; the last one may have fewer.
  package init(pool: any TaskPool, size: Int) {
    precondition(size > 0, "a shard holds samples")
    self.pool = pool
    self.size = size
  }

  /// - Returns: the shards in the order of the samples.
  /// - Throws: `DatasetError`, also where a sample is not finite: a rectifier would take NaN for
  ///   zero, and nobody would notice; or `NodeError`.
  package func write(_ dataset: Dataset, labelled: Bool) throws -> [Digest] {
    var shards: [Digest] = []
    for start in stride(from: 0, to: dataset.count, by: size) {
      let range = start..<min(start + size, dataset.count)
      let labels = labelled ? dataset.labels.map { Array($0[range]) } : nil
      let shard =
        if let table = dataset.byteTable {
          TensorBundle(
            shardOf: try dataset.sampleBytes(range), shape: [range.count] + dataset.sampleShape,
            table: table, labels: labels)
        } else {
          TensorBundle(shard: try dataset.samples(range), labels: labels)
        }
      shards.append(try pool.put(shard.encoded()))
    }
    return shards
  }
}
