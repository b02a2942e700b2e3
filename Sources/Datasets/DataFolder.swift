internal import Glibc
internal import Tensors

/// Which samples are meant where a folder holds two sets.
package enum DataSplit: String, Sendable, CaseIterable {
  /// Files whose name does not say that they are for testing.
  case training
  /// Files whose name contains `test`, `t10k`, `val` or `eval`.
  case test

  /// The split that a file name belongs to.
  init(of name: String) {
    let lower = name.lowercased()
    self = ["test", "t10k", "val"].contains { lower.contains($0) } ? .test : .training
  }
}

/// The data files of a folder, by kind.
struct DataFolder {
  /// With its last slash.
  let path: String
  let names: Set<String>
  let sorted: [String]

  /// - Throws: `.missing`, `.empty` or `.unreadable`.
  init(path: String) throws(DatasetError) {
    guard let folder = unsafe opendir(path) else {
      throw DatasetError(FileError(path: path, operation: "read", errno: errno))
    }
    defer { unsafe closedir(folder) }
    var names: [String] = []
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
        unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    guard !names.isEmpty else {
      throw DatasetError(.empty, path, "the folder is empty", remedy: "put the data files in it")
    }
    self.path = path.hasSuffix("/") ? path : path + "/"
    self.names = Set(names)
    sorted = names.sorted()
  }

  /// Whether `path` is a folder; nil where there is nothing.
  static func isFolder(_ path: String) -> Bool? {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    return status.st_mode & S_IFMT == S_IFDIR
  }

  /// The sample files of a split; the files there are where the folder holds one split only.
  func files(of split: DataSplit) throws(DatasetError) -> [String] {
    let all = try candidates()
    let wanted = all.filter { DataSplit(of: $0) == split }
    return (wanted.isEmpty ? all : wanted).map { path + $0 }
  }

  /// The names of sample files of the first kind that is there, in order of name.
  private func candidates() throws(DatasetError) -> [String] {
    let found = arrayFiles
    guard found.isEmpty else { return found }
    let shown = sorted.prefix(3).joined(separator: ", ")
    throw DatasetError(
      .unsupported, path, "the folder holds no data in a known format (it holds \(shown)…)",
      remedy: supportedFormats)
  }

  /// The names of files of arrays, of the first kind that is there, in order of name.
  var arrayFiles: [String] {
    let kinds: [(String) -> Bool] = [
      { $0.hasSuffix(".bin") || $0.hasSuffix(".bin.gz") },
      { $0.contains("images") && ($0.contains("idx") || $0.contains("ubyte")) },
      { $0.hasSuffix(".npz") },
      { $0.hasSuffix(".npy") && $0.contains("images") },
    ]
    for isKind in kinds {
      let found = preferringPlain(sorted.filter(isKind))
      if !found.isEmpty { return found }
    }
    let arrays = sorted.filter { $0.hasSuffix(".npy") && !$0.contains("labels") }
    return arrays.count == 1 ? arrays : []
  }

  /// Drops a compressed file that lies beside its inflated twin.
  private func preferringPlain(_ names: [String]) -> [String] {
    names.filter { !($0.hasSuffix(".gz") && names.contains(String($0.dropLast(3)))) }
  }
}

/// What a user can give, for error messages.
let supportedFormats =
  "give CIFAR-10/100 .bin files, IDX files, .npy or .npz, or a folder of one of these; or JPEG or "
  + "PNG images: a folder of them, one with a folder per class, or a .csv list of paths and labels"
