internal import COneDNN
internal import Kernels
internal import Tensors

/// Ternary weights and codes of a product in every form that a contender needs, and the answer.
final class ProductOperands {
  let rows: Int
  let inner: Int
  let columns: Int
  let codeBits: Int
  let weights: [Int8]
  let codes: [UInt8]
  /// By the plain twin.
  let expected: [Int32]
  private let realWeights: [Float]
  private let realCodes: [Float]
  private var realProduct: [Float]
  var product: [Int32]

  init(rows: Int, inner: Int, columns: Int, codeBits: Int, seed: UInt64) {
    (self.rows, self.inner, self.columns, self.codeBits) = (rows, inner, columns, codeBits)
    var words = SeededWords(seed: seed)
    // 40 % zeros.
    let weights: [Int8] = (0..<rows * inner).map { _ in
      [0, 0, 1, 1, 1, -1, -1, -1, 0, 0][words.next(below: 10)]
    }
    let codes = (0..<inner * columns).map { _ in UInt8(words.next(below: 1 << codeBits)) }
    (self.weights, self.codes) = (weights, codes)
    var answer = [Int32](repeating: 0, count: rows * columns)
    var span = answer.mutableSpan
    multiplyReference(
      weights.span, codes.span, into: &span, rows: rows, columns: columns, inner: inner)
    expected = answer
    realWeights = weights.map { Float($0) }
    realCodes = codes.map { Float($0) }
    realProduct = [Float](repeating: 0, count: rows * columns)
    product = [Int32](repeating: 0, count: rows * columns)
  }

  var operations: Double { 2 * Double(rows) * Double(inner) * Double(columns) }

  /// Whether `run` writes the answer, all of it.
  func writesAnswer(_ run: () -> Void) -> Bool {
    for index in product.indices { product[index] = .min }
    run()
    return product == expected
  }

  /// Lends the product to `body`.
  func withProduct(_ body: (inout MutableSpan<Int32>) -> Void) {
    unsafe product.withUnsafeMutableBufferPointer { product in
      var span = unsafe product.mutableSpan
      body(&span)
    }
  }

  /// oneDNN's fp32 product.
  func multiplyReal() {
    let (left, right) = (realWeights, realCodes)
    unsafe realProduct.withUnsafeMutableBufferPointer { product in
      var span = unsafe product.mutableSpan
      multiply(left.span, right.span, into: &span, rows: rows, columns: columns, inner: inner)
    }
  }

  /// oneDNN's fp32 product as integers; what is not one, or NaN, becomes the least integer.
  func convertReal() {
    for index in realProduct.indices {
      product[index] = Int32(exactly: realProduct[index]) ?? .min
    }
  }

  /// oneDNN's product of bytes: codesᵀ · weightsᵀ, as its unsigned operand comes first.
  func multiplyBytes() {
    var noOffset: Int32 = 0
    let transposed = CChar(UInt8(ascii: "T"))
    let status = unsafe dnnl_gemm_u8s8s32(
      transposed, transposed, CChar(UInt8(ascii: "F")), Int64(columns), Int64(rows),
      Int64(inner), 1, codes, Int64(columns), 0, weights, Int64(inner), 0, 0, &transposedProduct,
      Int64(rows), &noOffset)
    precondition(status == dnnl_success, "oneDNN refused a product")
  }

  /// What `multiplyBytes` wrote, transposed into `product`.
  func convertBytes() {
    for row in 0..<rows {
      for column in 0..<columns {
        product[row * columns + column] = transposedProduct[column * rows + row]
      }
    }
  }

  private lazy var transposedProduct = [Int32](repeating: 0, count: rows * columns)
}
