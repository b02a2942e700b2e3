internal import Tensors

/// Where samples come from, with the preprocessing made ready for it.
enum SampleStore: Sendable {
  case arrays(SampleSource, SampleConversion)
  case images(ImageList, ImageConversion)

  /// Of a preprocessed sample.
  var shape: [Int] {
    switch self {
    case .arrays(_, let conversion): conversion.shape
    case .images(_, let conversion): conversion.shape
    }
  }

  var count: Int {
    switch self {
    case .arrays(let source, _): source.count
    case .images(let list, _): list.paths.count
    }
  }

  var labels: [Int]? {
    switch self {
    case .arrays(let source, _): source.labels
    case .images(let list, _): list.labels
    }
  }

  /// Number of classes where the format or the folder fixes it.
  var classCount: Int? {
    switch self {
    case .arrays(let source, _): source.classCount
    case .images(let list, _): list.classes?.count
    }
  }

  /// The files that hold the samples.
  var files: [String] {
    switch self {
    case .arrays(let source, _):
      var files: [String] = []
      for segment in source.segments where files.last != segment.content.file {
        files.append(segment.content.file)
      }
      return files
    case .images(let list, _): return list.paths
    }
  }

  /// Whether every sample is known to become finite numbers without reading it.
  var isAlwaysFinite: Bool {
    switch self {
    case .arrays(_, let conversion): conversion.isAlwaysFinite
    case .images: false
    }
  }

  /// What preprocessing makes of each byte, `[channels, 256]`; nil where samples are not bytes that
  /// a table takes to values.
  var byteTable: [Float]? {
    switch self {
    case .arrays(_, let conversion): conversion.isAlwaysFinite ? conversion.table : nil
    case .images(_, let conversion): conversion.byteTable
    }
  }

  /// Copies the bytes of one sample into `target` from index `start` on.
  ///
  /// - Precondition: there is a `byteTable`.
  /// - Throws: for an image what decoding and fitting it throws.
  func arrange(
    _ sample: Int, into target: inout [UInt8], at start: Int
  ) throws(DatasetError) {
    switch self {
    case .arrays(let source, let conversion):
      let (segment, bytes) = source.place(of: sample)
      conversion.arrange(segment.content, bytes, into: &target, at: start)
    case .images(let list, let conversion):
      try conversion.arrange(list.paths[sample], into: &target, at: start)
    }
  }

  /// Converts one sample into `values` from index `start` on.
  ///
  /// - Throws: `.notFinite` where a file holds a NaN or an infinity; for an image what decoding and
  ///   fitting it throws.
  func convert(
    _ sample: Int, into values: inout [Float], at start: Int
  ) throws(DatasetError) {
    switch self {
    case .arrays(let source, let conversion):
      let (segment, bytes) = source.place(of: sample)
      if let bad = conversion.convert(segment.content, bytes, into: &values, at: start) {
        throw DatasetError(
          .notFinite, segment.content.path,
          "value \(bad) of sample \(sample) (near byte \(bytes.lowerBound)) is not finite, "
            + "or preprocessing makes it none",
          remedy: "remove or correct that sample")
      }
    case .images(let list, let conversion):
      try conversion.convert(list.paths[sample], into: &values, at: start)
    }
  }
}
