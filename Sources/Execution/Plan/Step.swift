internal import COneDNN
internal import Network
internal import Tensors

/// One area of memory that a plan uses: planned into the arena, or holding a constant.
struct StorageID: Hashable {
  let index: Int
}

/// A value in memory: which area, and how its elements lie there.
struct View {
  let storage: StorageID
  let layout: Layout
}

/// One step of a plan: it reads and writes views, and nothing else changes.
struct Step {
  /// The node that errors name.
  let node: String
  let body: Body

  enum Body {
    case primitive(Primitive, [(index: Int32, view: View)])
    case gather(Gather, from: View, to: View)
    case pool(PlainPooling, from: View, to: View)
    case resample(Resampling, from: View, to: View)
    /// Element-wise work of our own; the operands lie alike.
    case kernel(ElementKernel, [View])
    /// An operator that is computed in general.
    case general(GeneralOperation, [GeneralOperand?], to: GeneralPlace)
    /// Copies a value to the caller, in plain order.
    case emit(View, reorder: Primitive?, output: Int)
    /// Copies integers to the caller, as floats.
    case emitIntegers(View, output: Int)
  }

  /// The areas that the step touches.
  var storages: [StorageID] {
    switch body {
    case .primitive(_, let arguments): arguments.map(\.view.storage)
    case .gather(_, let from, let to), .pool(_, let from, let to), .resample(_, let from, let to):
      [from.storage, to.storage]
    case .kernel(_, let operands): operands.map(\.storage)
    case .general(_, let operands, let to):
      operands.compactMap { $0?.place?.view.storage } + [to.view.storage]
    case .emit(let view, _, _), .emitIntegers(let view, _): [view.storage]
    }
  }
}

/// Where a value of a general operation lies: floats row-major, integers as 64-bit words.
struct GeneralPlace {
  let view: View
  let type: ElementType
  let shape: [Int]
}

/// What a general operation reads.
enum GeneralOperand {
  case constant(TypedTensor)
  case computed(GeneralPlace)

  var place: GeneralPlace? { if case .computed(let place) = self { place } else { nil } }
}

/// Indices of primitive arguments.
enum Argument {
  static let source = Int32(DNNL_ARG_SRC)
  static let secondSource = Int32(DNNL_ARG_SRC_1)
  static let weights = Int32(DNNL_ARG_WEIGHTS)
  static let bias = Int32(DNNL_ARG_BIAS)
  static let destination = Int32(DNNL_ARG_DST)
  static let mean = Int32(DNNL_ARG_MEAN)
  static let variance = Int32(DNNL_ARG_VARIANCE)
  static let scale = Int32(DNNL_ARG_SCALE)
  static let shift = Int32(DNNL_ARG_SHIFT)

  static let sourceGradient = Int32(DNNL_ARG_DIFF_SRC)
  static let destinationGradient = Int32(DNNL_ARG_DIFF_DST)
  static let weightGradient = Int32(DNNL_ARG_DIFF_WEIGHTS)
  static let biasGradient = Int32(DNNL_ARG_DIFF_BIAS)

  static let scaleGradient = Int32(DNNL_ARG_DIFF_SCALE)
  static let shiftGradient = Int32(DNNL_ARG_DIFF_SHIFT)

  static let workspace = Int32(DNNL_ARG_WORKSPACE)
  static let scratch = Int32(DNNL_ARG_SCRATCHPAD)

  static func multipleSource(_ index: Int) -> Int32 {
    Int32(DNNL_ARG_MULTIPLE_SRC) + Int32(index)
  }

  /// The second operand of the binary post-operation at `position` (oneDNN's macro).
  static func postOperation(_ position: Int) -> Int32 {
    Int32(DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE) * Int32(position + 1) | Int32(DNNL_ARG_SRC_1)
  }
}

extension Step {
  /// Scratch memory that the step's primitive needs.
  var scratchBytes: Int {
    switch body {
    case .primitive(let primitive, _): primitive.scratchBytes
    case .emit(_, let reorder, _): reorder?.scratchBytes ?? 0
    case .gather, .pool, .resample, .kernel, .general, .emitIntegers: 0
    }
  }
}
