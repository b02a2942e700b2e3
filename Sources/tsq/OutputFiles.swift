import Glibc
import Network
import ONNX
import Tensors

/// The two files of a result: `NAME.onnx` and, beside it, `NAME.float.onnx`; under a budget also
/// `NAME.plan.yaml`.
struct OutputFiles {
  let lowBit: String
  let float: String
  let plan: String

  init(_ path: String) {
    lowBit = path
    let stem = path.hasSuffix(".onnx") ? String(path.dropLast(5)) : path
    float = stem + ".float.onnx"
    plan = stem + ".plan.yaml"
  }

  /// Fails early where the files could not be written after hours of work, or would take the
  /// place of what the work begins with.
  /// - Parameters:
  ///   - inputs: the files that are read.
  ///   - isPlanned: whether a plan is written too.
  func check(against inputs: [String], isPlanned: Bool) throws(CommandFailure) {
    let slash = lowBit.lastIndex(of: "/")
    let folder = slash.map { $0 == lowBit.startIndex ? "/" : String(lowBit[..<$0]) } ?? "."
    for path in [lowBit, float] + (isPlanned ? [plan] : []) {
      guard let place = FilePlace(path) else { continue }
      guard place.isRegular else {
        let what = place.isFolder ? "it is a folder" : "it is not a regular file"
        throw refusal(path, what + "; name a file with --output")
      }
      if let input = inputs.first(where: { FilePlace($0) == place }) {
        throw CommandFailure(
          .usage,
          "output '\(path)' would overwrite '\(input)', which this run reads; choose another "
            + "--output")
      }
    }
    let remedy = "; make it, or choose another --output"
    guard let place = FilePlace(folder) else {
      throw refusal(lowBit, "there is no folder '\(folder)'" + remedy)
    }
    guard place.isFolder else {
      throw refusal(lowBit, "'\(folder)' is not a folder; choose another --output")
    }
    // What access() says does not hold for every user and file system.
    let probe = "\(folder)/.tsq-\(getpid())"
    let descriptor = unsafe open(probe, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      let reason = unsafe String(cString: strerror(errno))
      throw refusal(
        lowBit, "folder '\(folder)' takes no new file: \(reason); choose another --output")
    }
    close(descriptor)
    unsafe unlink(probe)
  }

  private func refusal(_ path: String, _ reason: String) -> CommandFailure {
    CommandFailure(.cannotWrite, "cannot write '\(path)': \(reason)")
  }

  /// Checks and writes both files, each whole; neither when one of them cannot be written.
  /// - Returns: the size of the low-bit file in bytes.
  func write(_ network: Network) throws(CommandFailure) -> Int {
    let (bytes, floatBytes) = try CommandFailure.mapping {
      let bytes = try writeNetwork(network, options: WriteOptions(form: .lowBit))
      try checkExport(bytes: bytes, against: network)
      let floatBytes = try writeNetwork(network, options: WriteOptions(form: .float))
      try checkExport(bytes: floatBytes, against: network)
      return (bytes, floatBytes)
    }
    do throws(FileError) {
      try writeFiles([(bytes, lowBit), (floatBytes, float)])
    } catch {
      let remedy = error.isDiskFull ? "free some space" : "make it writable"
      throw CommandFailure(
        error.isDiskFull ? .inputOutput : .cannotWrite,
        "\(error); \(remedy) and run again (with --resume where there is a --run-folder)")
    }
    return bytes.count
  }
}

/// What lies at a path, by the system's numbers: two paths of one file are equal.
private struct FilePlace: Equatable {
  private let device: UInt
  private let number: UInt
  private let kind: UInt32

  /// Nil where there is nothing.
  init?(_ path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    device = UInt(status.st_dev)
    number = UInt(status.st_ino)
    kind = status.st_mode & S_IFMT
  }

  var isRegular: Bool { kind == S_IFREG }
  var isFolder: Bool { kind == S_IFDIR }
}
