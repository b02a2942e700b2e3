internal import Tensors

/// CIFAR-10 and CIFAR-100 binary files: records of one or two label bytes and 3072 pixel bytes,
/// planes red, green, blue of 32 × 32 (https://www.cs.toronto.edu/~kriz/cifar.html).
enum CIFARFormat {
  private static let pixels = 3072

  /// The samples of one `.bin` file; which of the two formats it is follows from its size, and
  /// from the labels where both sizes fit.
  static func read(_ content: FileContent) throws(DatasetError) -> SampleSource {
    let fitting = [1, 2].filter { content.count % (pixels + $0) == 0 }
    guard let preferred = fitting.first else {
      let records = content.count / (pixels + 1)
      throw DatasetError(
        .truncated, content.path,
        "\(content.count) bytes are no whole number of records of 3073 (CIFAR-10) or 3074 bytes "
          + "(CIFAR-100); as CIFAR-10 it ends \(content.count % (pixels + 1)) bytes into record "
          + "\(records)",
        remedy: "fetch or write the file again")
    }
    if fitting.count == 2, firstBadLabel(content, labelBytes: 1) != nil,
      firstBadLabel(content, labelBytes: 2) == nil
    {
      return try read(content, labelBytes: 2)
    }
    return try read(content, labelBytes: preferred)
  }

  private static func read(
    _ content: FileContent, labelBytes: Int
  ) throws(DatasetError) -> SampleSource {
    let classCount = labelBytes == 1 ? 10 : 100
    if let record = firstBadLabel(content, labelBytes: labelBytes) {
      let offset = record * (pixels + labelBytes) + labelBytes - 1
      throw DatasetError(
        .labelOutOfRange, content.path,
        "label \(content.byte(offset)) of record \(record) (byte \(offset)) is not in "
          + "0..<\(classCount)",
        remedy: "check that this is a CIFAR-\(classCount) file in the published binary layout")
    }
    let stride = pixels + labelBytes
    let count = content.count / stride
    let labels = content.withBytes { bytes in
      (0..<count).map { Int(bytes.byte($0 * stride + labelBytes - 1)) }
    }
    return SampleSource(
      segments: [
        SampleSegment(content: content, start: labelBytes, stride: stride, count: count)
      ],
      type: .uint8, shape: [3, 32, 32], labels: labels, classCount: classCount,
      isChannelFirst: true)
  }

  /// The first record with a label outside its range: the last label byte is the (fine) class,
  /// the first of two is the superclass.
  private static func firstBadLabel(_ content: FileContent, labelBytes: Int) -> Int? {
    let stride = pixels + labelBytes
    return content.withBytes { bytes in
      (0..<content.count / stride).first { record in
        let first = bytes.byte(record * stride)
        guard labelBytes == 2 else { return first >= 10 }
        return first >= 20 || bytes.byte(record * stride + 1) >= 100
      }
    }
  }
}
