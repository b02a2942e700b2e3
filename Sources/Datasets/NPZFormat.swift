internal import Tensors

/// NumPy's `.npz`: a zip of `.npy` arrays, among them one of samples and perhaps one of labels.
enum NPZFormat {
  /// The samples and labels of an archive.
  ///
  /// Samples are the entry named `images`, `x` or `data` (or `x_train`, `x_test` by split), else
  /// the only entry of three or four axes; labels the entry named `labels` or `y` (`y_train`,
  /// `y_test`), else the only other entry of one axis that holds integers. An entry is read only
  /// where it is named, or where the names do not decide; what then is no array of numbers (the
  /// names of the classes, for one) is passed over.
  static func read(_ content: FileContent, split: DataSplit) throws(DatasetError) -> SampleSource {
    var candidates = Candidates(archive: try ZipArchive(content))
    let suffix = split == .test ? "test" : "train"
    let samples = try candidates.array(named: ["images", "x", "data", "x_\(suffix)"]) {
      (3...4).contains($0.shape.count)
    }
    guard let samples else {
      let found = try candidates.described()
      if found.isEmpty, let reason = candidates.passedOver.first { throw reason }
      throw DatasetError(
        .wrongShape, content.path, "no entry is clearly the samples among \(found)",
        remedy: "name the samples 'images' and the labels 'labels'")
    }
    var source = try SampleSource(samples)
    let labels = try candidates.array(named: ["labels", "y", "y_\(suffix)"]) {
      $0.shape.count == 1 && $0.type.integerRange != nil
    }
    if let labels {
      source.labels = try labels.labels()
      try source.requireOneLabelEach(from: labels.content.path)
    }
    return source
  }
}

/// The arrays of an archive that are not chosen yet, each read when it is first looked at.
private struct Candidates {
  private let archive: ZipArchive
  private var entries: [(name: String, entry: ZipArchive.Entry)]
  private var arrays: [(name: String, array: ArrayContent)]?
  /// Why some of the entries are no arrays of numbers.
  private(set) var passedOver: [DatasetError] = []

  init(archive: ZipArchive) {
    self.archive = archive
    entries = archive.entries.filter { $0.name.hasSuffix(".npy") }.map {
      (String($0.name.dropLast(4)), $0)
    }
  }

  /// The entry with the first of these names that there is, else the only one that fits.
  ///
  /// The array returned is not a candidate any more.
  mutating func array(
    named names: [String], where isFitting: (ArrayContent) -> Bool
  ) throws(DatasetError) -> ArrayContent? {
    for name in names {
      guard let found = entries.first(where: { $0.name == name }) else { continue }
      if let array = arrays?.first(where: { $0.name == name })?.array { return take(name, array) }
      return take(name, try read(found.entry))
    }
    let fitting = try numeric().filter { isFitting($0.array) }
    return fitting.count == 1 ? take(fitting[0].name, fitting[0].array) : nil
  }

  /// Names and shapes, for a message.
  mutating func described() throws(DatasetError) -> [String] {
    try numeric().map { "\($0.name) \($0.array.shape)" }
  }

  private mutating func take(_ name: String, _ array: ArrayContent) -> ArrayContent {
    entries.removeAll { $0.name == name }
    arrays?.removeAll { $0.name == name }
    return array
  }

  /// All entries that are arrays of numbers.
  private mutating func numeric() throws(DatasetError) -> [(name: String, array: ArrayContent)] {
    if let arrays { return arrays }
    var found: [(name: String, array: ArrayContent)] = []
    for (name, entry) in entries {
      do throws(DatasetError) {
        found.append((name, try read(entry)))
      } catch  where error.kind == .unsupported {
        // Nothing says that this entry is wanted.
        passedOver.append(error)
      }
    }
    arrays = found
    return found
  }

  private func read(_ entry: ZipArchive.Entry) throws(DatasetError) -> ArrayContent {
    try NPYFormat.read(try archive.read(entry))
  }
}
