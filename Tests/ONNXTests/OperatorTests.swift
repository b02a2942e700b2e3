import Execution
import Foundation
import Network
import ONNX
import Tensors
import TestSupport
import Testing

/// A model with inputs and expected outputs, all in base64; tensors as fp32.
struct OperatorFixture: Sendable, CustomTestStringConvertible {
  let name: String
  let model: String
  let inputs: [String]
  let outputs: [String]
  let inputShapes: [[Int]]
  let outputShapes: [[Int]]

  var testDescription: String { name }

  func bytes() throws -> [UInt8] { try decoded(model) }

  func tensors(_ texts: [String], _ shapes: [[Int]]) throws -> [Tensor] {
    try zip(texts, shapes).map { text, shape in
      let stored = StoredTensor(type: .float32, shape: shape, bytes: try decoded(text))
      return stored.tensor
    }
  }

  private func decoded(_ text: String) throws -> [UInt8] {
    let joined = text.filter { !$0.isWhitespace }
    return [UInt8](try #require(Data(base64Encoded: joined)))
  }
}

/// Those that declare a batch, or give places counted through the whole batch.
private let tiedToBatch: Set = ["indices", "sequences", "affine", "pools", "scatter"]

private let fixtures = operatorFixtures + furtherFixtures

@Suite struct `Operators beside onnxruntime` {
  private func expectResults(_ fixture: OperatorFixture, of network: Network) throws {
    let inputs = try fixture.tensors(fixture.inputs, fixture.inputShapes)
    let expected = try fixture.tensors(fixture.outputs, fixture.outputShapes)
    let executor = try Executor(
      network: network, batchSize: fixture.inputShapes[0][0],
      inputShapes: Dictionary(
        uniqueKeysWithValues: zip(network.inputs, fixture.inputShapes)))
    #expect(executor.outputShapes == fixture.outputShapes)
    expectEqual(try executor.run(inputs), expected, fixture.name)
  }

  private func expectEqual(_ found: [Tensor], _ expected: [Tensor], _ name: String) {
    for (one, other) in zip(found, expected) {
      #expect(one.shape == other.shape)
      for (x, y) in zip(one.values, other.values) {
        #expect(abs(x - y) <= 1e-5 + 2e-5 * abs(y), "\(name): \(x) instead of \(y)")
      }
    }
  }

  @Test(arguments: fixtures) func `A model gives the same`(fixture: OperatorFixture) throws {
    try expectResults(fixture, of: try readNetwork(bytes: fixture.bytes()))
  }

  /// Constants behind an old Softmax are folded only where they are read again.
  @Test(arguments: fixtures.filter { $0.name != "old softmax of constants" })
  func `A model that is written and read again gives the same`(fixture: OperatorFixture) throws {
    let network = try readNetwork(bytes: fixture.bytes()).removingIdentities()
    let bytes = try writeNetwork(network, options: WriteOptions(form: .float))
    try checkExport(bytes: bytes, against: network)
    try expectResults(fixture, of: try readNetwork(bytes: bytes))
  }

  @Test(arguments: fixtures.filter { !tiedToBatch.contains($0.name) })
  func `A batch of another size gives the same, image by image`(fixture: OperatorFixture) throws {
    let order = [0, 1, 0, 1, 1]
    func repeated(_ tensors: [Tensor]) -> [Tensor] {
      tensors.map { tensor in
        guard tensor.shape.first == 2 else { return tensor }
        let length = tensor.values.count / 2
        return Tensor(
          shape: [5] + tensor.shape.dropFirst(),
          values: order.flatMap { tensor.values[$0 * length..<($0 + 1) * length] })
      }
    }
    let inputs = repeated(try fixture.tensors(fixture.inputs, fixture.inputShapes))
    let network = try readNetwork(bytes: fixture.bytes())
    let executor = try Executor(
      network: network, batchSize: 5,
      inputShapes: Dictionary(uniqueKeysWithValues: zip(network.inputs, inputs.map(\.shape))))
    let expected = repeated(try fixture.tensors(fixture.outputs, fixture.outputShapes))
    expectEqual(try executor.run(inputs), expected, fixture.name)
  }

  @Test func `What depends on shapes alone is folded`() throws {
    for fixture in operatorFixtures where ["view", "positions"].contains(fixture.name) {
      let network = try readNetwork(bytes: fixture.bytes())
      #expect(network.nodes.count == 1, "\(network.nodes.map(\.operation.operatorName))")
    }
  }
}
