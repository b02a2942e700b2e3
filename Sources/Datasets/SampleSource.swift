internal import Tensors

/// A run of equally spaced samples in one file.
struct SampleSegment: Sendable {
  var content: FileContent
  /// Byte offset of the first sample.
  var start: Int
  /// Bytes from one sample to the next.
  var stride: Int
  var count: Int
}

/// Samples as files hold them, before any preprocessing, with their labels where files have them.
struct SampleSource: Sendable {
  private(set) var segments: [SampleSegment]
  /// Index of the first sample of each segment.
  private var firsts: [Int]
  let type: ElementType
  /// Extents of one sample in the file's order, without the sample axis.
  let shape: [Int]
  var labels: [Int]?
  /// Fixed by the format, or nil.
  let classCount: Int?
  /// The format's axis order is fixed (CIFAR), whatever the preprocessing says.
  let isChannelFirst: Bool

  init(
    segments: [SampleSegment], type: ElementType, shape: [Int], labels: [Int]? = nil,
    classCount: Int? = nil, isChannelFirst: Bool = false
  ) {
    self.segments = segments
    self.type = type
    self.shape = shape
    self.labels = labels
    self.classCount = classCount
    self.isChannelFirst = isChannelFirst
    firsts = []
    var first = 0
    for segment in segments {
      firsts.append(first)
      first += segment.count
    }
  }

  /// An array `[count, …]` as it lies in a file.
  init(_ array: ArrayContent) throws(DatasetError) {
    let path = array.content.path
    guard (2...4).contains(array.shape.count) else {
      throw DatasetError(
        .wrongShape, path, "an array of shape \(array.shape) holds no samples",
        remedy: "give [count, channels, height, width], [count, height, width] or "
          + "[count, features]")
    }
    guard !array.shape.contains(0) else {
      throw DatasetError(
        .empty, path, "an array of shape \(array.shape) is empty", remedy: "give some samples")
    }
    let shape = Array(array.shape.dropFirst())
    let segment = SampleSegment(
      content: array.content, start: array.start,
      stride: array.type.byteCount(of: shape.product), count: array.shape[0])
    self.init(segments: [segment], type: array.type, shape: shape)
  }

  var count: Int { segments.reduce(0) { $0 + $1.count } }
  var byteCount: Int { type.byteCount(of: shape.product) }

  /// The segment of a sample and its byte range there. Complexity: O(log segments).
  func place(of sample: Int) -> (segment: SampleSegment, range: Range<Int>) {
    var low = 0
    var high = firsts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if firsts[middle] <= sample { low = middle } else { high = middle }
    }
    let segment = segments[low]
    let start = segment.start + (sample - firsts[low]) * segment.stride
    return (segment, start..<start + byteCount)
  }

  /// The samples of several files one after the other.
  /// - Throws: `.wrongShape` or `.wrongCount` where the files do not go together.
  static func concatenating(_ parts: [SampleSource]) throws(DatasetError) -> SampleSource {
    let first = parts[0]
    for part in parts.dropFirst() {
      guard part.type == first.type, part.shape == first.shape,
        part.classCount == first.classCount
      else {
        throw DatasetError(
          .wrongShape, part.segments[0].content.path,
          "holds \(part.type) samples of shape \(part.shape), but "
            + "'\(first.segments[0].content.path)' holds \(first.type) of shape \(first.shape)",
          remedy: "give files of one kind")
      }
      guard (part.labels == nil) == (first.labels == nil) else {
        let bare = part.labels == nil ? part : first
        throw DatasetError(
          .wrongCount, bare.segments[0].content.path, "has no labels, other files have",
          remedy: "give labels for all files or for none")
      }
    }
    return SampleSource(
      segments: parts.flatMap(\.segments), type: first.type, shape: first.shape,
      labels: first.labels == nil ? nil : parts.flatMap { $0.labels ?? [] },
      classCount: first.classCount, isChannelFirst: first.isChannelFirst)
  }
}
