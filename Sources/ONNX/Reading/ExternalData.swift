internal import ONNXSchema
internal import Tensors

/// The files of weights beside a model, each mapped once.
struct ExternalFiles {
  /// The folder that holds the model; nil for a model that came as bytes.
  let folder: String?
  private var files: [String: MappedFile] = [:]

  init(folder: String?) { self.folder = folder }

  /// The file and the bytes in it that a tensor's `external_data` names.
  ///
  /// A location is relative to the model's folder and may not leave it. Without a length, the
  /// `byteCount` bytes after the offset are meant.
  mutating func locate(
    _ tensor: Onnx_TensorProto, byteCount: Int
  ) throws(ONNXProblem) -> (file: MappedFile, range: Range<Int>) {
    let entries = Dictionary(
      tensor.externalData.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    guard let folder else {
      throw .invalidTensor(
        name: tensor.name, "lies in another file: give the model by its path, not as bytes")
    }
    guard let location = entries["location"], isInsideFolder(location) else {
      throw .invalidTensor(
        name: tensor.name,
        "lies in '\(entries["location"] ?? "")': such a file must be in the model's folder, "
          + "named by a relative path without '..'")
    }
    let offset = try number(entries["offset"], "offset", tensor.name) ?? 0
    let length = try number(entries["length"], "length", tensor.name) ?? byteCount
    guard length == byteCount else {
      throw .invalidTensor(
        name: tensor.name, "needs \(byteCount) bytes, but \(length) are stated in '\(location)'")
    }
    let file = try open(folder + "/" + location, as: location)
    guard offset <= file.count, length <= file.count - offset else {
      throw .invalidTensor(
        name: tensor.name,
        "needs \(length) bytes from byte \(offset) of '\(location)', which has \(file.count): "
          + "the file is truncated, or belongs to another model")
    }
    return (file, offset..<offset + length)
  }

  private mutating func open(_ path: String, as location: String) throws(ONNXProblem) -> MappedFile
  {
    if let file = files[location] { return file }
    do {
      let file = try MappedFile(path: path)
      files[location] = file
      return file
    } catch {
      throw .file(error)
    }
  }

  private func isInsideFolder(_ location: String) -> Bool {
    let parts = location.split(separator: "/", omittingEmptySubsequences: false)
    return !location.isEmpty && parts.allSatisfy { !$0.isEmpty && $0 != ".." }
      && !location.utf8.contains(0)
  }

  private func number(
    _ text: String?, _ key: String, _ tensor: String
  ) throws(ONNXProblem) -> Int? {
    guard let text else { return nil }
    guard let value = Int(text), value >= 0 else {
      throw .invalidTensor(name: tensor, "states '\(text)' as the \(key) of its data")
    }
    return value
  }
}
