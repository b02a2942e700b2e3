internal import CLAPACK
internal import Kernels

/// Symmetric linear algebra in double precision, on LAPACK with one thread.
enum LinearAlgebra {
  /// LAPACK's threads are set once: parallelism lives above the solver.
  private static let singleThreaded: Void = openblas_set_num_threads(1)

  /// Replaces a symmetric positive definite `[order, order]` matrix by its Cholesky factor.
  /// - Returns: false when the matrix is not positive definite.
  static func factorize(_ matrix: inout [Double], order: Int) -> Bool {
    precondition(matrix.count == order * order)
    singleThreaded
    var lower = CChar(UInt8(ascii: "L"))
    var size = Int32(order)
    var status: Int32 = 0
    var leading = size
    unsafe dpotrf_(&lower, &size, &matrix, &leading, &status)
    return status == 0
  }

  /// Solves factor · factorᵀ · x = row for each row of `rows`, `[count, order]`, in place.
  static func solve(factor: [Double], order: Int, rows: inout [Double], count: Int) {
    precondition(factor.count == order * order && rows.count == count * order)
    singleThreaded
    var lower = CChar(UInt8(ascii: "L"))
    var size = Int32(order)
    var columns = Int32(count)
    var status: Int32 = 0
    var leading = size
    var rowLeading = size
    unsafe dpotrs_(
      &lower, &size, &columns, factor, &leading, &rows, &rowLeading, &status)
    precondition(status == 0, "LAPACK refused a triangular solve of order \(order)")
  }

  /// `factorize` in single precision.
  static func factorize(_ matrix: inout [Float], order: Int) -> Bool {
    precondition(matrix.count == order * order)
    singleThreaded
    var lower = CChar(UInt8(ascii: "L"))
    var size = Int32(order)
    var status: Int32 = 0
    var leading = size
    unsafe spotrf_(&lower, &size, &matrix, &leading, &status)
    return status == 0
  }

  /// `solve` in single precision.
  static func solve(factor: [Float], order: Int, rows: inout [Float], count: Int) {
    precondition(factor.count == order * order && rows.count == count * order)
    singleThreaded
    var lower = CChar(UInt8(ascii: "L"))
    var size = Int32(order)
    var columns = Int32(count)
    var status: Int32 = 0
    var leading = size
    var rowLeading = size
    unsafe spotrs_(
      &lower, &size, &columns, factor, &leading, &rows, &rowLeading, &status)
    precondition(status == 0, "LAPACK refused a triangular solve of order \(order)")
  }

  /// Eigenvalues, ascending, and eigenvectors (row k of the result belongs to eigenvalue k) of a
  /// symmetric matrix; nil when the iteration did not converge.
  static func eigenvectors(
    of matrix: [Double], order: Int
  ) -> (values: [Double], vectors: [Double])? {
    precondition(matrix.count == order * order)
    singleThreaded
    var vectors = matrix
    var values = [Double](repeating: 0, count: order)
    var job = CChar(UInt8(ascii: "V"))
    var lower = CChar(UInt8(ascii: "L"))
    var size = Int32(order)
    var leading = size
    var status: Int32 = 0
    var workSize: Int32 = -1
    var integerWorkSize: Int32 = -1
    var work: [Double] = [0]
    var integerWork: [Int32] = [0]
    for _ in 0..<2 {
      unsafe dsyevd_(
        &job, &lower, &size, &vectors, &leading, &values, &work, &workSize, &integerWork,
        &integerWorkSize, &status)
      if workSize > 0 || status != 0 { break }
      workSize = Int32(work[0])
      integerWorkSize = integerWork[0]
      work = [Double](repeating: 0, count: Int(workSize))
      integerWork = [Int32](repeating: 0, count: Int(integerWorkSize))
    }
    return status == 0 ? (values, vectors) : nil
  }

  /// The same in single precision, for matrices that would take long: `matrix` becomes the
  /// eigenvectors.
  static func eigenvectors(replacing matrix: inout [Float], order: Int) -> [Float]? {
    precondition(matrix.count == order * order)
    singleThreaded
    var values = [Float](repeating: 0, count: order)
    var job = CChar(UInt8(ascii: "V"))
    var lower = CChar(UInt8(ascii: "L"))
    var size = Int32(order)
    var leading = size
    var status: Int32 = 0
    // As LAPACK documents it; a query answers in single precision, which rounds large sizes.
    var workSize = Int32(1 + 6 * order + 2 * order * order)
    var integerWorkSize = Int32(3 + 5 * order)
    var work = [Float](repeating: 0, count: Int(workSize))
    var integerWork = [Int32](repeating: 0, count: Int(integerWorkSize))
    unsafe ssyevd_(
      &job, &lower, &size, &matrix, &leading, &values, &work, &workSize, &integerWork,
      &integerWorkSize, &status)
    return status == 0 ? values : nil
  }
}

/// Names what decides the last bits of a solution on this machine: library versions and the
/// instruction sets they chose. Equal names, equal bits.
package func solverKernelID() -> String {
  let core = unsafe openblas_get_corename().map { unsafe String(cString: $0) } ?? "unknown"
  let text = unsafe openblas_get_config().map { unsafe String(cString: $0) } ?? "OpenBLAS"
  let version = text.split(separator: " ").prefix(2).joined(separator: "-")
  return "\(matrixKernelID())+\(version)-\(core)"
}
