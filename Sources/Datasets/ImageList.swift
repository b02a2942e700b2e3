/// Image files in order, decoded only when they are asked for, with their labels where known.
struct ImageList: Sendable {
  /// Never empty.
  var paths: [String]
  var labels: [Int]?
  /// Names of the folders that the labels number.
  var classes: [String]?
  /// The list that names the images.
  var listFiles: [String] = []

  /// The images of a file or a folder; nil where it is something else.
  ///
  /// - Throws: a `DatasetError` that names the file, the folder or the row.
  static func find(_ path: String, isFolder: Bool) throws(DatasetError) -> ImageList? {
    if isFolder {
      let folder = try DataFolder(path: path)
      return folder.arrayFiles.isEmpty ? try folder.images() : nil
    }
    if path.lowercased().hasSuffix(".csv") { return try ImageListFile.read(path: path) }
    return try ImageName.beginsAsImage(path) ? ImageList(paths: [path]) : nil
  }

  /// The images of several sources one after the other.
  /// - Throws: `.wrongCount` or `.wrongShape` where they do not go together.
  static func concatenating(
    _ parts: [ImageList], ignoringLabels: Bool
  ) throws(DatasetError) -> ImageList {
    var whole = parts[0]
    if ignoringLabels { whole.labels = nil }
    for part in parts.dropFirst() {
      if !ignoringLabels {
        guard (part.labels == nil) == (whole.labels == nil) else {
          throw DatasetError(
            .wrongCount, (part.labels == nil ? part : whole).paths[0],
            "has no label, other images have", remedy: "give labels for all images or for none")
        }
        guard part.classes == whole.classes else {
          throw DatasetError(
            .wrongShape, part.paths[0],
            "lies among other classes than '\(whole.paths[0])', so their labels cannot be told",
            remedy: "give folders with the same classes, or a list of paths and labels")
        }
        whole.labels = whole.labels.map { $0 + (part.labels ?? []) }
      }
      whole.paths += part.paths
      whole.listFiles += part.listFiles
    }
    if ignoringLabels { whole.classes = nil }
    return whole
  }
}

/// What tells images from other files of a folder.
enum ImageName {
  /// Names of images, also of those that are then refused by name rather than left out.
  private static let endings = [
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".heic",
  ]

  static func matches(_ name: String) -> Bool {
    let lower = name.lowercased()
    return endings.contains { lower.hasSuffix($0) }
  }

  /// Whether the content is JPEG, PNG or WebP.
  static func beginsAsImage(_ path: String) throws(DatasetError) -> Bool {
    let start = try FileContent.start(of: path, count: 12)
    return Array(start.prefix(4)) == PNGFormat.magic
      || Array(start.prefix(3)) == JPEGFormat.magic || WebPFormat.matches(start)
  }
}
