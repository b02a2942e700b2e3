import Quantization
import Tensors
import TestSupport
import Testing
import Wire

private let settings = RefinementSettings(
  epochs: 4, rounds: 2, batchSize: 16, weightRate: 0.25, scaleRate: 0.5, stepRate: 0.125,
  offsetRate: 0.0625, damping: 0.75, dropping: 1)

private let refine = RefineParameters(
  layers: ["a", "b"], shardCount: 3, round: 1, seed: 9, settings: settings)

private let compare = CompareParameters(
  layers: ["a"], shardCount: 2, stateCount: 2, batchSize: 32)

private let state = RefinementState(
  layers: [
    RefinementState.LayerState(
      name: "a/ü", weights: .shift2, latent: [1, -2, 0.5, 4], logScales: [-1, 0.25],
      offsets: [0, 3], scaleBits: 5, centres: [0.5, -7]),
    RefinementState.LayerState(
      name: "b", weights: .binary, latent: [1, -1], logScales: [2], offsets: [0, 1],
      scaleBits: nil),
  ], logSteps: [-0.5])

@Suite struct `Refinement on the wire` {
  @Test func `Parameters have fixed bytes`() throws {
    let bytes = try TaskParameters.refine(refine).encoded()
    #expect(
      bytes == [
        0x0A, 1, 0x61, 0x0A, 1, 0x62, 0x10, 3, 0x18, 1, 0x20, 9, 0x28, 4, 0x30, 2, 0x38, 16,
        0x41, 0, 0, 0, 0, 0, 0, 0xD0, 0x3F, 0x49, 0, 0, 0, 0, 0, 0, 0xE0, 0x3F,
        0x51, 0, 0, 0, 0, 0, 0, 0xC0, 0x3F, 0x59, 0, 0, 0, 0, 0, 0, 0xB0, 0x3F,
        0x61, 0, 0, 0, 0, 0, 0, 0xE8, 0x3F, 0x69, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F,
      ])
    #expect(try TaskParameters(kind: "refine", bytes: bytes) == .refine(refine))
    let other = try TaskParameters.compare(compare).encoded()
    #expect(other == [0x0A, 1, 0x61, 0x10, 2, 0x18, 2, 0x20, 32])
    #expect(try TaskParameters(kind: "compare", bytes: other) == .compare(compare))
  }

  @Test(
    arguments: [
      { $0.layers = [] }, { $0.shardCount = 0 }, { $0.shardCount = 1 << 20 }, { $0.round = 2 },
      { $0.settings.epochs = 0 }, { $0.settings.rounds = 0 }, { $0.settings.batchSize = 0 },
      { $0.settings.weightRate = .nan }, { $0.settings.weightRate = -1 },
      { $0.settings.scaleRate = .infinity }, { $0.settings.stepRate = 2 },
      { $0.settings.damping = .nan }, { $0.settings.dropping = 1.5 },
    ] as [@Sendable (inout RefineParameters) -> Void])
  func `Rounds that cannot be learned are refused`(
    change: @Sendable (inout RefineParameters) -> Void
  ) throws {
    var parameters = refine
    change(&parameters)
    let bytes = try TaskParameters.refine(parameters).encoded()
    #expect(throws: WireError.self) { try TaskParameters(kind: "refine", bytes: bytes) }
  }

  @Test(
    arguments: [
      { $0.layers = [] }, { $0.shardCount = 0 }, { $0.stateCount = 0 }, { $0.batchSize = 0 },
      { $0.stateCount = 1 << 30 },
    ] as [@Sendable (inout CompareParameters) -> Void])
  func `Comparisons of nothing are refused`(
    change: @Sendable (inout CompareParameters) -> Void
  ) throws {
    var parameters = compare
    change(&parameters)
    let bytes = try TaskParameters.compare(parameters).encoded()
    #expect(throws: WireError.self) { try TaskParameters(kind: "compare", bytes: bytes) }
  }

  @Test func `A state comes back as it was`() throws {
    var bundle = TensorBundle()
    bundle.append(state)
    #expect(try TensorBundle(decoding: bundle.encoded()).refinementState() == state)
  }

  @Test func `A damaged state is refused`() throws {
    var bundle = TensorBundle()
    bundle.append(state)
    let wrong: [TensorBundle] = [
      altered(bundle, "layers", .int64([0])), altered(bundle, "layers", .int64([3])),
      altered(bundle, "layers", .int64([.max])), altered(bundle, "set 0", .uint8([1])),
      altered(bundle, "layer 0", .uint8([0xFF])), altered(bundle, "latent 0", .float32([1])),
      altered(bundle, "latent 0", .float32([])), altered(bundle, "latent 1", nil),
      altered(bundle, "latent 1", .float32([1, .nan])),
      altered(bundle, "log scales 0", .float32([1, 2, 3])),
      altered(bundle, "log scales 0", .float32([1, 200])),
      altered(bundle, "log scales 1", .float32([.nan])), altered(bundle, "offsets 1", .float32([])),
      altered(bundle, "offsets 1", .float32([.infinity, 0])),
      altered(bundle, "scale bits 0", .int64([25])), altered(bundle, "scale bits 0", .int64([-1])),
      altered(bundle, "centres 0", .float32([1])), altered(bundle, "centres 1", nil),
      altered(bundle, "centres 1", .float32([0, .infinity])),
      altered(bundle, "log steps", .float32([-100])), altered(bundle, "log steps", nil),
    ]
    for (index, bundle) in wrong.enumerated() {
      #expect(throws: WireError.self, "\(index)") { try bundle.refinementState() }
    }
  }

  @Test func `Errors of states are finite, not negative and as many as were asked for`() throws {
    var bundle = TensorBundle()
    bundle.append(blockErrors: [3, 2], energy: 10)
    let found = try bundle.blockErrors(count: 2)
    #expect(found.residuals == [3, 2])
    #expect(found.energy == 10)
    #expect(throws: WireError.self) { try bundle.blockErrors(count: 1) }
    for values in [[-1, 0], [.nan, 1], [1, .infinity]] as [[Double]] {
      let wrong = altered(bundle, "residuals", .float64(values))
      #expect(throws: WireError.self) { try wrong.blockErrors(count: 2) }
    }
    let endless = altered(bundle, "energy", .float64([.infinity]))
    #expect(throws: WireError.self) { try endless.blockErrors(count: 2) }
  }

  @Test func `A layer's step travels with it`() throws {
    let layer = LayerSolution(
      layer: "a", weights: .ternary, codes: [1, 0], scales: [2], offsets: [0, 1], inputStep: 0.375)
    var bundle = TensorBundle()
    bundle.append(layer)
    #expect(try TensorBundle(decoding: bundle.encoded()).layerSolution() == layer)
    for steps in [[0], [-1], [.nan], [1, 2]] as [[Float]] {
      let wrong = altered(bundle, "input step", .float32(steps))
      #expect(throws: WireError.self) { try wrong.layerSolution() }
    }
    #expect(try altered(bundle, "input step", nil).layerSolution().inputStep == nil)
  }
}
