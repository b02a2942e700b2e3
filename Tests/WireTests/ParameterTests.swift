import Quantization
import TestSupport
import Testing
import Wire

func solveParameters() -> SolveParameters {
  SolveParameters(
    layer: "layer1.0/conv1", group: 2, rows: 16..<48, weights: .shift2, granularity: .row,
    settings: SolverSettings(
      method: .descent, ridge: 0.25,
      admm: ADMMSettings(
        iterations: 31, firstPenalty: 0.2, lastPenalty: 20, normalizesInputs: false),
      descentSweepLimit: 12, escapeKicks: 13,
      nonlinear: NonlinearSettings(steps: 9, firstCoupling: 0.1, lastCoupling: 4, patience: 3),
      baselineRefit: .scaleAndOffset, largestExactCode: 7),
    output: CodeQuantizerParameters(bits: 3, step: 0.375, lowestCode: -4, threshold: 0.25),
    inputStep: 0.125)
}

@Suite struct `Task parameters` {
  static let examples: [TaskParameters] = [
    .calibrate(sites: []), .calibrate(sites: ["conv1/ü", "", "a b"]),
    .statistics(StatisticsParameters(layer: "fc")),
    .statistics(StatisticsParameters(layer: "", sampleColumns: 2048, shardCount: 4)),
    .statistics(StatisticsParameters(layer: "fc", sampleColumns: 128, samplesOnly: true)),
    .gradient(GradientParameters(epoch: 0, images: [0])),
    .gradient(GradientParameters(epoch: 29, images: [49_999, 0, 128, 7])),
    .moments(GradientParameters(epoch: 0, images: [3, 1])),
    .deployedMoments(GradientParameters(epoch: 0, images: [3, 1])),
    .evaluate(ranks: 5), .solve(solveParameters()), .solve(plainSolve),
  ]

  static var plainSolve: SolveParameters {
    SolveParameters(
      layer: "fc", group: 0, rows: 0..<1, weights: .binary, granularity: .layer,
      settings: SolverSettings(), output: nil, inputStep: 1)
  }

  @Test(arguments: examples)
  func `Parameters come back as they were, in the same bytes`(parameters: TaskParameters) throws {
    let bytes = try parameters.encoded()
    let found = try TaskParameters(kind: parameters.kind, bytes: bytes)
    #expect(found == parameters)
    #expect(try found.encoded() == bytes)
  }

  @Test func `Every setting of a solver travels`() throws {
    for method in SolverMethod.allCases {
      for set in WeightSet.allCases {
        for refit in BaselineRefit.allCases {
          var parameters = Self.plainSolve
          parameters.weights = set
          parameters.settings.method = method
          parameters.settings.baselineRefit = refit
          let bytes = try TaskParameters.solve(parameters).encoded()
          #expect(try TaskParameters(kind: "solve", bytes: bytes) == .solve(parameters))
        }
      }
    }
  }

  @Test func `Other parameters give other bytes`() throws {
    let all = try Self.examples.map { try $0.encoded() + Array($0.kind.utf8) }
    #expect(Set(all).count == all.count)
  }

  @Test func `An unknown kind and damaged bytes are refused`() throws {
    #expect(throws: WireError.self) { try TaskParameters(kind: "project", bytes: []) }
    for kind in ["calibrate", "statistics", "solve", "evaluate"] {
      #expect(throws: WireError.self) {
        try TaskParameters(kind: kind, bytes: [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 1])
      }
    }
    // All fields at their zero values.
    #expect(throws: WireError.self) { try TaskParameters(kind: "solve", bytes: []) }
  }

  @Test(
    arguments: [
      { $0.settings.ridge = .nan }, { $0.settings.ridge = .infinity }, { $0.settings.ridge = -1 },
      { $0.settings.admm.iterations = 0 }, { $0.settings.admm.firstPenalty = .nan },
      { $0.settings.admm.firstPenalty = 30 }, { $0.settings.admm.lastPenalty = .infinity },
      { $0.settings.nonlinear.steps = 0 }, { $0.settings.nonlinear.patience = 0 },
      { $0.settings.nonlinear.firstCoupling = 0 }, { $0.settings.nonlinear.lastCoupling = .nan },
      { $0.settings.nonlinear.lastCoupling = .infinity },
      { $0.settings.largestExactCode = 256 }, { $0.rows = 3..<3 }, { $0.inputStep = 0 },
      { $0.inputStep = .nan }, { $0.inputStep = .infinity }, { $0.output?.bits = 0 },
      { $0.output?.bits = 9 }, { $0.output?.step = 0 }, { $0.output?.step = .infinity },
      { $0.output?.step = .nan }, { $0.output?.lowestCode = 1 },
      { $0.output?.lowestCode = Int(Int32.min) }, { $0.output?.threshold = .nan },
      { $0.output?.threshold = -1 },
    ] as [@Sendable (inout SolveParameters) -> Void])
  func `Numbers that would end in a trap are refused`(
    change: @Sendable (inout SolveParameters) -> Void
  ) throws {
    var parameters = solveParameters()
    change(&parameters)
    #expect(parameters != solveParameters() || parameters.output?.step.isNaN == true)
    let bytes = try TaskParameters.solve(parameters).encoded()
    #expect(throws: WireError.self) { try TaskParameters(kind: "solve", bytes: bytes) }
  }

  @Test func `Rows beyond 32 bits are no row range that overflows`() throws {
    var parameters = solveParameters()
    parameters.rows = Int(UInt32.max) - 1..<2 * Int(UInt32.max) - 1
    let bytes = try TaskParameters.solve(parameters).encoded()
    let found = try TaskParameters(kind: "solve", bytes: bytes)
    guard case .solve(let solve) = found else { return }
    #expect(solve.rows == parameters.rows)
  }

  @Test func `Any flipped byte is refused or read as other parameters, never a trap`() throws {
    let bytes = try TaskParameters.solve(solveParameters()).encoded()
    for index in bytes.indices {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[index] ^= 1 << UInt8(bit)
        do {
          let found = try TaskParameters(kind: "solve", bytes: damaged)
          _ = try found.encoded()
        } catch {
          continue  // Refused; the compiler knows that it is by a WireError.
        }
      }
    }
  }
}

