package import Tensors

/// Samples, and their labels where there are any, read lazily from files.
///
/// A value that shares its mapped files: copies and subsets are cheap, and it may be read from
/// several threads.
package struct Dataset: Sendable {
  /// The path or paths that it was opened from, for messages.
  package let name: String
  /// Of one preprocessed sample: `[channels, height, width]`, or `[features]`.
  package var sampleShape: [Int] { store.shape }
  /// Number of classes where the format fixes it, else one more than the largest label; nil
  /// without labels.
  package let classCount: Int?
  /// One class per sample, from 0, or nil.
  package let labels: [Int]?
  package let preprocessing: Preprocessing
  /// The files that hold the samples and the labels.
  package let files: [String]

  let store: SampleStore
  /// Which samples of the store these are, in order; nil for all.
  let selection: [Int]?

  init(
    name: String, store: SampleStore, labelFiles: [String], preprocessing: Preprocessing
  ) throws(DatasetError) {
    guard store.count > 0 else {
      throw DatasetError(.empty, name, "has no samples", remedy: "give some samples")
    }
    self.name = name
    self.store = store
    self.preprocessing = preprocessing
    labels = store.labels
    classCount = store.classCount ?? store.labels?.max().map { $0 + 1 }
    selection = nil
    files = store.files + labelFiles
  }

  private init(_ whole: Dataset, selection: [Int], labels: [Int]?) {
    name = whole.name
    classCount = whole.classCount
    self.labels = labels
    preprocessing = whole.preprocessing
    files = whole.files
    store = whole.store
    self.selection = selection
  }

  /// Number of samples.
  package var count: Int { selection?.count ?? store.count }

  /// The preprocessed samples of `range`, `[range.count, channels, height, width]`.
  ///
  /// - Precondition: `range` lies in `0..<count`.
  /// - Throws: `.notFinite` where a file holds a NaN or an infinity; for an image that cannot be
  ///   decoded or has another size than the others, an error that names it.
  package func samples(_ range: Range<Int>) throws(DatasetError) -> Tensor {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count,
      "samples \(range) of a dataset of \(count)")
    let size = sampleShape.product
    var values = [Float](repeating: 0, count: range.count * size)
    for (position, index) in range.enumerated() {
      try store.convert(selection?[index] ?? index, into: &values, at: position * size)
    }
    return Tensor(shape: [range.count] + sampleShape, values: values)
  }

  /// What preprocessing makes of each byte, `[channels, 256]`; nil where files hold no bytes.
  package var byteTable: [Float]? { store.byteTable }

  /// The samples of `range` as bytes in the order of `sampleShape`: with `byteTable` they are what
  /// `samples` gives, in a quarter of the memory.
  ///
  /// - Precondition: there is a `byteTable`, and `range` lies in `0..<count`.
  /// - Throws: as `samples`.
  package func sampleBytes(_ range: Range<Int>) throws(DatasetError) -> [UInt8] {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count,
      "samples \(range) of a dataset of \(count)")
    let size = sampleShape.product
    var result = [UInt8](repeating: 0, count: range.count * size)
    for (position, index) in range.enumerated() {
      try store.arrange(selection?[index] ?? index, into: &result, at: position * size)
    }
    return result
  }

  /// Checks that every sample can be read and holds finite numbers only.
  ///
  /// - Throws: an error naming the first that does not.
  /// - Complexity: reads every sample; none of an array of bytes, which is always finite.
  package func requireFinite() throws(DatasetError) {
    guard !store.isAlwaysFinite else { return }
    for start in stride(from: 0, to: count, by: 64) {
      _ = try samples(start..<min(start + 64, count))
    }
  }

  /// The samples with these indices, in this order.
  ///
  /// - Precondition: indices lie in `0..<count`.
  package func subset(_ indices: [Int]) -> Dataset {
    precondition(indices.allSatisfy { (0..<count).contains($0) }, "no such sample")
    return Dataset(
      self, selection: indices.map { selection?[$0] ?? $0 },
      labels: labels.map { labels in indices.map { labels[$0] } })
  }

  /// Checks that every label names a class of a network with `count` classes.
  ///
  /// - Throws: `.labelOutOfRange` naming the first sample that does not, or where folders are
  ///   classes and there are not as many as the network has, so that their numbers are not its
  ///   classes.
  package func requireLabels(below count: Int) throws(DatasetError) {
    if case .images(let list, _) = store, let classes = list.classes, classes.count != count {
      throw DatasetError(
        .labelOutOfRange, name,
        "has \(classes.count) folders of classes (\(shortList(classes))), but the network has "
          + "\(count) classes, so their order does not tell which is which",
        remedy: "give a folder for each class, or a .csv list of paths and labels")
    }
    guard let index = labels?.firstIndex(where: { !(0..<count).contains($0) }) else { return }
    let isImage = if case .images = store { true } else { false }
    let file = isImage ? files[selection?[index] ?? index] : files.last
    throw DatasetError(
      .labelOutOfRange, file ?? name,
      "label \(labels?[index] ?? 0) of sample \(selection?[index] ?? index) is not in 0..<\(count),"
        + " the classes of the network",
      remedy: "give labels that match the network's outputs")
  }

  /// SHA-256 over the lengths and bytes of all files, in order, and for images the labels: equal
  /// digests mean equal data, wherever the files lie.
  ///
  /// - Complexity: reads every byte once, about 1 GB/s.
  package func contentDigest() throws(DatasetError) -> Digest {
    var hash = SHA256()
    for path in files {
      do throws(FileError) {
        let file = try MappedFile(path: path)
        hash.update(UInt64(file.count).littleEndianBytes)
        file.withBytes { hash.update($0) }
      } catch {
        throw DatasetError(error)
      }
    }
    // Where they follow from the names of folders, no file holds them.
    if case .images(let list, _) = store {
      for label in list.labels ?? [] { hash.update(UInt64(label).littleEndianBytes) }
    }
    return hash.finish()
  }
}

/// The first names of a list.
private func shortList(_ names: [String]) -> String {
  names.prefix(3).joined(separator: ", ") + (names.count > 3 ? ", …" : "")
}
