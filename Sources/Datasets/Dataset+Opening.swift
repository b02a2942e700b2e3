extension Dataset {
  /// Opens a file or a folder; see `open(paths:labels:split:preprocessing:)`.
  package static func open(
    path: String, labels: String? = nil, split: DataSplit = .training,
    preprocessing: Preprocessing = .none
  ) throws(DatasetError) -> Dataset {
    try open(paths: [path], labels: labels, split: split, preprocessing: preprocessing)
  }

  /// Opens files or folders of CIFAR-10/100 binary, IDX, `.npy` or `.npz` data, IDX, `.npy` and
  /// `.bin` also compressed by gzip, as one dataset in the order given.
  ///
  /// - Parameters:
  ///   - labels: a file with one label per sample (IDX, `.npy` or text), instead of those that the
  ///     files hold or that lie beside them under the usual name (`…labels…` for `…images…`).
  ///   - split: which files of a folder are meant, and which arrays of an `.npz` with both.
  /// - Throws: a `DatasetError` that names file, place and remedy.
  package static func open(
    paths: [String], labels: String? = nil, split: DataSplit = .training,
    preprocessing: Preprocessing = .none
  ) throws(DatasetError) -> Dataset {
    precondition(!paths.isEmpty, "a dataset of no files")
    var parts: [SampleSource] = []
    var labelFiles: [String] = []
    for path in paths {
      for file in try sampleFiles(path, split) {
        var part = try read(file, split: split)
        if labels == nil, part.labels == nil, let partner = try partner(of: file) {
          part.labels = try LabelsFile.read(path: partner)
          try part.requireOneLabelEach(from: partner)
          labelFiles.append(partner)
        }
        parts.append(part)
      }
    }
    if let labels {
      guard DataFolder.isFolder(labels) != nil else { throw missing(labels) }
      for index in parts.indices { parts[index].labels = nil }
      labelFiles = [labels]
    }
    var source = try SampleSource.concatenating(parts)
    if let labels {
      source.labels = try LabelsFile.read(path: labels)
      try source.requireOneLabelEach(from: labels)
    }
    return try Dataset(
      name: paths.joined(separator: ", "), source: source, labelFiles: labelFiles,
      preprocessing: preprocessing)
  }

  private static func sampleFiles(
    _ path: String, _ split: DataSplit
  ) throws(DatasetError) -> [String] {
    guard let isFolder = DataFolder.isFolder(path) else { throw missing(path) }
    return isFolder ? try DataFolder(path: path).files(of: split) : [path]
  }

  /// The file with the labels of `file`, where one lies beside it.
  private static func partner(of file: String) throws(DatasetError) -> String? {
    let folder = LabelsFile.split(file).folder
    let names = try DataFolder(path: folder.isEmpty ? "." : folder).names
    return LabelsFile.beside(file, existing: names)
  }

  private static func missing(_ path: String) -> DatasetError {
    DatasetError(
      .missing, path, "there is no such file or folder", remedy: "check the path of the data")
  }

  private static func read(
    _ path: String, split: DataSplit
  ) throws(DatasetError) -> SampleSource {
    let content = try FileContent(path: path)
    let name = LabelsFile.split(path).name.lowercased()
    if name.hasSuffix(".bin") || name.hasSuffix(".bin.gz") { return try CIFARFormat.read(content) }
    if content.hasPrefix(NPYFormat.magic) { return try SampleSource(try NPYFormat.read(content)) }
    if content.hasPrefix(ZipArchive.magic) || name.hasSuffix(".npz") {
      return try NPZFormat.read(content, split: split)
    }
    if IDXFormat.matches(content) { return try SampleSource(try IDXFormat.read(content)) }
    let isImage = [[0xFF, 0xD8, 0xFF], [0x89, 0x50, 0x4E, 0x47]].contains(where: content.hasPrefix)
    throw DatasetError(
      .unsupported, path,
      isImage ? "JPEG and PNG images are not read yet" : "is in no known format",
      remedy: supportedFormats)
  }
}
