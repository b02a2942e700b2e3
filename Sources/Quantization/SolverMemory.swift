/// What the factorisations of a layer take.
package enum SolverMemory {
  /// What one worker may use for a layer: 4 GiB, which 11,500 inputs need without ADMM and 9,200
  /// with it.
  package static let limit = 4 << 30

  /// The peak of a solve, in bytes.
  ///
  /// Of each input pair there are: its moments as received (4 bytes) and as decoded, the
  /// covariance, the Cholesky factor (8 bytes each), and the covariance for panels (4). ADMM adds
  /// the eigenvectors and the work of finding them, 4 and 8 bytes, and their copy in the iterates'
  /// hands while they are computed.
  ///
  /// - Parameter iterates: whether layer ADMM runs.
  package static func bytes(inputs: Int, iterates: Bool) -> Int {
    let (square, overflows) = inputs.multipliedReportingOverflow(by: inputs)
    let (bytes, alsoOverflows) = square.multipliedReportingOverflow(by: iterates ? 50 : 32)
    return overflows || alsoOverflows ? .max : bytes
  }
}
