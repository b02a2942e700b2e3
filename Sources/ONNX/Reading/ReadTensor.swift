internal import ONNXSchema
internal import SwiftProtobuf
package import Tensors

/// Reads a file that holds a single `TensorProto`, as the inputs and outputs of ONNX's test cases.
///
/// - Throws: `ONNXError` when the file is missing, is no tensor, or has an unsupported type.
package func readTensor(path: String) throws(ONNXError) -> StoredTensor {
  let file: MappedFile
  do throws(FileError) {
    file = try MappedFile(path: path)
  } catch {
    throw ONNXError(source: path, problem: .file(error))
  }
  do throws(ONNXProblem) {
    let tensor: Onnx_TensorProto = try parse(file.bytes(0..<file.count), "tensor")
    var reading = TensorReading(source: .mapped(file), externalFiles: ExternalFiles(folder: nil))
    return try reading.tensor(tensor)
  } catch {
    throw ONNXError(source: path, problem: error)
  }
}
