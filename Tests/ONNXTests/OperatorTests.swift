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

@Suite struct `Operators beside onnxruntime` {
  private func expectResults(_ fixture: OperatorFixture, of network: Network) throws {
    let inputs = try fixture.tensors(fixture.inputs, fixture.inputShapes)
    let expected = try fixture.tensors(fixture.outputs, fixture.outputShapes)
    let executor = try Executor(network: network, batchSize: 2)
    #expect(executor.outputShapes == fixture.outputShapes)
    let found = try executor.run(inputs)
    for (one, other) in zip(found, expected) {
      for (x, y) in zip(one.values, other.values) {
        #expect(abs(x - y) <= 1e-5 + 2e-5 * abs(y), "\(fixture.name): \(x) instead of \(y)")
      }
    }
  }

  @Test(arguments: operatorFixtures) func `A model gives the same`(fixture: OperatorFixture) throws
  {
    try expectResults(fixture, of: try readNetwork(bytes: fixture.bytes()))
  }

  @Test(arguments: operatorFixtures)
  func `A model that is written and read again gives the same`(fixture: OperatorFixture) throws {
    let network = try readNetwork(bytes: fixture.bytes()).removingIdentities()
    let bytes = try writeNetwork(network, options: WriteOptions(form: .float))
    try checkExport(bytes: bytes, against: network)
    try expectResults(fixture, of: try readNetwork(bytes: bytes))
  }

  @Test func `What depends on shapes alone is folded`() throws {
    for fixture in operatorFixtures where ["view", "positions"].contains(fixture.name) {
      let network = try readNetwork(bytes: fixture.bytes())
      #expect(network.nodes.count == 1, "\(network.nodes.map(\.operation.operatorName))")
    }
  }
}
