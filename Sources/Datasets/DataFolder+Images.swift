extension DataFolder {
  /// The images of the folder: one class per folder in it, numbered in order of name, or images
  /// without labels; nil where there are neither.
  ///
  /// - Throws: `.empty` naming a class without images, `.unsupported` where images lie beside
  ///   folders.
  func images() throws(DatasetError) -> ImageList? {
    let folders = sorted.filter { Self.isFolder(path + $0) == true }
    let images = try imageFiles(without: Set(folders))
    guard !folders.isEmpty else {
      return images.isEmpty ? nil : ImageList(paths: images)
    }
    guard images.isEmpty else {
      throw DatasetError(
        .unsupported, images[0], "lies beside folders (\(folders[0])…), so it has no class",
        remedy: "give a folder of images, or one that holds one folder of images per class")
    }
    var list = ImageList(paths: [], labels: [], classes: folders)
    for (label, name) in folders.enumerated() {
      let folder = try DataFolder(path: path + name)
      let found = try folder.imageFiles(without: [])
      guard !found.isEmpty else {
        throw DatasetError(
          .empty, path + name, "the folder of a class holds no images",
          remedy: "put JPEG, PNG or WebP images in it, or remove it; the data is the folder that "
            + "holds one folder per class")
      }
      list.paths += found
      list.labels? += [Int](repeating: label, count: found.count)
    }
    return list
  }

  /// Files with the name or the content of an image, in order of name.
  private func imageFiles(without folders: Set<String>) throws(DatasetError) -> [String] {
    var found: [String] = []
    for name in sorted where !folders.contains(name) {
      let file = path + name
      if ImageName.matches(name) {
        found.append(file)
      } else if Self.isFolder(file) == false, try ImageName.beginsAsImage(file) {
        found.append(file)
      }
    }
    return found
  }
}
