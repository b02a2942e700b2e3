import Foundation
import Network
import ONNX
import ONNXSchema
import SwiftProtobuf
import Tensors
import Testing

/// The constant that a fixture's Add reads beside `x`.
private func weights(_ fixture: ModelFixture) throws -> StoredTensor {
  let network = try readNetwork(bytes: fixture.serialized())
  let id = try #require(network.nodes[0].inputs[1])
  guard case .stored(let tensor)? = network.constants[id] else {
    throw Mismatch(text: "the weights are not stored")
  }
  return tensor
}

struct Mismatch: Error {
  let text: String
}

@Suite struct `Reading tensors` {
  private func add(_ tensor: Onnx_TensorProto) -> ModelFixture {
    var fixture = singleNode("Add", more: ["w"])
    fixture.model.graph.initializer = [tensor]
    return fixture
  }

  @Test func `The typed fields hold the values of every type`() throws {
    let cases: [(Onnx_TensorProto, ElementType, [Float])] = [
      (tensorMessage("w", [2], .float) { $0.floatData = [1.5, -2] }, .float32, [1.5, -2]),
      (tensorMessage("w", [2], .double) { $0.doubleData = [1.5, -2] }, .float64, [1.5, -2]),
      (
        tensorMessage("w", [2], .float16) { $0.int32Data = [0x3E00, 0xC000] }, .float16, [1.5, -2]
      ),
      (
        tensorMessage("w", [2], .bfloat16) { $0.int32Data = [0x3FC0, 0xC000] }, .bfloat16,
        [1.5, -2]
      ),
      (tensorMessage("w", [2], .int64) { $0.int64Data = [7, -2] }, .int64, [7, -2]),
      (tensorMessage("w", [2], .int32) { $0.int32Data = [7, -2] }, .int32, [7, -2]),
      (tensorMessage("w", [2], .int16) { $0.int32Data = [7, -2] }, .int16, [7, -2]),
      (tensorMessage("w", [2], .int8) { $0.int32Data = [7, -2] }, .int8, [7, -2]),
      (tensorMessage("w", [2], .uint64) { $0.uint64Data = [7, 9] }, .uint64, [7, 9]),
      (tensorMessage("w", [2], .uint32) { $0.uint64Data = [7, 9] }, .uint32, [7, 9]),
      (tensorMessage("w", [2], .uint16) { $0.int32Data = [7, 60000] }, .uint16, [7, 60000]),
      (tensorMessage("w", [2], .uint8) { $0.int32Data = [7, 200] }, .uint8, [7, 200]),
      (tensorMessage("w", [3], .int4) { $0.int32Data = [0xE7, 0x01] }, .int4, [7, -2, 1]),
      (tensorMessage("w", [3], .uint4) { $0.int32Data = [0xE7, 0x01] }, .uint4, [7, 14, 1]),
      (tensorMessage("w", [5], .int2) { $0.int32Data = [0xE4, 0x03] }, .int2, [0, 1, -2, -1, -1]),
      (tensorMessage("w", [5], .uint2) { $0.int32Data = [0xE4, 0x03] }, .uint2, [0, 1, 2, 3, 3]),
    ]
    for (message, type, values) in cases {
      let tensor = try weights(add(message))
      #expect(tensor.type == type)
      #expect(tensor.shape == message.dims.map { Int($0) })
      #expect(tensor.floats == values, "\(type)")
    }
  }

  @Test func `Raw data is little-endian and packed from the lowest bits`() throws {
    var fixture = singleNode("Add", more: ["w"])
    fixture.constant("w", [5], .int2, bytes: [0xE4, 0x03])
    #expect(try weights(fixture).floats == [0, 1, -2, -1, -1])
    fixture.model.graph.initializer = []
    fixture.constant("w", [2], .int16, bytes: [1, 2, 0xFE, 0xFF])
    #expect(try weights(fixture).floats == [513, -2])
  }

