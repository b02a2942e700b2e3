internal import Tensors

/// Labels in a file of their own: IDX, `.npy`, or text with one integer per line.
enum LabelsFile {
  static func read(path: String) throws(DatasetError) -> [Int] {
    let content = try FileContent(path: path)
    if content.hasPrefix(NPYFormat.magic) { return try NPYFormat.read(content).labels() }
    if IDXFormat.matches(content) { return try IDXFormat.read(content).labels() }
    let text = String(decoding: content.bytes(0..<content.count), as: UTF8.self)
    var labels: [Int] = []
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() {
      let word = line.filter { !$0.isWhitespace }
      if word.isEmpty && number == lines.count - 1 { continue }
      guard let label = Int(word) else {
        throw DatasetError(
          .unsupported, path, "line \(number + 1) is not an integer: '\(line.prefix(40))'",
          remedy: "give labels as IDX, .npy or text with one integer per line")
      }
      guard label >= 0 else {
        throw DatasetError(
          .labelOutOfRange, path, "label \(label) in line \(number + 1) is negative",
          remedy: "number the classes from 0")
      }
      guard label <= labelLimit else {
        throw DatasetError(
          .labelOutOfRange, path, "label \(label) in line \(number + 1) is beyond \(labelLimit)",
          remedy: "number the classes from 0; where a label is missing, leave out the sample")
      }
      labels.append(label)
    }
    return labels
  }

  /// The labels file that usually lies beside an images file: the same name with `labels` for
  /// `images` and one axis for three; nil where there is none.
  static func beside(_ path: String, existing names: Set<String>) -> String? {
    let (folder, name) = split(path)
    guard var partner = name.replacingLast("images", with: "labels") else { return nil }
    for axes in ["idx3", "idx4"] { partner = partner.replacingLast(axes, with: "idx1") ?? partner }
    let bare = partner.hasSuffix(".gz") ? String(partner.dropLast(3)) : partner
    return [partner, bare, bare + ".gz"].first { names.contains($0) }.map { folder + $0 }
  }

  /// The folder with its last slash, and the name.
  static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("", path) }
    let end = path.utf8.index(after: slash)
    return (String(path[..<end]), String(path[end...]))
  }
}

extension String {
  /// The text with the last occurrence of `word` replaced; nil where it does not occur.
  fileprivate func replacingLast(_ word: String, with other: String) -> String? {
    guard let range = ranges(of: word).last else { return nil }
    return String(self[..<range.lowerBound]) + other + String(self[range.upperBound...])
  }
}

extension SampleSource {
  /// - Throws: `.wrongCount` where there are labels, but not one per sample.
  func requireOneLabelEach(from file: String) throws(DatasetError) {
    guard let labels, labels.count != count else { return }
    throw DatasetError(
      .wrongCount, file,
      "has \(labels.count) labels for the \(count) samples of '\(segments[0].content.path)'",
      remedy: "give the labels that belong to these samples")
  }
}
