/// NumPy's `.npz`: a zip of `.npy` arrays, among them one of samples and perhaps one of labels.
enum NPZFormat {
  /// The samples and labels of an archive.
  ///
  /// Samples are the entry named `images`, `x` or `data` (or `x_train`, `x_test` by split), else
  /// the only entry of three or four axes; labels the entry named `labels` or `y` (`y_train`,
  /// `y_test`), else the only other entry of one axis.
  static func read(_ content: FileContent, split: DataSplit) throws(DatasetError) -> SampleSource {
    let archive = try ZipArchive(content)
    var arrays: [(name: String, array: ArrayContent)] = []
    for entry in archive.entries where entry.name.hasSuffix(".npy") {
      let array = try NPYFormat.read(try archive.read(entry))
      arrays.append((String(entry.name.dropLast(4)), array))
    }
    let suffix = split == .test ? "test" : "train"
    let samples = pick(arrays, ["images", "x", "data", "x_\(suffix)"]) { (3...4).contains($0) }
    guard let samples else {
      throw DatasetError(
        .wrongShape, content.path,
        "no entry is clearly the samples among \(arrays.map { "\($0.name) \($0.array.shape)" })",
        remedy: "name the samples 'images' and the labels 'labels'")
    }
    var source = try SampleSource(samples.array)
    let others = arrays.filter { $0.name != samples.name }
    let labels = pick(others, ["labels", "y", "y_\(suffix)"]) { $0 == 1 }
    if let labels {
      source.labels = try labels.array.labels()
      try source.requireOneLabelEach(from: labels.array.content.path)
    }
    return source
  }

  private static func pick(
    _ arrays: [(name: String, array: ArrayContent)], _ names: [String],
    axes isFitting: (Int) -> Bool
  ) -> (name: String, array: ArrayContent)? {
    for name in names {
      if let found = arrays.first(where: { $0.name == name }) { return found }
    }
    let fitting = arrays.filter { isFitting($0.array.shape.count) }
    return fitting.count == 1 ? fitting[0] : nil
  }
}