  @Test func `Scalars and empty tensors are read`() throws {
    var fixture = singleNode("Add", more: ["w"])
    fixture.constant("w", [], [3])
    #expect(try weights(fixture).shape == [])
    fixture.model.graph.initializer = []
    fixture.constant("w", [2, 0], [])
    #expect(try weights(fixture).elementCount == 0)
  }

  @Test(arguments: [Onnx_TensorProto.DataType.string, .float8E4M3Fn, .undefined, .complex64])
  func `Types without numbers, or with other numbers, are refused`(
    type: Onnx_TensorProto.DataType
  ) throws {
    #expect(
      try problem(add(tensorMessage("w", [1], type) { $0.int32Data = [1] }))
        == .unsupportedType(value: "w", type: "\(type)"))
  }

  @Test func `Shapes and data that contradict each other are refused`() throws {
    let messages = [
      tensorMessage("w", [3], .float) { $0.floatData = [1, 2] },
      tensorMessage("w", [3], .float) { $0.rawData = Data([1, 2, 3]) },
      tensorMessage("w", [3], .float) { _ in },
      tensorMessage("w", [-1], .float) { $0.floatData = [1] },
      tensorMessage("w", [Int.max, Int.max], .float) { $0.floatData = [1] },
      tensorMessage("w", [1 << 32, 1 << 32, 0], .float) { _ in },
      tensorMessage("w", [1], .float) {
        $0.floatData = [1]
        $0.segment.begin = 0
      },
    ]
    for message in messages {
      guard case .invalidTensor(name: "w", _)? = try problem(add(message)) else {
        Issue.record("not refused: \(message)")
        continue
      }
    }
  }

  @Test(arguments: [
    ["location": "weights.bin", "offset": "8", "length": "12"],
    ["location": "weights.bin", "offset": "8"],
    ["location": "folder/weights.bin", "length": "12"],
  ])
  func `Weights in a file beside the model are read`(entries: [String: String]) throws {
    try withTemporaryFolder { folder in
      let numbers = [Float](arrayLiteral: 1, 2, 3).flatMap(\.littleEndianBytes)
      try FileManager.default.createDirectory(
        atPath: folder + "/folder", withIntermediateDirectories: true)
      try write([UInt8](repeating: 0xFF, count: 8) + numbers, to: folder + "/weights.bin")
      try write(numbers, to: folder + "/folder/weights.bin")
      try write(external(entries).serialized(), to: folder + "/model.onnx")
      let network = try readNetwork(path: folder + "/model.onnx")
      let id = try #require(network.nodes[0].inputs[1])
      #expect(network.constants[id]?.tensor.values == [1, 2, 3])
    }
  }

  @Test(arguments: [
    ["location": "../weights.bin"], ["location": "/etc/passwd"], ["location": "a/../../b"],
    ["location": ""], [:], ["location": "weights.bin", "offset": "8"],
    ["location": "weights.bin", "offset": "-4"], ["location": "weights.bin", "length": "4"],
    ["location": "weights.bin", "offset": "9223372036854775807"],
    ["location": "weights.bin", "offset": "zero"], ["location": "missing.bin"],
  ])
  func `Files outside the folder, missing or too short are refused`(
    entries: [String: String]
  ) throws {
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/model", withIntermediateDirectories: true)
      let numbers = [UInt8](repeating: 0, count: 12)
      try write(numbers, to: folder + "/weights.bin")
      try write(numbers, to: folder + "/model/weights.bin")
      try write(external(entries).serialized(), to: folder + "/model/model.onnx")
      #expect(throws: ONNXError.self) { try readNetwork(path: folder + "/model/model.onnx") }
    }
  }

  @Test func `Bytes cannot refer to other files`() throws {
    #expect(
      "\(String(describing: try problem(external(["location": "weights.bin"]))))"
        .contains("by its path"))
  }

  private func external(_ entries: [String: String]) -> ModelFixture {
    add(
      tensorMessage("w", [3], .float) {
        $0.dataLocation = .external
        $0.externalData = entries.sorted { $0.key < $1.key }.map { key, value in
          .with {
            $0.key = key
            $0.value = value
          }
        }
      })
  }
}
