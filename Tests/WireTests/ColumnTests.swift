import Quantization
import Testing
import Wire

@Suite struct `Columns in the place of sums on the wire` {
  private static let kinds: [ColumnValues] = [
    .signed([-128, 0, 127, 1, 2, 3]), .unsigned([0, 255, 1, 2, 3, 4]),
    .real([0.5, -1, 2, 1e-9, 3, 4]),
  ]

  private func columns(_ values: ColumnValues) -> RegressionColumns {
    var step: Float? = 0.5
    if case .real = values { step = nil }
    return RegressionColumns(
      inputs: 2, outputs: 4, columns: 3, values: values, step: step,
      targets: (0..<12).map { Float($0) })
  }

  private func parameters(_ rows: Range<Int>) -> SolveParameters {
    SolveParameters(
      layer: "fc", group: 0, rows: rows, weights: .ternary, granularity: .row,
      settings: SolverSettings(), output: nil, inputStep: 1)
  }

  @Test(arguments: kinds)
  func `They come back as they were`(values: ColumnValues) throws {
    let sent = bundle { $0.append(columns(values), group: 5) }
    let found = try TensorBundle(decoding: sent.encoded()).columns(group: 5)
    #expect(found == columns(values))
    #expect(throws: WireError.self) { try sent.columns(group: 4) }
  }

  @Test(arguments: kinds)
  func `A problem has the rows that are asked for`(values: ColumnValues) throws {
    let columns = columns(values)
    let shared = bundle { $0.append(inputsOf: columns) }
    #expect(shared.holdsColumns)
    let weights = [1, 2, 3, 4] as [Float]
    let own = bundle { $0.append(targets: columns.targets(1..<3), weights: weights, rows: 2) }
    let problem = try shared.sampledProblem(rows: own, parameters(1..<3))
    #expect(
      problem
        == SampledProblem(
          inputs: 2, outputs: 2, columns: 3, values: values.values(step: columns.step),
          targets: [3, 4, 5, 6, 7, 8], weights: weights, weightSet: .ternary,
          codeStep: columns.step))
    // Rows and targets of another block.
    #expect(throws: WireError.self) { try shared.sampledProblem(rows: own, parameters(0..<3)) }
    #expect(throws: WireError.self) { try shared.sampledProblem(rows: shared, parameters(1..<3)) }
  }

  @Test func `Damaged columns are refused`() throws {
    let right = bundle { $0.append(columns(Self.kinds[0]), group: 0) }
    let codes = [Int8](repeating: 0, count: 6)
    let wrong = [
      altered(right, "group 0 codes", nil), altered(right, "group 0 targets", nil),
      altered(right, "group 0 step", nil), altered(right, "group 0 step", .float32([0])),
      altered(right, "group 0 step", .float32([.nan])),
      altered(right, "group 0 codes", .int8(codes)),
      altered(right, "group 0 codes", shape: [3, 2], .int8(codes)),
      altered(right, "group 0 codes", shape: [0, 3], .int8([])),
      altered(right, "group 0 codes", shape: [2, 3], .int64([0, 0, 0, 0, 0, 0])),
      altered(right, "group 0 targets", .float32([0])),
    ]
    for bundle in wrong { #expect(throws: WireError.self) { try bundle.columns(group: 0) } }
  }

  @Test(arguments: [1, 300], [Int64(1), 1 << 20])
  func `Sums of codes travel as a triangle`(order: Int, unit: Int64) throws {
    let samples = 1 << 24
    var gram = [Int64](repeating: 0, count: order * order)
    for row in 0..<order {
      for column in 0..<order {
        // Symmetric, and in one case too large for 32 bits.
        gram[row * order + column] = unit * (Int64(row * column) - Int64(row + column))
      }
    }
    let sent = LayerStatistics(
      inputs: order, outputs: 1, sampleCount: samples,
      moments: .codes(gram: gram, sums: [Int64](repeating: 3, count: order), step: 1),
      cross: [Double](repeating: 1, count: order), targetSums: [1], targetSquares: [2])
    let bytes = bundle { $0.append(sent) }.encoded()
    #expect(bytes.count < 600 + order * 20 + order * (order + 1) * (unit == 1 ? 2 : 4))
    #expect(try TensorBundle(decoding: bytes).statistics() == sent)
  }
}