@Suite struct `Samples on the wire` {
  private let output = CodeQuantizerParameters(bits: 2, step: 0.5, lowestCode: 0, threshold: nil)

  /// Codes count up by column; targets too, in tens.
  private func shard(columns: Int, from first: Int, inputs: Int = 2) -> TensorBundle {
    let numbers = (0..<columns).map { first + $0 }
    var bundle = TensorBundle()
    bundle.append(
      RegressionColumns(
        inputs: inputs, outputs: 1, columns: columns,
        values: .signed((0..<inputs).flatMap { row in numbers.map { Int8($0 + row) } }),
        step: 0.25, targets: numbers.map { Float($0) * 10 }), group: 7)
    return bundle
  }

  /// The way of the samples: from shards, merged, to a solver.
  private func samples(_ shards: [TensorBundle]) throws -> NonlinearSamples? {
    let parts = try shards.map {
      try SamplePart(TensorBundle(decoding: $0.encoded()), group: 7)
    }
    let merged = try TensorBundle(decoding: TensorBundle(merging: parts).encoded())
    return try merged.nonlinearSamples(output: output, inputStep: 0.25)
  }

  @Test func `The last quarter of every shard decides, the rest is fitted`() throws {
    let found = try #require(
      try samples([shard(columns: 8, from: 0), shard(columns: 5, from: 20)]))
    let order = Array(0..<6) + Array(20..<24) + [6, 7, 24]
    #expect(found.columns == 13)
    #expect(found.fittedColumns == 10)
    #expect(found.codes == order.map { Int8($0) } + order.map { Int8($0 + 1) })
    #expect(found.targets == order.map { Float($0) * 10 })
    #expect(found.inputStep == 0.25)
    #expect(found.quantizer.codeCount == 4)
  }

  @Test func `Too few columns to decide by are none`() throws {
    #expect(try samples([shard(columns: 3, from: 0), shard(columns: 0, from: 0)]) == nil)
    #expect(try samples([shard(columns: 0, from: 0)]) == nil)
  }

  @Test func `Damaged samples are refused`() {
    let right = shard(columns: 8, from: 0)
    let codes = [Int8](repeating: 0, count: 16)
    let wrong: [[TensorBundle]] = [
      [altered(right, "group 7 codes", nil)], [altered(right, "group 7 targets", nil)],
      [altered(right, "group 7 codes", .int8(codes))],
      [altered(right, "group 7 codes", shape: [], .int8([1]))],
      [altered(right, "group 7 codes", shape: [4, 4], .int8(codes))],
      [altered(right, "group 7 codes", shape: [0, 8], .int8([]))],
      [
        altered(right, "group 7 targets", shape: [8, 1], .float32([Float](repeating: 0, count: 8)))
      ],
      [right, shard(columns: 8, from: 0, inputs: 3)],
    ]
    for shards in wrong {
      #expect(throws: WireError.self) { try samples(shards) }
    }
    #expect(throws: WireError.self) { try samples([]) }
  }

  @Test(arguments: [-1, 9, .max, .min] as [Int64])
  func `More fitted columns than there are are refused`(fitted: Int64) throws {
    let parts = [try SamplePart(shard(columns: 8, from: 0), group: 7)]
    let merged = try TensorBundle(merging: parts)
    for wrong in [altered(merged, "fitted", .int64([fitted])), altered(merged, "fitted", nil)] {
      #expect(throws: WireError.self) {
        try wrong.nonlinearSamples(output: output, inputStep: 1)
      }
    }
  }

  @Test(arguments: [1, 2, 16, 17, 1_000, 100_000])
  func `Groups share few blobs`(groups: Int) {
    let ranges = GroupBlobs.ranges(groups: groups)
    #expect(ranges.count <= 16)
    #expect(ranges.flatMap { Array($0) } == Array(0..<groups))
    if groups <= 16 { #expect(ranges.count == groups) }
  }
}
