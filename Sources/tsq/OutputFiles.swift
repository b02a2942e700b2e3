import Glibc
import Network
import ONNX
import Tensors

/// The two files of a result: `NAME.onnx` and, beside it, `NAME.float.onnx`.
struct OutputFiles {
  let lowBit: String
  let float: String

  init(_ path: String) {
    lowBit = path
    let stem = path.hasSuffix(".onnx") ? String(path.dropLast(5)) : path
    float = stem + ".float.onnx"
  }

  /// Fails early where the files could not be written after hours of work.
  func check() throws(CommandFailure) {
    let slash = lowBit.lastIndex(of: "/")
    let folder = slash.map { $0 == lowBit.startIndex ? "/" : String(lowBit[..<$0]) } ?? "."
    for path in [lowBit, float] {
      var status = stat()
      if unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
        throw CommandFailure(.cannotWrite, "cannot write '\(path)': it is a folder")
      }
    }
    guard unsafe access(folder, W_OK | X_OK) == 0 else {
      throw CommandFailure(
        .cannotWrite,
        "cannot write '\(lowBit)': folder '\(folder)': \(unsafe String(cString: strerror(errno)))")
    }
  }

  /// Writes both files, each whole or not at all, and checks what was written.
  /// - Returns: the size of the low-bit file in bytes.
  func write(_ network: Network) throws(CommandFailure) -> Int {
    try CommandFailure.mapping {
      let bytes = try writeNetwork(network, options: WriteOptions(form: .lowBit))
      try checkExport(bytes: bytes, against: network)
      let floatBytes = try writeNetwork(network, options: WriteOptions(form: .float))
      try writeFile(bytes, to: lowBit)
      try writeFile(floatBytes, to: float)
      return bytes.count
    }
  }
}
