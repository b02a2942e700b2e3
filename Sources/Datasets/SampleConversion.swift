internal import Tensors

/// Preprocessing made ready for samples of one type and shape.
struct SampleConversion: Sendable {
  /// Of a converted sample: `[channels, height, width]` or `[features]`.
  let shape: [Int]
  private let type: ElementType
  private let rawShape: [Int]
  private let channels: Int
  /// Values per channel.
  private let plane: Int
  /// From one value of a channel to the next, and from one channel to the next, in the file.
  private let valueStride: Int
  private let channelStride: Int
  /// The file's channel that each channel of the result comes from.
  private let channelSource: [Int]
  private let scale: Float
  private let mean: [Float]
  private let deviation: [Float]
  /// For bytes: the result for each channel and byte value, `[channels, 256]`.
  let table: [Float]

  /// - Throws: `.preprocessing` where the statistics do not fit the channels.
  init(_ source: SampleSource, _ preprocessing: Preprocessing) throws(DatasetError) {
    try self.init(
      type: source.type, shape: source.shape, isChannelFirst: source.isChannelFirst,
      file: source.segments[0].content.path, preprocessing)
  }

  /// For samples of a type and shape that do not lie in one file; `file` is what messages name.
  init(
    type: ElementType, shape rawShape: [Int], isChannelFirst: Bool, file: String,
    _ preprocessing: Preprocessing
  ) throws(DatasetError) {
    let isChannelLast = preprocessing.layout == .nhwc && !isChannelFirst
    self.rawShape = rawShape
    self.type = type
    switch rawShape.count {
    case 3:
      channels = isChannelLast ? rawShape[2] : rawShape[0]
      shape = isChannelLast ? [rawShape[2], rawShape[0], rawShape[1]] : rawShape
    case 2:
      channels = 1
      shape = [1] + rawShape
    default:
      channels = 1
      shape = rawShape
    }
    plane = rawShape.product / channels
    valueStride = isChannelLast && rawShape.count == 3 ? channels : 1
    channelStride = isChannelLast && rawShape.count == 3 ? 1 : plane
    let isSwapped = preprocessing.channelOrder == .bgr
    if isSwapped && channels != 3 {
      throw DatasetError(
        .preprocessing, file, "has \(channels) channels, so there is no order bgr",
        remedy: "leave out 'channels: bgr' under 'preprocess' in the recipe")
    }
    channelSource = (0..<channels).map { isSwapped ? 2 - $0 : $0 }
    scale = preprocessing.scale
    mean = try Self.spread(preprocessing.mean, "mean", channels, shape, file)
    deviation = try Self.spread(preprocessing.deviation, "std", channels, shape, file)
    if let bad = ([scale] + mean + deviation).first(where: { !$0.isFinite }) {
      throw DatasetError(
        .preprocessing, file, "scale, mean and std must be finite, not \(bad)",
        remedy: "correct 'preprocess' in the recipe")
    }
    if deviation.contains(0) {
      throw DatasetError(
        .preprocessing, file, "a std of 0 divides by zero",
        remedy: "correct 'preprocess' in the recipe")
    }
    var table: [Float] = []
    if type == .uint8 {
      for channel in 0..<channels {
        for value in 0..<256 {
          table.append((Float(value) * scale - mean[channel]) / deviation[channel])
        }
      }
    }
    if let bad = table.firstIndex(where: { !$0.isFinite }) {
      throw DatasetError(
        .preprocessing, file,
        "scale, mean and std make \(table[bad]) of value \(bad % 256) in channel \(bad / 256)",
        remedy: "correct 'preprocess' in the recipe")
    }
    self.table = table
  }

  /// Whether every possible sample has been found to become finite numbers.
  var isAlwaysFinite: Bool { !table.isEmpty }

  /// Converts the sample at `range` of `content` into `values` from index `start` on.
  ///
  /// - Returns: the index in the file of a value that is not finite or does not become so, or nil.
  func convert(
    _ content: FileContent, _ range: Range<Int>, into values: inout [Float], at start: Int
  ) -> Int? {
    if type == .uint8 {
      content.withBytes { convertBytes($0.extracting(range), into: &values, at: start) }
      return nil
    }
    let raw = StoredTensor(type: type, shape: rawShape, bytes: content.bytes(range)).floats
    if let bad = raw.firstIndex(where: { !$0.isFinite }) { return bad }
    for channel in 0..<channels {
      let source = channelSource[channel] * channelStride
      let target = start + channel * plane
      for index in 0..<plane {
        let value = raw[source + index * valueStride] * scale
        let result = (value - mean[channel]) / deviation[channel]
        guard result.isFinite else { return source + index * valueStride }
        values[target + index] = result
      }
    }
    return nil
  }

  /// Copies the bytes of the sample at `range` of `content` to `target` from index `start` on, in
  /// the order of `shape`.
  func arrange(
    _ content: FileContent, _ range: Range<Int>, into target: inout [UInt8], at start: Int
  ) {
    content.withBytes { arrange($0.extracting(range), into: &target, at: start) }
  }

  /// Copies the bytes of one sample to `target` from index `start` on, in the order of `shape`.
  func arrange(_ bytes: RawSpan, into target: inout [UInt8], at start: Int) {
    requireRoom(for: bytes, start, target.count)
    var output = target.mutableSpan
    for channel in 0..<channels {
      let source = channelSource[channel] * channelStride
      let first = start + channel * plane
      for index in 0..<plane {
        let place = source + index * valueStride
        unsafe output[unchecked: first + index] = bytes.unsafeLoad(
          fromUncheckedByteOffset: place, as: UInt8.self)
      }
    }
  }

  /// What keeps the loops over single bytes, which check no index, within their memory.
  private func requireRoom(for bytes: RawSpan, _ start: Int, _ count: Int) {
    precondition(
      bytes.byteCount == channels * plane && start >= 0 && start + channels * plane <= count,
      "a sample of another size")
  }

  /// Converts the bytes of one sample.
  /// - Precondition: the type is bytes.
  func convertBytes(_ bytes: RawSpan, into values: inout [Float], at start: Int) {
    requireRoom(for: bytes, start, values.count)
    precondition(table.count == channels * 256, "a table of another size")
    var output = values.mutableSpan
    let table = table.span
    for channel in 0..<channels {
      let source = channelSource[channel] * channelStride
      let target = start + channel * plane
      let row = channel * 256
      for index in 0..<plane {
        let place = source + index * valueStride
        let byte = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: place, as: UInt8.self)
        unsafe output[unchecked: target + index] = table[unchecked: row + Int(byte)]
      }
    }
  }

  private static func spread(
    _ values: [Float], _ name: String, _ channels: Int, _ shape: [Int], _ file: String
  ) throws(DatasetError) -> [Float] {
    if values.count == channels { return values }
    guard values.count == 1 else {
      throw DatasetError(
        .preprocessing, file,
        "\(name) has \(values.count) values, but the samples have \(channels) channels "
          + "(shape \(shape))",
        remedy: "choose another preset, or give one value or one per channel under 'preprocess' in "
          + "a recipe; for files of [count, height, width, channels] set 'layout: nhwc' there")
    }
    return [Float](repeating: values[0], count: channels)
  }
}
