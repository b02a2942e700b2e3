extension Dataset {
  /// Opens a file or a folder; see `open(paths:labels:split:preprocessing:)`.
  package static func open(
    path: String, labels: String? = nil, split: DataSplit = .training,
    preprocessing: Preprocessing = .none
  ) throws(DatasetError) -> Dataset {
    try open(paths: [path], labels: labels, split: split, preprocessing: preprocessing)
  }

  /// Opens files or folders of CIFAR-10/100 binary, IDX, `.npy` or `.npz` data, IDX, `.npy` and
  /// `.bin` also compressed by gzip, or JPEG and PNG images, as one dataset in the order given.
  ///
  /// Images come as a folder of them, a folder with a folder per class, or a `.csv` list.
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
    var images: [ImageList] = []
    var labelFiles: [String] = []
    if let labels, DataFolder.isFolder(labels) == nil { throw missing(labels) }
    for path in paths {
      guard let isFolder = DataFolder.isFolder(path) else { throw missing(path) }
      if let list = try ImageList.find(path, isFolder: isFolder) {
        images.append(list)
        continue
      }
      for file in isFolder ? try DataFolder(path: path).files(of: split) : [path] {
        var part = try read(file, split: split)
        if labels == nil, part.labels == nil, let partner = try partner(of: file) {
          part.labels = try LabelsFile.read(path: partner)
          try part.requireOneLabelEach(from: partner)
          labelFiles.append(partner)
        }
        parts.append(part)
      }
    }
    let name = paths.joined(separator: ", ")
    guard images.isEmpty else {
      guard parts.isEmpty else {
        throw DatasetError(
          .wrongShape, parts[0].segments[0].content.path, "holds an array, other data is images",
          remedy: "give data of one kind")
      }
      return try open(name, images, labels: labels, preprocessing)
    }
    if let labels {
      for index in parts.indices { parts[index].labels = nil }
      labelFiles = [labels]
    }
    var source = try SampleSource.concatenating(parts)
    if let labels {
      source.labels = try LabelsFile.read(path: labels)
      try source.requireOneLabelEach(from: labels)
    }
    return try Dataset(
      name: name, store: .arrays(source, SampleConversion(source, preprocessing)),
      labelFiles: labelFiles, preprocessing: preprocessing)
  }

  /// Images, with the labels of a file instead of their own where one is given.
  private static func open(
    _ name: String, _ parts: [ImageList], labels: String?, _ preprocessing: Preprocessing
  ) throws(DatasetError) -> Dataset {
    var list = try ImageList.concatenating(parts, ignoringLabels: labels != nil)
    if let labels {
      let numbers = try LabelsFile.read(path: labels)
      guard numbers.count == list.paths.count else {
        throw DatasetError(
          .wrongCount, labels,
          "has \(numbers.count) labels for the \(list.paths.count) images of '\(name)'",
          remedy: "give the labels that belong to these images, in order of their names")
      }
      list.labels = numbers
    }
    return try Dataset(
      name: name, store: .images(list, ImageConversion(list, preprocessing)),
      labelFiles: list.listFiles + [labels].compactMap(\.self), preprocessing: preprocessing)
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
    throw DatasetError(.unsupported, path, "is in no known format", remedy: supportedFormats)
  }
}
